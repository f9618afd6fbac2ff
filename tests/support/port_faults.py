"""Everything that Port is known to do, and what must become of a run's report to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pd_incident_simulator import Fault
from pd_incident_simulator.faults import FaultKind

RESET_SOON = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}


@dataclass(frozen=True)
class PortFault:
    """Something that Port does.

    Attributes:
        name: in words.
        faults: how the simulator is told.
        logged: whether everything is in the run log in the end.
        written: whether the entity is in the catalog in the end.
        warning: words of the warning, where not all is well in the end.
        timeout: of the run, in seconds; what heals takes less, what doesn't takes it all.
    """

    name: str
    faults: tuple[Fault, ...]
    logged: bool = True
    written: bool = True
    warning: str = ""
    timeout: str = "30s"


def port_fault(kind: FaultKind, path: str = "*", **details: Any) -> Fault:  # noqa: ANN401 - a Fault's fields
    """Make a fault of Port's."""
    return Fault(kind=kind, api="port", path=path, **details)


ENTITIES = "*/entities"
LOGS = "*/logs"
PORT_FAULTS = (
    PortFault(
        "hanging",
        (port_fault("hang", count=None, seconds=20),),
        logged=False,
        written=False,
        warning="no answer in time",
        timeout="3s",
    ),
    PortFault("hanging once", (port_fault("hang", count=1, seconds=20),), timeout="6s"),
    PortFault("slow", (port_fault("slow", count=None, seconds=0.2),)),
    PortFault(
        "500 on everything",
        (port_fault("status", count=None),),
        logged=False,
        written=False,
        warning="it answered 500",
        timeout="3s",
    ),
    PortFault("500 at first", (port_fault("status", count=2),)),
    PortFault(
        "500 on the log only",
        (port_fault("status", LOGS, count=None),),
        logged=False,
        warning="add to the run's log",
        timeout="6s",
    ),
    PortFault("log down for a while", (port_fault("status", LOGS, count=2),)),
    PortFault(
        "401 in the middle of a run",
        (port_fault("status", ENTITIES, status=401, body='{"ok": false, "error": "x"}'),),
    ),
    PortFault(
        "429 with an epoch reset",
        (port_fault("status", ENTITIES, status=429, headers=RESET_SOON),),
    ),
    PortFault(
        "wrong credentials",
        (port_fault("status", "/v1/auth/*", count=None, status=401, body="{}"),),
        logged=False,
        written=False,
        warning="check port-client-id",
    ),
    PortFault("reset", (port_fault("reset", count=2),)),
    PortFault("not JSON", (port_fault("garbage", "/v1/auth/*", count=1),)),
)

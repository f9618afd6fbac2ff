"""Everything that Port is known to do, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pd_incident_simulator import Fault
from pd_incident_simulator.faults import ResourceType

RESET_SOON = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}


@dataclass(frozen=True)
class Trouble:
    """Something that Port does.

    Attributes:
        name: in words.
        faults: how the simulator is told.
        told: whether the run log says everything in the end.
        written: whether the entity stands in the catalog in the end.
        says: words of the warning, where not all is well in the end.
    """

    name: str
    faults: tuple[Fault, ...]
    told: bool = True
    written: bool = True
    says: str = ""


def port_fault(kind: ResourceType, path: str = "*", **details: Any) -> Fault:  # noqa: ANN401 - a Fault's fields
    """Make a fault of Port's."""
    return Fault(kind=kind, api="port", path=path, **details)


ENTITIES = "*/entities"
LOGS = "*/logs"
TROUBLES = (
    Trouble(
        "hanging",
        (port_fault("hang", count=None, seconds=20),),
        told=False,
        written=False,
        says="no answer in time",
    ),
    Trouble("hanging once", (port_fault("hang", count=1, seconds=20),)),
    Trouble("slow", (port_fault("slow", count=None, seconds=0.2),)),
    Trouble(
        "500 on everything",
        (port_fault("status", count=None),),
        told=False,
        written=False,
        says="it answered 500",
    ),
    Trouble("500 at first", (port_fault("status", count=2),)),
    Trouble(
        "500 on the log only",
        (port_fault("status", LOGS, count=None),),
        told=False,
        says="add to the run's log",
    ),
    Trouble("log down for a while", (port_fault("status", LOGS, count=2),)),
    Trouble(
        "401 in the middle of a run",
        (port_fault("status", ENTITIES, status=401, body='{"ok": false, "error": "x"}'),),
    ),
    Trouble(
        "429 with an epoch reset",
        (port_fault("status", ENTITIES, status=429, headers=RESET_SOON),),
    ),
    Trouble(
        "wrong credentials",
        (port_fault("status", "/v1/auth/*", count=None, status=401, body="{}"),),
        told=False,
        written=False,
        says="check port-client-id",
    ),
    Trouble("reset", (port_fault("reset", count=2),)),
    Trouble("not JSON", (port_fault("garbage", "/v1/auth/*", count=1),)),
)

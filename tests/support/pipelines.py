"""Runs a pipeline's last step against a simulator, as GitHub would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness import InProcess, Result
from pd_incident_simulator import Simulator
from pd_incident_simulator.github.state import TOKEN

RUN = 4711
SHA = "feed0000"
WITHOUT_REST: dict[str, Any] = {"pagerduty_token": None, "from": None}
WITHOUT_ROUTING_KEY: dict[str, Any] = {"routing_key": None, "service": "PSVC001"}


class Pipeline:
    """Runs a pipeline's last step, as GitHub would."""

    def __init__(self, sim: Simulator, act: InProcess, **inputs: str | None) -> None:
        self.sim = sim
        self.act = act
        self.inputs: dict[str, str | None] = {
            "github_token": TOKEN,
            "port_client_id": None,
            "port_client_secret": None,
            **inputs,
        }
        sim.events.delay_ms = 0
        act.environment |= {"GITHUB_SHA": SHA, "GITHUB_ACTOR": "grace", "GITHUB_JOB": "test"}

    def __call__(
        self,
        status: str,
        run: int = 1,
        attempt: int = 1,
        **inputs: Any,  # noqa: ANN401 - texts
    ) -> Result:
        self.act.environment |= {
            "GITHUB_RUN_ID": str(RUN + run),
            "GITHUB_RUN_NUMBER": str(run),
            "GITHUB_RUN_ATTEMPT": str(attempt),
        }
        given: dict[str, Any] = {"status": status, **self.inputs, **inputs}
        return self.act("follow", **given)

    @property
    def incidents(self) -> list[dict[str, Any]]:
        return list(self.sim.pagerduty.state.incidents.values())

    @property
    def statuses(self) -> list[str]:
        return [one["status"] for one in self.incidents]

    def notes(self) -> str:
        notes = self.sim.pagerduty.state.notes
        return "\n".join(one["content"] for each in notes.values() for one in each)


class Clock:
    """Takes no time to wait between looks, and lets something happen meanwhile."""

    def __init__(self) -> None:
        self.waited = 0.0
        self.events: dict[float, Callable[[], object]] = {}

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        for at in [one for one in self.events if one <= self.waited]:
            self.events.pop(at)()

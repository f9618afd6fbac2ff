"""However runs of a pipeline end, its incident is open exactly while its newest verdict is bad."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness import InProcess
from pd_incident_simulator import Fault, Simulator
from pipelines import RUN, WITHOUT_ROUTING_KEY, Pipeline

BRANCHES, LEGS = ("main", "dev"), ('{"os": "linux"}', '{"os": "macos"}')
STATUSES = ("success", "failure", "failure", "cancelled")


@dataclass
class Model:
    """What an incident of each pipeline has to be: the newest run with a verdict decides."""

    newest: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)

    def finish(self, branch: str, leg: str, run: int, attempt: int, status: str) -> None:
        known = self.newest.get((branch, leg), (0, 0, ""))
        if status != "cancelled" and (run, attempt) > known[:2]:
            self.newest[branch, leg] = (run, attempt, status)

    @property
    def broken(self) -> int:
        return sum(status == "failure" for _, _, status in self.newest.values())


class History:
    """Runs on two branches with two legs, in random order."""

    def __init__(self, seed: int, pipeline: Pipeline) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - for tests
        self.pipeline = pipeline
        self.model = Model()
        self.attempts: dict[int, tuple[str, int]] = {}
        self.whole: set[int] = set()
        self.told: list[str] = []

    def play(self) -> None:
        numbers = list(range(1, 7))
        while numbers:
            # Sometimes the next run overtakes the first one that is under way.
            overtakes = len(numbers) > 1 and self.dice.random() < 0.3
            self.finish(numbers.pop(1 if overtakes else 0), is_whole=overtakes)
            if self.dice.random() < 0.3:
                self.finish(self.dice.choice(self.again()), is_whole=True)

    def again(self) -> list[int]:
        """List the runs that may be started again: GitHub shows what came of all newer ones."""
        return [
            run
            for run in self.attempts
            if all(newer in self.whole for newer in self.attempts if newer > run)
        ]

    def finish(self, run: int, *, is_whole: bool) -> None:
        """Let an attempt of a run end; a whole one has the same status in both legs."""
        branch, attempt = self.attempts.get(run, (self.dice.choice(BRANCHES), 0))
        attempt += 1
        self.attempts[run] = (branch, attempt)
        (self.whole.add if is_whole else self.whole.discard)(run)
        status = self.dice.choice(STATUSES)
        ends = [status, status if is_whole else self.dice.choice(STATUSES)]
        github = self.pipeline.sim.github.state
        github.add_run(run, None, id=RUN + run, run_attempt=attempt, head_branch=branch)
        for leg, end in zip(LEGS, ends, strict=True):
            github.add_job(RUN + run, f"test ({leg})", end, attempt=attempt)
        for leg, end in zip(LEGS, ends, strict=True):
            self.step(branch, leg, run, attempt, end)
        conclusion = max(ends, key=("success", "cancelled", "failure").index)
        github.add_run(run, conclusion, id=RUN + run, run_attempt=attempt, head_branch=branch)

    def step(self, branch: str, leg: str, run: int, attempt: int, status: str) -> None:
        fault = self.lose_an_answer()
        self.told.append(f"{branch} {leg} run {run}.{attempt} {status} {fault}")
        self.pipeline.act.environment["GITHUB_REF_NAME"] = branch
        result = self.pipeline(status, run, attempt, matrix=leg)
        self.pipeline.sim.faults.clear()
        assert result.code == 0, (self.told, result.log)
        self.model.finish(branch, leg, run, attempt, status)
        found = [one for one in self.pipeline.incidents if one["status"] != "resolved"]
        keys = {one["incident_key"] for one in found}
        assert len(keys) == len(found) == self.model.broken, self.told

    def lose_an_answer(self) -> str:
        if self.dice.random() < 0.75:
            return ""
        details: dict[str, Any] = {
            "api": self.dice.choice(("events", "pagerduty")),
            "method": self.dice.choice(("POST", "PUT", "GET")),
            "processed": self.dice.random() < 0.5,
        }
        self.pipeline.sim.faults.add(Fault("reset", **details))
        return f"(lost: {details})"


@pytest.mark.parametrize("seed", [1, 2, 7, 26, 35])
def test_an_incident_is_open_while_the_newest_verdict_is_bad(
    sim: Simulator, act: InProcess, seed: int
) -> None:
    inputs = WITHOUT_ROUTING_KEY if seed % 2 else {}
    History(seed, Pipeline(sim, act, **inputs)).play()

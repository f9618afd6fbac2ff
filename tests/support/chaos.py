"""Random faults, kills, re-runs and twins: a case is made of a seed, run, and judged.

The rules hold for every operation and every case: for one click at most one effect; exit code 0
only if it is there; one sentence otherwise; in time; and Port in step.
"""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from harness import Action, Process, Result, credentials, from_port, run_id_of, urls_of
from pd_incident_simulator import Fault, Simulator
from scenes import scene

TIMEOUT = 4
# A run may take its timeout and 5 seconds more; starting Python on a busy machine isn't its fault.
MOST_SECONDS = TIMEOUT + 5 + 10
EMAILS = {"grace@example.com"}


def _incidents(sim: Simulator) -> int:
    return len(sim.pagerduty.state.incidents)


def _log(*kinds: str) -> Callable[[Simulator], int]:
    """Count log entries of some kinds, of all incidents."""
    wanted = {f"{kind}_log_entry" for kind in kinds}

    def count(sim: Simulator) -> int:
        entries = sim.pagerduty.state.log_entries.values()
        return sum(entry["type"] in wanted for log in entries for entry in log)

    return count


def _notes(sim: Simulator) -> int:
    notes = [note for notes in sim.pagerduty.state.notes.values() for note in notes]
    return sum(note["content"] == "Looking into it" for note in notes)


def _requests(sim: Simulator) -> int:
    return sum(len(one["responder_requests"]) for one in sim.pagerduty.state.incidents.values())


# What one click may do once, by operation: it is counted before and after.
EFFECTS: dict[str, Callable[[Simulator], int]] = {
    "create": _incidents,
    "trigger": _incidents,
    "escalate": _log("escalate", "delegate", "assign"),
    "reassign": _log("assign"),
    "note": _notes,
    "add-responders": _requests,
    "status-update": lambda sim: sum(map(len, sim.pagerduty.state.status_updates.values())),
    "run-workflow": lambda sim: len(sim.pagerduty.state.workflow_instances),
    "acknowledge": _log("acknowledge"),
    "resolve": _log("resolve"),
    "snooze": _log("snooze"),
    "maintenance": lambda sim: len(sim.pagerduty.state.maintenance_windows),
    "create-service": lambda sim: sum(
        one["name"] == "Search" for one in sim.pagerduty.state.services.values()
    ),
}
# Doing these again changes nothing that anybody notices; see docs/reliability.md.
HARMLESS_AGAIN = frozenset({"snooze"})
# PagerDuty has neither a key nor a list of these, so nobody can tell a repetition.
CANT_BE_LOOKED_UP = frozenset({"run-workflow", "status-update"})
# PagerDuty knows these by a key; others are looked up, which runs at the same moment can't do.
KEYED = frozenset({"create", "trigger"})


@dataclass(frozen=True)
class Step:
    """One run of the same click.

    Attributes:
        kill_after: seconds after which it is ended; None lets it run.
        with_signal: the signal that ends it.
        twin: whether another run of the same click goes on at the same time.
    """

    kill_after: float | None = None
    with_signal: signal.Signals = signal.SIGTERM
    twin: bool = False


@dataclass(frozen=True)
class Case:
    """A random case.

    Attributes:
        seed: what it is made of.
        operation: the operation.
        faults: what goes wrong, and with what.
        steps: the runs, one after the other; later ones are re-runs of the job.
    """

    seed: int
    operation: str
    faults: tuple[Fault, ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        faults = "; ".join(_describe(fault) for fault in self.faults) or "no fault"
        steps = ", ".join(map(_describe_step, self.steps))
        return f"seed {self.seed}: {self.operation}: {faults}: {steps}"


@dataclass
class Verdict:
    """What became of a case.

    Attributes:
        case: the case.
        broken: the rules that were broken, each in a sentence; nothing if it is well.
        log: the log of all its runs.
    """

    case: Case
    broken: list[str] = field(default_factory=list)
    log: str = ""


def make_case(seed: int) -> Case:
    """Make a case of a seed."""
    dice = random.Random(seed)  # noqa: S311 - for tests
    operation = dice.choice(sorted(EFFECTS))
    faults = tuple(_fault(dice) for _ in range(dice.choice((0, 1, 1, 2, 3))))
    steps = tuple(_step(dice) for _ in range(dice.choice((1, 1, 2, 3))))
    return Case(seed, operation, faults, steps)


def run_case(case: Case, folder: Path) -> Verdict:
    """Run a case against a simulator of its own, and judge it."""
    verdict = Verdict(case)
    with Simulator() as sim:
        sim.events.delay_ms = 0
        act = Action(folder, urls_of(sim) | credentials())
        entity, filled_in, _ = scene(case.operation, sim, act)
        event = from_port(sim, entity, **filled_in)
        before = EFFECTS[case.operation](sim)
        for fault in case.faults:
            sim.faults.add(fault)
        results: list[Result] = []
        for number, step in enumerate(case.steps, start=1):
            act.environment["GITHUB_RUN_ATTEMPT"] = str(number)
            results += _perform(step, act, case.operation, event)
        sim.faults.clear()
        effects = EFFECTS[case.operation](sim) - before
        run = sim.port.state.runs[run_id_of(event)]
    verdict.log = "\n".join(f"{one.log}\n{one.stderr}" for one in results)
    verdict.broken += _judge_effects(case, effects, results)
    for result in results:
        verdict.broken += _judge_result(result)
    if run.status == "SUCCESS" and all(one.code == 1 for one in results):
        verdict.broken.append("Port shows SUCCESS although no run succeeded")
    return verdict


def _judge_effects(case: Case, effects: int, results: list[Result]) -> list[str]:
    broken = []
    if effects > _allowed(case):
        broken.append(f"it was done {effects} times")
    if effects == 0 and any(one.code == 0 for one in results):
        broken.append("exit code 0, but nothing was done")
    return broken


def _allowed(case: Case) -> int:
    """Return how often a case's click may be done; see docs/reliability.md."""
    runs = sum(1 + step.twin for step in case.steps)
    if case.operation in HARMLESS_AGAIN | CANT_BE_LOOKED_UP:
        return runs
    has_twins = any(step.twin for step in case.steps)
    return 2 if has_twins and case.operation not in KEYED else 1


def _judge_result(result: Result) -> list[str]:
    broken: list[str] = []
    if not result.log and result.code in {-signal.SIGTERM, -signal.SIGINT}:
        return broken  # Python itself was ended before it had begun to run the action.
    if "Traceback" in result.everything:
        broken.append("a traceback is shown")
    if "Bug in pd-incident-action" in result.log:
        broken.append("a fault from outside is called a bug")
    if result.code == 1 and not result.annotations("error"):
        broken.append("exit code 1 without a sentence")
    if result.code not in {0, 1, -signal.SIGKILL}:
        broken.append(f"exit code {result.code}")
    if result.seconds > MOST_SECONDS:
        broken.append(f"it took {result.seconds:.1f} s with a timeout of {TIMEOUT} s")
    return broken


def _perform(step: Step, act: Action, operation: str, event: dict[str, Any]) -> list[Result]:
    runs = [_start(act, operation, event)]
    if step.twin:
        runs.append(_start(act, operation, event))
    timer: threading.Timer | None = None
    if step.kill_after is not None:
        first, number = runs[0].process, step.with_signal
        timer = threading.Timer(step.kill_after, first.send_signal, [number])
        timer.start()
    results = [run.wait(MOST_SECONDS * 3) for run in runs]
    if timer is not None:
        timer.cancel()
    return results


def _start(act: Action, operation: str, event: dict[str, Any]) -> Process:
    return act.start(operation, event=event, timeout=str(TIMEOUT))


def _fault(dice: random.Random) -> Fault:
    api = dice.choice(("pagerduty", "pagerduty", "events", "port"))
    status = dice.choice((429, 500, 502, 503, 504, 408))
    kind = dice.choice(("status", "status", "reset", "hang", "truncate", "garbage", "slow"))
    return Fault(
        kind,  # type: ignore[arg-type] # one of its kinds
        api=api,
        method=dice.choice(("*", "POST", "PUT", "GET")),
        count=dice.choice((1, 1, 2, None)),
        skip=dice.choice((0, 0, 1, 2)),
        # An API that says it's asked too often has done nothing.
        processed=dice.random() < 0.5 and status != HTTPStatus.TOO_MANY_REQUESTS,
        status=status,
        seconds=dice.choice((0.3, 2.0, 8.0)),
    )


def _step(dice: random.Random) -> Step:
    kill_after = dice.choice((None, None, None, dice.uniform(0.05, 1.5)))
    return Step(
        kill_after=kill_after,
        with_signal=dice.choice((signal.SIGTERM, signal.SIGINT, signal.SIGKILL)),
        twin=kill_after is None and dice.random() < 0.15,
    )


def _describe(fault: Fault) -> str:
    details = f" {fault.status}" if fault.kind == "status" else ""
    taken = ", processed" if fault.processed else ""
    times = "always" if fault.count is None else f"{fault.count}x after {fault.skip}"
    return f"{fault.kind}{details} of {fault.api} {fault.method} ({times}{taken})"


def _describe_step(step: Step) -> str:
    if step.kill_after is not None:
        return f"{step.with_signal.name} after {step.kill_after:.2f} s"
    return "twins" if step.twin else "a run"

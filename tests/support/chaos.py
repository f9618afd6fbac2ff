"""Random faults, kills, re-runs and twins: a case is made of a seed, run, and judged.

The rules hold for every operation and every case: for one click at most one effect; exit code 0
only if it is there; one sentence otherwise; in time; and Port in step.
"""

from __future__ import annotations

import random
import re
import signal
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from effects import EFFECTS, MAY_CLAIM_TWICE, Effect, Limit
from harness import Action, Process, Result, credentials, from_port, run_id_of, urls_of
from pd_incident_simulator import Fault, Simulator
from scenes import CONFIG, scene

TIMEOUT = 4
# What a run may take beyond its timeout, or after a signal.
SECONDS_TO_END = 5
# Starting Python on a busy machine isn't the action's fault.
SECONDS_TO_START = 20
IO = "incident-io-"


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
        reports_all: whether the action is to end Port's run whatever comes of it.
    """

    seed: int
    operation: str
    faults: tuple[Fault, ...]
    steps: tuple[Step, ...]
    reports_all: bool = False

    def __str__(self) -> str:
        faults = "; ".join(_describe(fault) for fault in self.faults) or "no fault"
        steps = ", ".join(map(_describe_step, self.steps))
        always = " (report-status: always)" if self.reports_all else ""
        return f"seed {self.seed}: {self.operation}{always}: {faults}: {steps}"

    @property
    def effect(self) -> Effect:
        """What its click brings about."""
        return EFFECTS[self.operation]

    @property
    def port_hears(self) -> bool:
        """Whether Port can hear how a run ends: no fault of it lasts."""
        return all(fault.api != "port" or fault.count is not None for fault in self.faults)


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


def make_case(seed: int, operation: str = "") -> Case:
    """Make a case of a seed; without an operation, seeds in a row are about one after another."""
    dice = random.Random(seed)  # noqa: S311 - for tests
    operation = operation or sorted(EFFECTS)[seed % len(EFFECTS)]
    apis = (*EFFECTS[operation].apis * 2, "port")
    faults = tuple(_fault(dice, apis) for _ in range(dice.choice((0, 1, 1, 2, 3))))
    steps = tuple(_step(dice) for _ in range(dice.choice((1, 1, 2, 3))))
    return Case(seed, operation, faults, steps, dice.random() < 0.5)


def run_case(case: Case, folder: Path) -> Verdict:
    """Run a case against a simulator of its own, and judge it."""
    verdict, count = Verdict(case), case.effect.count
    with Simulator() as sim:
        sim.events.delay_ms = 0
        act = Action(folder, urls_of(sim) | credentials())
        act.environment["GITHUB_API_URL"] = sim.github.url
        entity, filled_in, _ = scene(case.operation, sim)
        event = from_port(sim, entity, **filled_in)
        before = count(sim)
        for fault in case.faults:
            sim.faults.add(fault)
        runs: list[tuple[Step, Result]] = []
        for number, step in enumerate(case.steps, start=1):
            act.environment["GITHUB_RUN_ATTEMPT"] = str(number)
            runs += _perform(step, act, case, event)
        sim.faults.clear()
        effects = count(sim) - before
        run = sim.port.state.runs[run_id_of(event)]
    results = [result for _, result in runs]
    verdict.log = "\n".join(f"{one.log}\n{one.stderr}" for one in results)
    verdict.broken += _judge_effects(case, effects, results)
    for step, result in runs:
        verdict.broken += _judge_result(case, step, result)
    verdict.broken += _judge_port(case, run.status, results)
    return verdict


def _judge_effects(case: Case, effects: int, results: list[Result]) -> list[str]:
    broken = []
    if effects > _allowed(case):
        broken.append(f"it was done {effects} times")
    claims = sum(one.outputs.get("created") == "true" for one in results)
    if claims > effects and case.operation not in MAY_CLAIM_TWICE:
        broken.append(f"{claims} runs say that they created it, but it was created {effects} times")
    passed = any(one.code == 0 for one in results)
    if effects == 0 and passed and case.effect.has_to_be_there:
        broken.append("exit code 0, but nothing was done")
    return broken


def _allowed(case: Case) -> int:
    """Return how often a case's click may have its effect."""
    match case.effect.limit:
        case Limit.NEVER:
            return 0
        case Limit.ONCE_A_RUN:
            return sum(1 + step.twin for step in case.steps)
        case Limit.ONCE_A_MOMENT:
            return 2 if any(step.twin for step in case.steps) else 1
        case Limit.ONCE:
            return 1


def _judge_result(case: Case, step: Step, result: Result) -> list[str]:
    broken: list[str] = []
    if not _has_begun(result):
        return broken
    if "Traceback" in result.everything:
        broken.append("a traceback is shown")
    if re.search("bug of its own|Bug in pd-incident-action", result.everything):
        broken.append("a fault from outside is called a bug")
    if result.code == 1 and not result.annotations("error"):
        broken.append("exit code 1 without a sentence")
    if result.code == 0 and not re.search(case.effect.shows, result.everything):
        broken.append(f"exit code 0, but {case.effect.shows!r} is not shown")
    if result.code not in {0, 1, -signal.SIGKILL}:
        broken.append(f"exit code {result.code}")
    until = TIMEOUT if step.kill_after is None else min(step.kill_after, TIMEOUT)
    if result.seconds > until + SECONDS_TO_END + SECONDS_TO_START:
        broken.append(f"it took {result.seconds:.1f} s, and was to end after {until:.1f} s")
    return broken


def _judge_port(case: Case, status: str, results: list[Result]) -> list[str]:
    """Judge how Port's run ended; the first run that ends it has the last word."""
    begun = filter(_has_begun, results)
    knew_of_port = [one for one in begun if "before anything was sent" not in one.log]
    codes = {one.code for one in knew_of_port} & {0, 1}
    if status == "SUCCESS" and 0 not in codes:
        return ["Port shows SUCCESS although no run succeeded"]
    if status == "FAILURE" and 1 not in codes:
        return ["Port shows FAILURE although no run failed"]
    has_to_end = 1 in codes or (0 in codes and case.reports_all)
    if status == "IN_PROGRESS" and has_to_end and case.port_hears:
        return ["Port's run goes on although a run has ended"]
    return []


def _has_begun(result: Result) -> bool:
    """Tell whether the action began to run before a signal ended Python itself."""
    ended = {-signal.SIGTERM, -signal.SIGINT}
    return bool(result.log) or not (
        result.code in ended or "Fatal Python error: init_" in result.stderr
    )


def _perform(
    step: Step, act: Action, case: Case, event: dict[str, Any]
) -> list[tuple[Step, Result]]:
    """Run a step; the twin isn't ended."""
    runs = [_start(act, case, event) for _ in range(1 + step.twin)]
    timer: threading.Timer | None = None
    if step.kill_after is not None:
        first, number = runs[0].process, step.with_signal
        timer = threading.Timer(step.kill_after, first.send_signal, [number])
        timer.start()
    results = [run.wait((TIMEOUT + SECONDS_TO_END + SECONDS_TO_START) * 3) for run in runs]
    if timer is not None:
        timer.cancel()
    return [(step, result) for result in results]


def _start(act: Action, case: Case, event: dict[str, Any]) -> Process:
    return act.start(
        case.operation.removeprefix(IO),
        event=event,
        timeout=f"{TIMEOUT}s",
        report_status="always" if case.reports_all else None,
        config=CONFIG,
        **case.effect.inputs,
    )


def _fault(dice: random.Random, apis: tuple[str, ...]) -> Fault:
    api = dice.choice(apis)
    status = dice.choice((429, 500, 502, 503, 504, 408))
    kind = dice.choice(("status", "status", "reset", "hang", "truncate", "garbage", "slow"))
    return Fault(
        kind,  # type: ignore[arg-type] # one of its kinds
        api=api,
        method=dice.choice(("*", "P*", "P*", "GET")),
        count=dice.choice((1, 1, 2, None)),
        skip=dice.choice((0, 0, 1, 2)),
        # An API that says it's asked too often has done nothing.
        processed=dice.random() < 0.5 and status != HTTPStatus.TOO_MANY_REQUESTS,
        status=status,
        seconds=dice.choice((0.3, 2.0, 8.0)),
    )


def _step(dice: random.Random) -> Step:
    # Where nothing goes wrong, a run takes less than a second.
    latest = dice.choice((0.6, 2.0))
    kill_after = dice.choice((None, None, None, dice.uniform(0.05, latest)))
    return Step(
        kill_after=kill_after,
        with_signal=dice.choice((signal.SIGTERM, signal.SIGINT, signal.SIGKILL)),
        twin=kill_after is None and dice.random() < 0.3,
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

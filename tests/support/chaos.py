"""Random faults, kills, re-runs and twins: a case is made of a seed, run, and judged.

The rules hold for every operation and every case: for one click at most one effect; exit code 0
only if it is there; one sentence otherwise; in time; and Port in step.
"""

from __future__ import annotations

import random
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any

from harness import Action, Process, Result, credentials, from_port, run_id_of, urls_of, writes
from pd_incident_simulator import Fault, Simulator
from scenes import CONFIG, INCIDENT_IO_KEY, scene

TIMEOUT = 4
# What a run may take beyond its timeout, or after a signal.
SECONDS_TO_END = 5
# Starting Python on a busy machine isn't the action's fault.
SECONDS_TO_START = 10
IO = "incident-io-"


class Limit(Enum):
    """How often one click may have its effect; docs/reliability.md says so for users."""

    ONCE = "once, whatever happens"
    ONCE_A_MOMENT = "once, or by twins at the same moment twice"
    ONCE_A_RUN = "once in each run"
    NEVER = "never: it only reads, or writes to Port"


@dataclass(frozen=True)
class Effect:
    """What one click of an operation brings about.

    Attributes:
        count: counts it in the simulator: before the click, and after it.
        limit: how often it may be brought about.
        shows: what a run has to show if its exit code is 0; a regular expression.
        apis: the APIs that it is brought about with, besides Port's.
        inputs: further inputs under ``with:``.
    """

    count: Callable[[Simulator], int]
    limit: Limit = Limit.ONCE
    shows: str = ""
    apis: tuple[str, ...] = ("pagerduty",)
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def has_to_be_there(self) -> bool:
        """Whether it has to be there once a run's exit code is 0."""
        return not self.shows


def _incidents(sim: Simulator) -> int:
    return len(sim.pagerduty.state.incidents)


def _log(*kinds: str, about: str = "") -> Callable[[Simulator], int]:
    """Count log entries of some kinds, of all incidents, about a field if one is given."""
    wanted = {f"{kind}_log_entry" for kind in kinds}

    def count(sim: Simulator) -> int:
        entries = [entry for log in sim.pagerduty.state.log_entries.values() for entry in log]
        found = [entry for entry in entries if entry["type"] in wanted]
        return sum(not about or about in entry["changeset"] for entry in found)

    return count


def _notes(text: str) -> Callable[[Simulator], int]:
    def count(sim: Simulator) -> int:
        notes = [note for notes in sim.pagerduty.state.notes.values() for note in notes]
        return sum(text in note["content"] for note in notes)

    return count


def _made(collection: str) -> Callable[[Simulator], int]:
    """Count what stands in one of PagerDuty's collections, by incident or service if it is so."""

    def count(sim: Simulator) -> int:
        found = getattr(sim.pagerduty.state, collection)
        lists = list(found.values()) if isinstance(found, dict) else found
        return sum(len(one) if isinstance(one, list) else 1 for one in lists)

    return count


def _overrides(sim: Simulator) -> int:
    return sum(len(one.overrides) for one in sim.pagerduty.state.schedules.values())


def _requests(sim: Simulator) -> int:
    return sum(len(one["responder_requests"]) for one in sim.pagerduty.state.incidents.values())


def _merged(sim: Simulator) -> int:
    return sum("resolve_reason" in one for one in sim.pagerduty.state.incidents.values())


def _updates(sim: Simulator) -> int:
    """Count changes of status or severity in incident.io, the first one of each included."""
    return len(sim.incident_io.state.updates)


def _changes(sim: Simulator) -> int:
    """Count requests that were to change something in a provider."""
    return len(writes(sim.exchanges, "pagerduty", "incident-io"))


def _fields_set(sim: Simulator) -> int:
    values = sim.pagerduty.state.custom_field_values.values()
    return sum(one.get("root_cause") == "disk" for one in values)


def _services_in_port(sim: Simulator) -> int:
    """Tell whether Port has what `sync` reads in PagerDuty: 1, or nothing."""
    entities = sim.port.state.entities
    return int(all("url" in one["properties"] for one in entities["pagerdutyService"].values()))


def _subscriptions(sim: Simulator) -> int:
    """Count subscriptions whose events Port takes; none as long as an action is missing."""
    subscriptions, webhooks = sim.pagerduty.state.webhook_subscriptions, sim.port.state.webhooks
    described = " ".join(str(one.get("description")) for one in webhooks.values()).split()
    is_complete = len(sim.port.state.actions) == len(EFFECTS)
    return sum(one in described for one in subscriptions) if is_complete else 0


INCIDENT_IO = {"provider": "incident-io", "incident_io_token": INCIDENT_IO_KEY}
EFFECTS: dict[str, Effect] = {
    "acknowledge": Effect(_log("acknowledge")),
    "add-responders": Effect(_requests, Limit.ONCE_A_MOMENT),
    "change-event": Effect(_made("change_events"), Limit.ONCE_A_RUN, apis=("events",)),
    "check-sla": Effect(
        _notes("Target of SEV-1 missed"), Limit.ONCE_A_MOMENT, "breaches its SLA target"
    ),
    "create": Effect(_incidents),
    "create-service": Effect(_made("services")),
    "doctor": Effect(_changes, Limit.NEVER, r"\d+ checks: \d+ passed"),
    "escalate": Effect(_log("escalate", "delegate", "assign"), Limit.ONCE_A_MOMENT),
    "get": Effect(_changes, Limit.NEVER, r"Q0INC\d+"),
    "incident-io-create": Effect(
        lambda sim: len(sim.incident_io.state.incidents), apis=("incident-io",), inputs=INCIDENT_IO
    ),
    "incident-io-resolve": Effect(_updates, apis=("incident-io",), inputs=INCIDENT_IO),
    "incident-io-update": Effect(_updates, apis=("incident-io",), inputs=INCIDENT_IO),
    "maintenance": Effect(_made("maintenance_windows"), Limit.ONCE_A_MOMENT),
    "merge": Effect(_merged),
    "note": Effect(_notes("Looking into it"), Limit.ONCE_A_MOMENT),
    "on-call": Effect(_changes, Limit.NEVER, "Ada Lovelace"),
    "override": Effect(_overrides, Limit.ONCE_A_MOMENT),
    "reassign": Effect(_log("assign"), Limit.ONCE_A_MOMENT),
    "reopen": Effect(_log("reopen"), Limit.ONCE_A_MOMENT),
    "report": Effect(_changes, Limit.NEVER, "incidents?"),
    "resolve": Effect(_log("resolve")),
    "run-workflow": Effect(_made("workflow_instances"), Limit.ONCE_A_RUN),
    "set-custom-fields": Effect(_fields_set),
    "set-priority": Effect(_log("field_value_change", about="priority")),
    "setup": Effect(_subscriptions),
    "snooze": Effect(_log("snooze"), Limit.ONCE_A_RUN),
    "status-update": Effect(_made("status_updates"), Limit.ONCE_A_RUN),
    "sync": Effect(_services_in_port),
    "sync-plan": Effect(_changes, Limit.NEVER, "PSVC001"),
    "trigger": Effect(_incidents, apis=("events", "pagerduty")),
    "update": Effect(_log("field_value_change", about="title")),
}
# These APIs don't say whether there was one with the key, and runs seconds apart can't tell by its
# age; setup creates many things, some in each run.
MAY_CLAIM_TWICE = frozenset({"trigger", "incident-io-create", "setup"})


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


def make_case(seed: int) -> Case:
    """Make a case of a seed; seeds that follow one another are about one operation each."""
    dice = random.Random(seed)  # noqa: S311 - for tests
    operation = sorted(EFFECTS)[seed % len(EFFECTS)]
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
    knew_of_port = [one for one in results if "before anything was sent" not in one.log]
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
    return bool(result.log) or result.code not in {-signal.SIGTERM, -signal.SIGINT}


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

"""The one incident of a pipeline: opened when it breaks, resolved when it is fixed.

PagerDuty knows the incident by the pipeline's key. A note on the incident names the newest run, so
that an older run that ends later doesn't undo what a newer one found.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, ClassVar, NamedTuple

from pd_incident_action.errors import ApiError, InputError, InputProblem
from pd_incident_action.github.client import WorkflowRun
from pd_incident_action.inputs.fields import InputSpec, LooseName, Severity, ShortText
from pd_incident_action.inputs.intervals import DailyHours, humanize, parse_daily_period, parse_iso
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Group, OperationInputs
from pd_incident_action.operations.create import Create
from pd_incident_action.operations.resolve import Resolve
from pd_incident_action.operations.trigger import Trigger
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .once_per_run import RunNoteOperation
from .paging import PagingInputs, PagingOperation

# What is looked up before the page holds it up no longer.
SECONDS_BEFORE_PAGE = 3.0
_MAX_NAMES = 5
_QUIET: Severity = "warning"
# What notes with a run's mark begin with.
_NOTES = BROKEN, STILL_BROKEN, FIXED, RESOLVED = "Broken", "Still broken", "Fixed", "Resolved"


class Position(NamedTuple):
    """Where a run stands among others: GitHub's ids of runs grow, in all workflows together."""

    run_id: int = 0
    attempt: int = 0
    number: int = 0

    @classmethod
    def of(cls, run: WorkflowRun) -> Position:
        """Return where one of GitHub's runs stands."""
        return cls(run.id or 0, run.run_attempt or 1, run.run_number or 0)

    def __str__(self) -> str:
        again = f" (attempt {self.attempt})" if self.attempt > 1 else ""
        return f"run #{self.number}{again}"


class State(NamedTuple):
    """A pipeline's newest incident, and the newest run that is noted on it."""

    incident: PagerDutyIncident
    newest: Position


class Failure(NamedTuple):
    """What is broken: a title, details by name, and web pages by title; some may be empty."""

    summary: str
    details: Mapping[str, str]
    links: Mapping[str, str]


class PipelineInputs(PagingInputs):
    """The inputs of operations that keep one incident for a pipeline."""

    summary: Annotated[
        ShortText | None,
        InputSpec(
            "What is wrong, in a few words; the incident's title.",
            example="The nightly backup fails",
            default_help="the repository, the workflow, and its job, branch or environment",
        ),
    ] = None
    severity: Annotated[
        Severity,
        InputSpec(
            "Severity of the alert: `critical`, `error`, `warning` or `info`; the first two are of "
            "high urgency.",
            example="critical",
            decoration=True,
        ),
    ] = "error"
    quiet_hours: Annotated[
        DailyHours | None,
        InputSpec(
            "When failures page with severity `warning` and low urgency: two times of day and "
            "their time zone.",
            example="22:00-07:00 Europe/Berlin",
            decoration=True,
        ),
    ] = None
    service: Annotated[
        LooseName | None,
        InputSpec(
            "PagerDuty service to page where there is no `routing-key`: its id, its name, or its "
            "name in the configuration file.",
            example="Checkout",
            aliases=("service_id",),
            origin="service",
            default_help="the PagerDuty service that the Port action was run on, or those that its "
            "entity relates to; else from the configuration file",
        ),
    ] = None

    def severity_at(self, now: datetime) -> Severity:
        """Return the severity, which quiet hours lower."""
        is_quiet = self.quiet_hours and parse_daily_period(self.quiet_hours).contains(now)
        return _QUIET if is_quiet and self.severity != "info" else self.severity


class PipelineOperation(RunNoteOperation, PagingOperation):
    """An operation that keeps one incident for a pipeline."""

    required_one_of: ClassVar[tuple[str, ...]] = ("routing-key", "pagerduty-token")
    required_credentials: ClassVar[tuple[str, ...]] = ()
    scopes: ClassVar[tuple[str, ...]] = (
        "incidents.read",
        "incidents.write",
        "services.read",
        "users.read",
    )
    group: ClassVar[Group] = "Paging"
    from_port: ClassVar[bool] = False
    inputs: PipelineInputs

    @classmethod
    def can_page_without_config(cls, inputs: OperationInputs, settings: Settings) -> bool:
        is_given = isinstance(inputs, PipelineInputs) and inputs.service is not None
        return is_given or settings.has("routing-key")

    @property
    @abstractmethod
    def pipeline_key(self) -> str:
        """The key by which PagerDuty knows the pipeline."""

    @property
    def position(self) -> Position:
        """Where this run stands."""
        identity = self.context.identity
        texts = (identity.run_id, identity.run_number)
        run_id, number = (int(text) if text.isdecimal() else 0 for text in texts)
        return Position(run_id, identity.run_attempt, number)

    def find_state(self, seconds: float | None = None) -> State | None:
        """Find the pipeline's newest incident, open ones first; None if there is none.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        pagerduty = self.context.pagerduty
        incidents = Incidents(pagerduty.with_timeout(seconds) if seconds else pagerduty)
        found = incidents.find_by_key(self.pipeline_key, only_open=False)
        newest = min(found, key=lambda one: not one.is_open, default=None)
        if newest is None:
            return None
        # Whole notes alone: within one, whoever writes a commit's message could forge a mark.
        mark = re.compile(
            rf"(?:{'|'.join(_NOTES)})\b.*\({re.escape(self.pipeline_key)}: "
            r"(\d{1,20})\.(\d{1,9}) #(\d{1,20})\)",
            re.DOTALL,
        )
        marks = [mark.fullmatch(note.content.strip()) for note in incidents.notes(newest.id)]
        positions = [Position(*map(int, one.groups())) for one in marks if one]
        return State(newest, max(positions, default=Position()))

    def state_before_page(self) -> State | None:
        """Find the pipeline's incident; None where PagerDuty doesn't show it, which stops nothing.

        A newer run may have found the pipeline fixed, which no page may undo.
        """
        if self.context.find(PagerDuty) is None:
            return None
        try:
            return self.find_state(SECONDS_BEFORE_PAGE)
        except ApiError as error:
            self.context.log(f"Paging without looking for an open incident: {error.summary}")
            return None

    def open_incident(self, failure: Failure, existing: PagerDutyIncident | None = None) -> Outcome:
        """Page, unless the pipeline's incident is open already."""
        if self.context.find(PagerDutyEvents) is None:
            return self.create_incident(failure, existing=existing)
        event = Trigger.Inputs(
            summary=self.inputs.summary or failure.summary,
            severity=self.inputs.severity_at(datetime.now(UTC)),
            dedup_key=self.pipeline_key,
            custom_details={name: text for name, text in failure.details.items() if text},
            links=[{"href": href, "text": text} for text, href in failure.links.items() if href],
        )
        return Trigger(event, self.context).run()

    def create_incident(
        self,
        failure: Failure,
        *,
        assignee: str | None = None,
        existing: PagerDutyIncident | None = None,
    ) -> Outcome:
        """Open the incident through the REST API, unless it is open already.

        Args:
            failure: what is broken.
            assignee: the user to page, instead of the policy.
            existing: the incident as it was a moment ago.
        """
        # Keys are those of one service, and responders may have moved the incident to another.
        service = existing.service.id if existing else self.inputs.service
        if not service:
            problem = "is missing; without routing-key, it determines who is paged"
            raise InputError([InputProblem("service", problem, "Checkout")])
        severity = self.inputs.severity_at(datetime.now(UTC))
        asked = Create.Inputs(
            title=self.inputs.summary or failure.summary,
            service=(service,),
            urgency="high" if severity in {"critical", "error"} else "low",
            details="\n".join(f"{name}: {text}" for name, text in failure.details.items() if text),
            incident_key=self.pipeline_key,
            assignee=assignee,
        )
        return Create(asked, self.context).open_incidents()

    def close_incident(self, by: str) -> Outcome:
        """Resolve the pipeline's incident, unless a newer run, or a part of this one, failed."""
        if self.context.find(PagerDuty) is None:
            outcome = self._resolve_alert()
            message = (
                "Asked PagerDuty to resolve the pipeline's alert. Whether one was open is unknown: "
                "add pagerduty-token to check first."
            )
            return replace(outcome, message=message)
        state = self.find_state()
        if state is None or not state.incident.is_open:
            return nothing_to_do("the pipeline is green, and no incident is open for it")
        incident = state.incident
        if state.newest >= self.position and self.position.run_id:
            why = f"stays open, since {state.newest} failed"
            return nothing_to_do(f"incident {incident.label} {why}")
        broken_since = parse_iso(incident.created_at)
        after = f" after {humanize(datetime.now(UTC) - broken_since)}" if broken_since else ""
        note = f"{FIXED}{after} by {by} {self._mark(self.position)}"
        outcome = Resolve(Resolve.Inputs(incident=(incident.id,), note=note), self.context).run()
        return replace(outcome, message=f"Resolved incident {incident.label}: fixed{after}.")

    def withdraw(self, outcome: Outcome, newer: Position) -> Outcome:
        """Resolve the incident that was just opened, since a newer run is green already."""
        why = f"{newer} is newer than this run, and green already"
        if self.context.find(PagerDuty) is None or outcome.incident is None:
            resolved = self._resolve_alert()
        else:
            note = f"{RESOLVED}: {why}. {self._mark(newer)}"
            asked = Resolve.Inputs(incident=(outcome.incident.id,), note=note)
            resolved = Resolve(asked, self.context).run()
        warnings = (*outcome.warnings, f"The page is withdrawn: {why}.", *resolved.warnings)
        return replace(outcome, incident=resolved.incident, warnings=warnings)

    def _resolve_alert(self) -> Outcome:
        event = Trigger.Inputs(event_action="resolve", dedup_key=self.pipeline_key)
        return Trigger(event, self.context).run()

    def note_failure(self, outcome: Outcome, text: str) -> None:
        """Have it noted on the incident, once everybody knows of it, that this run failed."""
        if outcome.incident and outcome.incident.raw:
            self._unwritten[outcome.incident.id] = f"{text} {self._mark(self.position)}"

    def recover(self) -> Outcome | None:
        if self.context.find(PagerDuty) is None:
            return None
        return Trigger(Trigger.Inputs(dedup_key=self.pipeline_key), self.context).recover()

    def _mark(self, position: Position) -> str:
        run_id, attempt, number = position
        return f"({self.pipeline_key}: {run_id}.{attempt} #{number})"


def list_some(names: Sequence[str]) -> str:
    """List the first names; a matrix may have hundreds."""
    rest = len(names) - _MAX_NAMES
    return ", ".join([*names[:_MAX_NAMES], *([f"{rest} more"] if rest > 0 else [])])


def nothing_to_do(why: str) -> Outcome:
    """Return the outcome of a run that changes nothing."""
    return Outcome(message=f"No changes: {why}.", write_entity=False)

"""Operations that give one incident, several, or all open ones of a service another status.

https://developer.pagerduty.com/api-reference/b3A6Mjc0ODE0MA-manage-incidents
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Self

from pydantic import model_validator

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.inputs.fields import InputSpec, Name, PagerDutyIds
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import (
    Operation,
    OperationInputs,
    describe_state,
    incidents_outcome,
)
from pd_incident_action.pagerduty.idempotency import find_note, send_or_find, write_note
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

# PagerDuty refuses more at once.
_MAX_BATCH = 250
# It was resolved (1001) or acknowledged (1002) by somebody else since it was fetched.
_CHANGED_MEANWHILE = frozenset({1001, 1002})
# The key (2006) or the requester (1008, 2016) is wrong: no incident would fare better alone.
_SENDER_REJECTED = frozenset({1008, 2006, 2016})


@dataclass(frozen=True)
class StatusTransition:
    """A change of status.

    Attributes:
        verb: as in "PagerDuty failed to <acknowledge> the incident".
        participle: as in "<Acknowledged> incident #42".
        satisfied_by: statuses that need no change.
        forbidden_from: statuses from which PagerDuty would do something else.
    """

    status: str
    verb: str
    participle: str
    satisfied_by: frozenset[str]
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    forbidden_from: frozenset[str] = frozenset()

    @property
    def fields(self) -> dict[str, Any]:
        """The incident's fields to send."""
        return {"status": self.status, **self.extra_fields}

    def check(self, incident: PagerDutyIncident) -> None:
        """Raise `NotApplicable` if PagerDuty would do something else to the incident."""
        if incident.status in self.forbidden_from:
            raise NotApplicable(
                f"Incident {incident.label} is {incident.status} and was not {self.participle}",
                "PagerDuty would reopen it",
                "use operation: reopen if that is what you want, or open a new incident with "
                "create",
            )


@dataclass
class BatchResult:
    """How far a transition got.

    Attributes:
        changed: ids of those that this run changed.
        done_before: ids of those that an earlier attempt of the run changed.
    """

    incidents: dict[str, PagerDutyIncident]
    changed: set[str] = field(default_factory=set)
    failures: list[ActionError] = field(default_factory=list)
    done_before: frozenset[str] = frozenset()

    def record(self, incident: PagerDutyIncident, *, is_changed: bool) -> None:
        """Record a selected incident as it now is, and whether this run changed it."""
        if incident.id in self.incidents:
            self.incidents[incident.id] = incident
            self.changed |= {incident.id} if is_changed else set()


class StatusTransitionOperation(Operation):
    """Gives one incident, several, or all open ones of a service another status."""

    scopes: ClassVar[tuple[str, ...]] = ("incidents.read", "incidents.write", "services.read")
    inputs: OperationInputs

    @property
    @abstractmethod
    def selection(self) -> IncidentSelection:
        """Which incidents are meant."""

    @property
    @abstractmethod
    def transition(self) -> StatusTransition:
        """The change of status."""

    @property
    def notes(self) -> tuple[str | None, ...]:
        """What to note on the incidents that have the status; empty where nothing is given."""
        return ()

    def find_done(self, _selected: Sequence[PagerDutyIncident]) -> frozenset[str]:
        """Return the ids of incidents that an earlier attempt of the run has changed."""
        return frozenset()

    def record(self, changed: Iterable[str]) -> None:
        """Record the ids of incidents that this attempt has changed."""

    def run(self) -> Outcome:
        """Give the incidents the status; those that need no change are left alone.

        Returns:
            The incidents as they now are; where some can't have the status, with failures.
        """
        selected = self._fetch()
        if not selected:
            service = self.selection.service
            return Outcome(message=f"No changes: service {service} has no open incidents.")
        done_before = self.find_done(selected)
        result = BatchResult({one.id: one for one in selected}, done_before=done_before)
        apply_transition(self.context.incidents, self.transition, result, self.context.deadline)
        if result.failures and len(selected) == 1:
            raise result.failures[0]
        self.record(result.changed)
        outcome = _build_outcome(result, self.transition)
        done = [
            one
            for one in result.incidents.values()
            if one.id in result.changed or one.status in self.transition.satisfied_by
        ]
        write = partial(self._write_notes, result)
        warnings = map_concurrently(write, done) if any(self.notes) else ()
        return replace(outcome, warnings=tuple(str(one) for one in warnings if one))

    def recover(self) -> Outcome | None:
        found = self._fetch()
        if not found:
            return None
        states = [f"Incident {describe_state(one.to_incident())}." for one in found]
        return incidents_outcome(found, " ".join(states))

    def _write_notes(self, result: BatchResult, incident: PagerDutyIncident) -> str:
        """Write the notes that an incident lacks; return a warning if that fails."""
        pagerduty = self.context.pagerduty
        try:
            for text in filter(None, self.notes):
                is_new = incident.id in result.changed
                if is_new or find_note(self.context.incidents, incident.id, text) is None:
                    write_note(pagerduty, incident.id, text)
        except ApiError as error:
            return f"Incident {incident.label} is {incident.status}, but {error}"
        return ""

    def _fetch(self) -> list[PagerDutyIncident]:
        """Fetch what is selected; an id that doesn't exist raises, as nothing is changed yet."""
        if self.selection.service:
            service_id = self.context.names.service(self.selection.service)
            return self.context.incidents.list_open([service_id])
        return self.context.incidents.get_many(self.selection.incident or ())


def apply_transition(
    incidents: Incidents, transition: StatusTransition, result: BatchResult, deadline: Deadline
) -> None:
    """Change incidents together, and one by one where PagerDuty refuses them together.

    Raises:
        ApiError: PagerDuty refused or wasn't reached before anything was changed.
    """
    pending = _partition(tuple(result.incidents.values()), transition, result)
    try:
        for start in range(0, len(pending), _MAX_BATCH):
            batch = pending[start : start + _MAX_BATCH]
            _apply_to_batch(incidents, batch, transition, result, deadline)
    except ApiError as error:
        if not result.changed:
            raise
        result.failures.append(error)


def _partition(
    selected: Sequence[PagerDutyIncident], transition: StatusTransition, result: BatchResult
) -> list[PagerDutyIncident]:
    """Return the incidents to change; those that can't be become failures."""
    pending = []
    for incident in selected:
        if incident.status in transition.satisfied_by or incident.id in result.done_before:
            continue
        try:
            transition.check(incident)
        except NotApplicable as error:
            result.failures.append(error)
        else:
            pending.append(incident)
    return pending


def _apply_to_batch(
    incidents: Incidents,
    batch: Sequence[PagerDutyIncident],
    transition: StatusTransition,
    result: BatchResult,
    deadline: Deadline,
) -> None:
    pending = list(batch)
    try:
        _update_once(incidents, pending, transition, result, deadline)
    except ApiRejected as error:
        if _is_final(error, len(pending)):
            raise
    for incident in pending:
        if incident.id not in result.changed:
            _retry_individually(incidents, incident, transition, result, deadline)


def _update_once(
    incidents: Incidents,
    pending: list[PagerDutyIncident],
    transition: StatusTransition,
    result: BatchResult,
    deadline: Deadline,
) -> None:
    """Change incidents, and after an unclear answer those that weren't changed by it.

    By then somebody may have resolved one, which a second request would reopen: `pending` is what
    is left.
    """

    def look() -> list[PagerDutyIncident] | None:
        current = incidents.get_many([one.id for one in pending])
        for incident in current:
            result.record(incident, is_changed=incident.status in transition.satisfied_by)
        pending[:] = _partition(current, transition, result)
        return None if pending else []

    for incident in send_or_find(lambda: _update(incidents, pending, transition), look, deadline):
        result.record(incident, is_changed=True)


def _is_final(error: ApiRejected, count: int) -> bool:
    """Check whether nothing is gained by fetching and changing the incidents one by one."""
    if error.status == HTTPStatus.UNAUTHORIZED or error.code in _SENDER_REJECTED:
        return True
    return count == 1 and error.code not in _CHANGED_MEANWHILE


def _update(
    incidents: Incidents, batch: Sequence[PagerDutyIncident], transition: StatusTransition
) -> list[PagerDutyIncident]:
    if len(batch) == 1:
        action = f"{transition.verb} incident {batch[0].label}"
        return [incidents.update(batch[0].id, action, transition.fields, idempotent=False)]
    action = f"{transition.verb} {len(batch)} incidents"
    return incidents.update_many(action, [{"id": one.id, **transition.fields} for one in batch])


def _retry_individually(
    incidents: Incidents,
    incident: PagerDutyIncident,
    transition: StatusTransition,
    result: BatchResult,
    deadline: Deadline,
) -> None:
    """Fetch an incident again, since it may have changed, before it is changed alone."""
    try:
        current = incidents.get(incident.id)
        result.record(current, is_changed=False)
        if current.status not in transition.satisfied_by:
            transition.check(current)
            _update_once(incidents, [current], transition, result, deadline)
    except (ApiRejected, NotApplicable) as error:
        result.failures.append(error)


def _build_outcome(result: BatchResult, transition: StatusTransition) -> Outcome:
    incidents = list(result.incidents.values())
    unchanged = {
        one.id
        for one in incidents
        if one.id not in result.changed and one.status in transition.satisfied_by
    }
    unchanged |= result.done_before
    lines = [
        f"{one.label} was already {transition.participle} by this run."
        if one.id in result.done_before
        else f"{one.label} is already {one.status}."
        if one.id in unchanged
        else f"{describe_state(one.to_incident())}."
        for one in incidents
    ]
    return replace(
        incidents_outcome(incidents, _message(result, len(unchanged), transition)),
        log_lines=tuple(lines) if len(incidents) > 1 else (),
        failures=tuple(result.failures),
    )


def _message(result: BatchResult, unchanged: int, transition: StatusTransition) -> str:
    total, done = len(result.incidents), transition.participle.capitalize()
    if total == 1:
        (incident,) = result.incidents.values()
        if result.changed:
            return f"{done} incident {incident.label}."
        if result.done_before:
            already = f"was already {transition.participle} by this run"
            return f"No changes: incident {incident.label} {already} and is {incident.status}."
        return f"No changes: incident {incident.label} is already {incident.status}."
    if unchanged == total:
        if result.done_before:
            return f"No changes: this run has already {transition.participle} the incidents."
        statuses = " or ".join(sorted(transition.satisfied_by))
        return f"No changes: all {total} incidents are already {statuses}."
    also = f"; {unchanged} needed no change" if unchanged else ""
    return f"{done} {len(result.changed)} of {total} incidents{also}."


class IncidentSelection(OperationInputs):
    """The inputs of operations on one incident, several, or all open ones of a service."""

    incident: Annotated[
        PagerDutyIds | None,
        InputSpec(
            "Id of the incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="incident",
            yields_to=("service",),
            main=("incident", "incident_id", "incidents", "incident_ids"),
            default_help="the entity that the Port action was run on",
        ),
    ] = None
    service: Annotated[
        Name | None,
        InputSpec(
            "Service, by id or name; acts on all its open incidents, instead of `incident`.",
            example="Checkout",
            aliases=("service_id",),
            origin="service-entity",
            yields_to=("incident",),
            configurable=False,
        ),
    ] = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if bool(self.incident) == bool(self.service):
            raise ValueError("Set either 'incident' or 'service'")
        return self

    @property
    def label(self) -> str:
        """What is selected, in words."""
        if self.service:
            return f"all open incidents of service {self.service}"
        ids = self.incident or ()
        return f"incident{'s' if len(ids) > 1 else ''} {', '.join(ids)}"

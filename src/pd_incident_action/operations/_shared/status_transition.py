"""Operations that give one incident, several, or all open ones of a service another status."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from itertools import compress
from typing import Annotated, ClassVar

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.http.client import map_concurrently, map_or_raise
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.inputs.fields import InputSpec, Name, PagerDutyIds
from pd_incident_action.models import Outcome, Page
from pd_incident_action.operations.base import (
    OperationInputs,
    current_outcome,
    describe_state,
    incidents_outcome,
)
from pd_incident_action.pagerduty.idempotency import find_note, send_or_find, write_note
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .common_inputs import NoteText
from .once_per_run import RunNoteOperation

# PagerDuty refuses more at once.
_MAX_AT_ONCE = 250
# It was resolved (1001) or acknowledged (1002) by somebody else since it was fetched.
_CHANGED_MEANWHILE = frozenset({1001, 1002})
# The key (2006) or the requester (1008, 2016) is wrong: no incident would fare better alone.
_SENDER_REJECTED = frozenset({1008, 2006, 2016})


INCIDENTS = InputSpec(
    "Id of the incident, or several ids separated by commas.",
    example="Q1ABCDEF234567",
    aliases=("incident_id", "incidents", "incident_ids"),
    origin="incident",
    main=("incident", "incident_id", "incidents", "incident_ids"),
    default_help="the entity that the Port action was run on",
)


class IncidentSelection(OperationInputs):
    """The inputs of operations on one incident, several, or all open ones of a service."""

    incident: Annotated[PagerDutyIds | None, INCIDENTS._replace(yields_to=("service",))] = None
    service: Annotated[
        Name | None,
        InputSpec(
            "Service, by id or name; acts on all its open incidents, instead of `incident`.",
            example="Checkout",
            aliases=("service_id",),
            origin="service_entity",
            yields_to=("incident",),
            configurable=False,
        ),
    ] = None

    note: NoteText = None

    def problems(self) -> Iterator[str]:
        if bool(self.incident) == bool(self.service):
            yield "Set either 'incident' or 'service'"

    @property
    def label(self) -> str:
        """What is selected, in words."""
        if self.service:
            return f"all open incidents of service {self.service}"
        ids = self.incident or ()
        return f"incident{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


@dataclass(frozen=True)
class StatusTransition:
    """A change of status.

    Attributes:
        verb: as in "PagerDuty failed to <acknowledge> the incident".
        reopens: whether it is meant for resolved incidents; open ones then need no change.
    """

    verb: str
    status: str
    reopens: bool = False
    extra_fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def participle(self) -> str:
        """As in "<Acknowledged> incident #42"."""
        return f"{self.verb.removesuffix('e')}ed"

    def is_needless(self, incident: PagerDutyIncident) -> bool:
        """Check whether an incident needs no change."""
        return incident.status == self.status or (self.reopens and incident.is_open)

    def refusal(self, incident: PagerDutyIncident) -> NotApplicable | None:
        """Return why an incident that needs a change can't be changed; None if it can."""
        if incident.status != "resolved" or self.reopens:
            return None
        return NotApplicable(
            f"Incident {incident.label} is resolved and was not {self.participle}",
            "PagerDuty would reopen it",
            "use operation: reopen if that is what you want, or open a new incident with create",
        )


@dataclass(kw_only=True)
class Batch:
    """Gives incidents a status: together, and one by one where PagerDuty refuses them together.

    Attributes:
        incidents: by id, as they were last seen.
        changed: ids of those that this run changed.
        failures: why others can't have the status.
        done_before: ids of those that an earlier attempt of the run changed.
    """

    api: Incidents
    transition: StatusTransition
    deadline: Deadline
    incidents: dict[str, PagerDutyIncident]
    done_before: frozenset[str] = frozenset()
    changed: set[str] = field(default_factory=set)
    failures: list[ActionError] = field(default_factory=list)

    def apply(self) -> None:
        """Change the incidents that need it.

        Raises:
            ApiError: PagerDuty refused or wasn't reached before anything was changed.
        """
        pending = self._pending(self.incidents.values())
        try:
            for start in range(0, len(pending), _MAX_AT_ONCE):
                self._change(pending[start : start + _MAX_AT_ONCE])
        except ApiError as error:
            if not self.changed:
                raise
            self.failures.append(error)

    @property
    def done(self) -> list[PagerDutyIncident]:
        """The incidents that have the status."""
        return [
            one
            for one in self.incidents.values()
            if one.id in self.changed or self.transition.is_needless(one)
        ]

    def _pending(self, incidents: Iterable[PagerDutyIncident]) -> list[PagerDutyIncident]:
        """Return the incidents to change; those that can't be become failures."""
        pending = []
        for one in incidents:
            if one.id in self.done_before or self.transition.is_needless(one):
                continue
            if refusal := self.transition.refusal(one):
                self.failures.append(refusal)
            else:
                pending.append(one)
        return pending

    def _change(self, pending: list[PagerDutyIncident]) -> None:
        try:
            self._update_once(pending)
        except ApiRejected as error:
            if _is_final(error, len(pending)):
                raise
        for incident in pending:
            if incident.id not in self.changed:
                self._retry(incident.id)

    def _update_once(self, pending: list[PagerDutyIncident]) -> None:
        """Change incidents, and after an unclear answer those that weren't changed by it.

        Meanwhile somebody may have resolved one, which a second request would reopen: `pending` is
        what is left.
        """

        def look() -> list[PagerDutyIncident] | None:
            current = self.api.get_many([one.id for one in pending])
            for incident in current:
                self._record(incident, is_changed=self.transition.is_needless(incident))
            pending[:] = self._pending(current)
            return None if pending else []

        for incident in send_or_find(lambda: self._update(pending), look, self.deadline):
            self._record(incident, is_changed=True)

    def _update(self, pending: Sequence[PagerDutyIncident]) -> list[PagerDutyIncident]:
        verb = self.transition.verb
        fields = {"status": self.transition.status, **self.transition.extra_fields}
        if len(pending) == 1:
            action = f"{verb} incident {pending[0].label}"
            return [self.api.update(pending[0].id, action, fields, idempotent=False)]
        changes = [{"id": one.id, **fields} for one in pending]
        return self.api.update_many(f"{verb} {len(pending)} incidents", changes)

    def _retry(self, incident_id: str) -> None:
        """Fetch an incident again, since it may have changed, before it is changed alone."""
        try:
            current = self.api.get(incident_id)
            self._record(current, is_changed=False)
            if pending := self._pending([current]):
                self._update_once(pending)
        except ApiError as error:
            # What was changed before is reported in any case.
            if not (self.changed or isinstance(error, ApiRejected)):
                raise
            self.failures.append(error)

    def _record(self, incident: PagerDutyIncident, *, is_changed: bool) -> None:
        if incident.id in self.incidents:
            self.incidents[incident.id] = incident
            self.changed |= {incident.id} if is_changed else set()

    def outcome(self) -> Outcome:
        """Build the outcome, with a line for each of several incidents."""
        incidents = list(self.incidents.values())
        lines = tuple(f"{self._describe(one)}." for one in incidents)
        return replace(
            incidents_outcome(incidents, self._message(lines)),
            log_lines=lines if len(lines) > 1 else (),
            failures=tuple(self.failures),
        )

    def _message(self, lines: Sequence[str]) -> str:
        incidents, total = [*self.incidents.values()], len(lines)
        if self.changed or self.failures:
            done = self.transition.participle.capitalize()
            if total == 1:
                return f"{done} incident {incidents[0].label}."
            unchanged = sum(map(self._is_unchanged, incidents))
            also = f"; {unchanged} needed no change" if unchanged else ""
            return f"{done} {len(self.changed)} of {total} incidents{also}."
        if total == 1:
            return f"No changes: incident {lines[0]}"
        if self.done_before:
            return f"No changes: none of the {total} incidents needed one."
        statuses = " or ".join(sorted({one.status for one in incidents}))
        return f"No changes: all {total} incidents are already {statuses}."

    def _is_unchanged(self, one: PagerDutyIncident) -> bool:
        is_needless = one.id in self.done_before or self.transition.is_needless(one)
        return is_needless and one.id not in self.changed

    def _describe(self, one: PagerDutyIncident) -> str:
        if one.id in self.done_before:
            done = f"was already {self.transition.participle} by this run"
            return f"{one.label} {done}, and is {one.status}"
        if self._is_unchanged(one):
            return f"{one.label} is already {one.status}"
        return describe_state(one.to_incident())


def _is_final(error: ApiRejected, count: int) -> bool:
    """Check whether nothing is gained by fetching and changing the incidents one by one."""
    if error.status == HTTPStatus.UNAUTHORIZED or error.code in _SENDER_REJECTED:
        return True
    return count == 1 and error.code not in _CHANGED_MEANWHILE


class StatusTransitionOperation(RunNoteOperation):
    """Gives one incident, several, or all open ones of a service another status."""

    scopes: ClassVar[tuple[str, ...]] = ("incidents.read", "incidents.write", "services.read")

    @property
    @abstractmethod
    def selection(self) -> IncidentSelection:
        """Which incidents are meant, and what to note on them."""

    @property
    @abstractmethod
    def transition(self) -> StatusTransition:
        """The change of status."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to note on the incidents that have the status."""
        return (self.selection.note,) if self.selection.note else ()

    def start_message(self) -> str:
        return f"{self.transition.verb.removesuffix('e').capitalize()}ing {self.selection.label}"

    def run(self) -> Outcome:
        """Give the incidents the status; those that need no change are left alone.

        Returns:
            The incidents as they now are; where some can't have the status, with failures.
        """
        selected = self._fetch()
        if not selected:
            service = self.selection.service
            return Outcome(message=f"No changes: service {service} has no open incidents.")
        reopens = self.transition.reopens
        resolved = [one.id for one in selected if one.status == "resolved"] if reopens else ()
        done = map_or_raise(self.is_done_on, resolved)
        batch = Batch(
            api=self.context.incidents,
            transition=self.transition,
            deadline=self.context.deadline,
            incidents={one.id: one for one in selected},
            # They were resolved again since.
            done_before=frozenset(compress(resolved, done)),
        )
        batch.apply()
        if batch.failures and len(selected) == 1:
            raise batch.failures[0]
        for incident_id in batch.changed if reopens else ():
            self.remember(incident_id, "Reopened")
        write = partial(self._write_notes, batch.changed)
        warnings = map_concurrently(write, batch.done) if self.notes else ()
        page = Page.ACCEPTED if batch.changed else Page.NOBODY
        return replace(
            batch.outcome(),
            page=page if self.pages else Page.NOT_ASKED,
            warnings=tuple(str(one) for one in warnings if one),
        )

    def recover(self) -> Outcome | None:
        found = self._fetch()
        return current_outcome(found) if found else None

    def _write_notes(self, changed: Container[str], incident: PagerDutyIncident) -> str:
        """Write the notes that an incident lacks; return a warning if that fails."""
        incidents, is_new = self.context.incidents, incident.id in changed
        try:
            for text in self.notes:
                if is_new or find_note(incidents, incident.id, text) is None:
                    write_note(self.context.pagerduty, incident.id, text)
        except ApiError as error:
            return f"Incident {incident.label} is {incident.status}, but {error}"
        return ""

    def _fetch(self) -> list[PagerDutyIncident]:
        """Fetch what is selected; an id that doesn't exist raises, as nothing is changed yet."""
        if self.selection.service:
            service_id = self.context.names.service(self.selection.service)
            return self.context.incidents.list_open([service_id])
        return self.context.incidents.get_many(self.selection.incident or ())

"""Find open incidents that breach their SLA targets, note it on them, and warn or fail.

https://developer.pagerduty.com/api-reference/9d0b4b12e36f9-list-incidents
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pd_incident_action.config.location import DEFAULT_PATHS
from pd_incident_action.config.model import Config
from pd_incident_action.errors import ActionError, NotApplicable, SlaBreached
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.metrics.lifecycle import (
    IncidentLifecycle,
    TargetStatus,
    build_lifecycles,
    fetch_timelines,
)
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.text import counted

from ._shared.common_inputs import ServiceFilter
from .base import Operation

_MINUTE = timedelta(minutes=1)
_NOUNS = {"acknowledged": "acknowledgement", "resolved": "resolution"}
_MAX_NAMED = 10


@dataclass(frozen=True)
class SlaBreach:
    """An open incident that breaches its SLA targets.

    Attributes:
        breached: the targets, by what should have been done: ``acknowledged`` or ``resolved``.
    """

    incident: Incident
    severity: str
    breached: dict[str, timedelta]
    age: timedelta

    def __str__(self) -> str:
        service = f" ({self.incident.service})" if self.incident.service else ""
        # Seconds are left out where there are minutes.
        age = self.age - self.age % _MINUTE if self.age >= _MINUTE else self.age
        missing = " or ".join(_NOUNS[done] for done in self.breached)
        targets = " and ".join(map(humanize, self.breached.values()))
        are = "targets are" if len(self.breached) > 1 else "target is"
        return (
            f"{self.incident.name}{service} has gone {humanize(age)} without {missing}; the "
            f"{self.severity} {are} {targets}."
        )

    def notes(self) -> list[str]:
        """Return a note for each target; the same target gives the same note every time."""
        return [
            f"Target of {self.severity} missed: not {done} within {humanize(target)}."
            for done, target in self.breached.items()
        ]


def find_sla_breaches(
    lists: IncidentLists, incidents: Sequence[PagerDutyIncident], config: Config, now: datetime
) -> list[SlaBreach]:
    """Find the open incidents that breach an SLA target.

    Returns:
        Those that nobody has acknowledged, or that aren't resolved, in time; in the order given.
    """
    unacknowledged = [
        one.incident.id
        for one in build_lifecycles(incidents, config, {})
        if "acknowledged" in _breached(one, now)
    ]
    timelines = fetch_timelines(lists, unacknowledged)
    return [
        SlaBreach(one.incident, one.targets.severity, breached, one.age(now))
        for one in build_lifecycles(incidents, config, timelines)
        if (breached := _breached(one, now))
    ]


def note_breach(pagerduty: PagerDuty, breach: SlaBreach) -> None:
    """Note on an incident which targets it breaches, each target once in its life."""
    incident_id = breach.incident.id
    existing = {one.content.strip() for one in Incidents(pagerduty).notes(incident_id)}
    for text in breach.notes():
        if text not in existing:
            write_note(pagerduty, incident_id, text)


def _breached(one: IncidentLifecycle, now: datetime) -> dict[str, timedelta]:
    targets, breached = one.targets, {}
    acknowledge, resolve = one.acknowledge_status(now), one.resolve_status(now)
    is_late = acknowledge == TargetStatus.BREACHED and one.acknowledged_at is None
    if is_late and targets.acknowledge_within:
        breached["acknowledged"] = targets.acknowledge_within
    if resolve == TargetStatus.BREACHED and targets.resolve_within:
        breached["resolved"] = targets.resolve_within
    return breached


class CheckSla(Operation):
    name = "check-sla"
    summary = "Find open incidents that breach their SLA targets, and warn or fail"
    group = "Measuring"
    scopes = ("incidents.read", "incidents.write", "services.read")
    port_blueprint = ""
    needs_checkout = True
    outputs = {
        "breached": "Ids of the open incidents that breach an SLA target, separated by commas.",
        "count": "Number of open incidents that breach an SLA target.",
    }

    class Inputs(ServiceFilter):
        fail: Annotated[
            bool,
            InputSpec(
                "`true` makes the step fail when an open incident breaches its SLA target; "
                "otherwise that is a warning.",
                example="true",
            ),
        ] = False

    inputs: Inputs

    def start_message(self) -> str:
        return f"Checking the open incidents {self.inputs.of_services} against their SLA targets"

    def run(self) -> Outcome:
        severities = self.context.config.severities.values()
        if not any(one.acknowledge_within or one.resolve_within for one in severities):
            raise NotApplicable(
                "There are no SLA targets to check",
                "no severity of the configuration file has acknowledge-within or resolve-within",
                f"add them to {DEFAULT_PATHS[0]}, and check the repository out before this step",
            )
        pagerduty = self.context.pagerduty
        services = self.context.names.services(self.inputs.service)
        incidents = self.context.incidents.list_open(services)
        if not incidents:
            Services(pagerduty).check_exist(services)
        lists, now = IncidentLists(pagerduty), datetime.now(UTC)
        breaches = find_sla_breaches(lists, incidents, self.context.config, now)
        found, messages = [one.incident for one in breaches], tuple(map(str, breaches))
        return Outcome(
            message=_message(breaches, len(incidents)),
            incident=found[0] if found else None,
            related_incidents=tuple(found[1:]),
            failures=tuple(map(SlaBreached, messages)) if self.inputs.fail else (),
            response={"incidents": [one.raw for one in incidents]},
            outputs={"breached": ",".join(one.id for one in found), "count": str(len(found))},
            warnings=(() if self.inputs.fail else messages) + self._note(breaches),
        )

    def _note(self, breaches: Sequence[SlaBreach]) -> tuple[str, ...]:
        """Note the breaches on the incidents; return warnings about notes that failed."""
        results = map_concurrently(partial(note_breach, self.context.pagerduty), breaches)
        lacking: dict[str, list[str]] = {}
        for breach, result in zip(breaches, results, strict=True):
            if isinstance(result, ActionError):
                lacking.setdefault(str(result), []).append(breach.incident.name)
        return tuple(
            f"The note of the missed target may be missing on {_named(names)}: {error}"
            for error, names in lacking.items()
        )


def _message(breaches: Sequence[SlaBreach], count: int) -> str:
    if not count:
        return "No incident is open."
    incidents = counted(count, "open incident")
    if not breaches:
        return f"None of {incidents} breaches its SLA target."
    names = _named([one.incident.name for one in breaches])
    verb = "breaches its SLA target" if len(breaches) == 1 else "breach their SLA targets"
    return f"{len(breaches)} of {incidents} {verb}: {names}."


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return f"{', '.join(names[:_MAX_NAMED])}{more}"

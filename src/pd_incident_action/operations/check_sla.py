"""Find open incidents that breach their SLA targets, note it on them, and warn or fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pd_incident_action.config import DEFAULT_PATHS
from pd_incident_action.config.model import Config
from pd_incident_action.errors import ActionError, NotApplicable, SlaBreached
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.intervals import humanize
from pd_incident_action.metrics.lifecycle import (
    IncidentLifecycle,
    build_lifecycles,
    fetch_timelines,
)
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.pagerduty.idempotency import write_note
from pd_incident_action.pagerduty.incident_lists import IncidentLists
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.text import counted, shorten

from ._shared.common_inputs import ServiceFilter
from .base import Operation

_MINUTE = timedelta(minutes=1)
_MAX_NAMES = 300
_ACKNOWLEDGED = "acknowledged"
_NOUNS = {_ACKNOWLEDGED: "acknowledgement", "resolved": "resolution"}


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


def find_sla_breaches(
    lists: IncidentLists, incidents: Sequence[PagerDutyIncident], config: Config, now: datetime
) -> list[SlaBreach]:
    """Find the open incidents that nobody has acknowledged, or that aren't resolved, in time."""
    unacknowledged = [
        one.incident.id
        for one in build_lifecycles(incidents, config, now, {})
        if _ACKNOWLEDGED in _breached(one)
    ]
    timelines = fetch_timelines(lists, unacknowledged)
    return [
        SlaBreach(one.incident, one.targets.severity, breached, one.age)
        for one in build_lifecycles(incidents, config, now, timelines)
        if (breached := _breached(one))
    ]


def _breached(one: IncidentLifecycle) -> dict[str, timedelta]:
    targets = {
        _ACKNOWLEDGED: None if one.acknowledged_at else one.targets.acknowledge_within,
        "resolved": one.targets.resolve_within,
    }
    return {done: target for done, target in targets.items() if target and one.age > target}


def _message(found: Sequence[Incident], count: int) -> str:
    if not count:
        return "No incident is open."
    names = shorten(", ".join(one.name for one in found), _MAX_NAMES)
    breach = "breach their SLA targets" if len(found) > 1 else "breaches its SLA target"
    of = f"of {counted(count, 'open incident')}"
    return f"{len(found) or 'None'} {of} {breach}{names and f': {names}'}."


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
            message=_message(found, len(incidents)),
            incident=found[0] if found else None,
            related_incidents=tuple(found[1:]),
            failures=tuple(map(SlaBreached, messages)) if self.inputs.fail else (),
            response={"incidents": [one.raw for one in incidents]},
            outputs={"breached": ",".join(one.id for one in found), "count": str(len(found))},
            warnings=(() if self.inputs.fail else messages) + self._note_all(breaches),
        )

    def _note_all(self, breaches: Sequence[SlaBreach]) -> tuple[str, ...]:
        """Note the breaches on the incidents; return warnings about notes that failed."""
        results = map_concurrently(self._note, breaches)
        lacking = defaultdict[str, list[str]](list)
        for breach, result in zip(breaches, results, strict=True):
            if isinstance(result, ActionError):
                lacking[str(result)].append(f"#{breach.incident.number}")
        return tuple(
            f"The note of the missed target may be missing on {', '.join(numbers)}: {error}"
            for error, numbers in lacking.items()
        )

    def _note(self, breach: SlaBreach) -> None:
        """Note on an incident which targets it breaches, each target once in its life."""
        notes = {one.content.strip() for one in self.context.incidents.notes(breach.incident.id)}
        for done, target in breach.breached.items():
            text = f"Target of {breach.severity} missed: not {done} within {humanize(target)}."
            if text not in notes:
                write_note(self.context.pagerduty, breach.incident.id, text)

"""Change an incident's title, urgency, priority, type or conference bridge."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Annotated

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, ShortText, Urgency
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty import truncation
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.text import Json, shorten_title

from ._shared.common_inputs import (
    ConferenceNumber,
    ConferenceUrl,
    IncidentType,
    PriorityName,
    SeverityName,
)
from ._shared.once_per_run import set_off
from .base import SingleIncident, SingleIncidentOperation, incident_outcome


class Update(SingleIncidentOperation):
    name = "update"
    summary = "Change an incident's title, urgency, priority, type or conference bridge"
    scopes = ("incidents.read", "incidents.write", "priorities.read")

    class Inputs(SingleIncident):
        title: Annotated[
            ShortText | None,
            InputSpec("New title.", "Checkout is down", aliases=("incidentTitle",)),
        ] = None
        urgency: Annotated[
            Urgency | None, InputSpec("Urgency: `high` or `low`.", example="high")
        ] = None
        priority: PriorityName = None
        severity: SeverityName = None
        incident_type: IncidentType = None
        conference_number: ConferenceNumber = None
        conference_url: ConferenceUrl = None

        def problems(self) -> Iterator[str]:
            given = self.model_dump(exclude={"incident", "severity"}, exclude_none=True)
            if not any(given.values()):
                yield (
                    "'update' needs at least one of 'title', 'urgency', 'priority', 'severity' "
                    "(if it sets either), 'incident-type', 'conference-number' and 'conference-url'"
                )

    inputs: Inputs

    def start_message(self) -> str:
        return f"Updating PagerDuty incident {self.inputs.incident}"

    def run(self) -> Outcome:
        trimmer = truncation.Truncator()
        before = self.fetch()
        self._refuse_urgency_of_resolved(before)
        changes = self._changes(before, trimmer)
        after = before
        if changes:
            after = self.context.incidents.update(before.id, "update the incident", changes)
        return replace(
            incident_outcome(after, _message(before, after, changes, self.inputs)),
            warnings=trimmer.warnings,
            truncated_inputs=trimmer.truncated_inputs,
        )

    def after(self, outcome: Outcome) -> Outcome:
        return set_off(self.context, self.inputs.severity, outcome, outcome.incidents)

    def _refuse_urgency_of_resolved(self, before: PagerDutyIncident) -> None:
        if before.status == "resolved" and self.inputs.urgency not in {None, before.urgency}:
            raise NotApplicable(
                f"Incident {before.label} is already resolved and was not updated",
                "a resolved incident pages nobody, so it can't get another urgency",
                "leave urgency out, and any severity that sets one",
            )

    def _changes(self, before: PagerDutyIncident, trimmer: truncation.Truncator) -> Json:
        inputs = self.inputs
        title = inputs.title and trimmer.truncate("title", inputs.title, truncation.TITLE)
        priority_id = inputs.priority and self.context.names.priority(inputs.priority)
        changes = {
            "title": title != before.title and title,
            "urgency": inputs.urgency != before.urgency and inputs.urgency,
            "priority": priority_id
            and priority_id != before.priority.id
            and reference("priority", priority_id),
            "incident_type": inputs.incident_type and {"name": inputs.incident_type},
            "conference_bridge": self._bridge(before),
        }
        return {name: value for name, value in changes.items() if value}

    def _bridge(self, before: PagerDutyIncident) -> Json | None:
        """Build the bridge; what of it isn't given stays, since PagerDuty takes it as a whole."""
        if not (self.inputs.conference_number or self.inputs.conference_url):
            return None
        bridge = {
            "conference_number": self.inputs.conference_number or before.conference_number,
            "conference_url": self.inputs.conference_url or before.conference_url,
        }
        return {name: value for name, value in bridge.items() if value}


def _message(
    before: PagerDutyIncident,
    after: PagerDutyIncident,
    changes: Container[str],
    inputs: Update.Inputs,
) -> str:
    """Describe what is different now; a dry run only knows the priority as the user named it."""
    values = {
        "title": (f'"{shorten_title(before.title)}"', f'"{shorten_title(after.title)}"'),
        "urgency": (before.urgency, after.urgency),
        "priority": (before.priority.label, after.priority.label or inputs.priority),
        "incident_type": (before.incident_type.label, after.incident_type.label),
    }
    steps = [
        f"{name.replace('_', ' ')} is now {new}{f' (was {old})' if old else ''}"
        for name, (old, new) in values.items()
        if name in changes and old != new
    ]
    bridges = [(one.conference_number, one.conference_url) for one in (before, after)]
    if "conference_bridge" in changes and bridges[0] != bridges[1]:
        steps.append("the conference bridge has changed")
    if not steps:
        given = inputs.model_dump(include={*values}, exclude_none=True)
        kept = [f"{name.replace('_', ' ')} {values[name][1]}" for name in given if values[name][1]]
        has = ", ".join(kept) or "these values"
        return f"No changes: incident {before.label} already has {has}."
    return f"Updated incident {before.label}: {', '.join(steps)}."

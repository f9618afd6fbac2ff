"""Change what an incident says about itself.

https://developer.pagerduty.com/api-reference/8a0e1aa2ec666-update-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name, ShortText, Urgency
from pd_incident_action.operations._shared.incident_request import (
    ConferenceNumber,
    ConferenceUrl,
    IncidentType,
    SeverityName,
)
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.models import PagerDutyIncident
from pd_incident_action.pagerduty.plan_errors import requires_plan_feature

from ._shared import truncation
from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pd_incident_action.models import Outcome
    from pd_incident_action.pagerduty.client import Json


class Update(Operation):
    """Change an incident's title, urgency, priority, type or conference bridge."""

    name = "update"
    summary = "Change an incident's title, urgency, priority, type or conference bridge"
    scopes = ("incidents.read", "incidents.write", "priorities.read")

    class Inputs(SingleIncident):
        """The inputs of `update`."""

        title: Annotated[
            ShortText | None,
            InputSpec("New title.", "Checkout is down", aliases=("incidentTitle",)),
        ] = None
        urgency: Annotated[
            Urgency | None, InputSpec("How loudly to page: `high` or `low`.", example="high")
        ] = None
        priority: Annotated[
            Name | None, InputSpec("New priority, by name or id.", "P1", aliases=("priority_id",))
        ] = None
        severity: SeverityName = None
        incident_type: IncidentType = None
        conference_number: ConferenceNumber = None
        conference_url: ConferenceUrl = None

        @model_validator(mode="after")
        def _something_to_change(self) -> Self:
            given = self.model_dump(exclude={"incident", "severity"}, exclude_none=True)
            if not any(given.values()):
                msg = (
                    "must say what to change: 'title', 'urgency', 'priority', a 'severity' that "
                    "says either, 'incident-type', 'conference-number' or 'conference-url'"
                )
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        return f"Updating PagerDuty incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Change what is given.

        Returns:
            The incident as it now is.

        Raises:
            Impossible: the account has no such priority, or the incident is resolved and was to get
                another urgency.
            ApiError: PagerDuty refused or wasn't reached.
        """
        trimmer = truncation.Truncator()
        before = self.context.incidents.get(self.inputs.incident)
        _refuse_urgency_of_resolved(before, self.inputs)
        changes = _changes(self.inputs, before, self.context, trimmer)
        json = self.context.incidents.update(self.inputs.incident, "update the incident", changes)
        return replace(
            incident_outcome(json, _message(before, _named(json, self.inputs), changes)),
            warnings=trimmer.warnings,
            truncated_inputs=trimmer.truncated_inputs,
        )

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _refuse_urgency_of_resolved(before: PagerDutyIncident, request: Update.Inputs) -> None:
    if before.status == "resolved" and request.urgency not in {None, before.urgency}:
        raise NotApplicable(
            f"Incident {before.to_incident().name} is already resolved and was not updated",
            "a resolved incident pages nobody, so it can't get another urgency",
            "leave urgency out, and any severity that says one",
        )


def _named(after: PagerDutyIncident, request: Update.Inputs) -> PagerDutyIncident:
    """Name the priority: a dry run knows it as the user named it."""
    if not request.priority or after.to_incident().priority:
        return after
    priority = after.priority.model_copy(update={"summary": request.priority})
    return after.model_copy(update={"priority": priority})


def _changes(
    request: Update.Inputs,
    before: PagerDutyIncident,
    tools: OperationContext,
    trimmer: truncation.Truncator,
) -> dict[str, Any]:
    kind = request.incident_type
    changes = {
        "title": request.title and trimmer.fit("title", request.title, truncation.TITLE),
        "urgency": request.urgency,
        "priority": _priority(request, tools),
        "incident_type": kind and {"name": kind},
        "conference_bridge": _bridge(request, before.get("conference_bridge") or {}),
    }
    return {name: value for name, value in changes.items() if value}


def _priority(request: Update.Inputs, tools: OperationContext) -> Json | None:
    if not request.priority:
        return None
    with requires_plan_feature("incident priorities"):
        return reference("priority", tools.names.priority(request.priority))


def _bridge(request: Update.Inputs, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """Make the bridge; what of it isn't given stays, since PagerDuty takes it as a whole."""
    given = {
        "conference_number": request.conference_number,
        "conference_url": request.conference_url,
    }
    new = {name: value for name, value in given.items() if value}
    kept = {name: now[name] for name in given if now.get(name)}
    return {**kept, **new} if new else None


def _message(
    before: PagerDutyIncident, after: PagerDutyIncident, changes: Mapping[str, Any]
) -> str:
    """Name what is different now."""
    was, now = before.to_incident(), after.to_incident()
    told = {
        "title": (was.title, now.title),
        "urgency": (was.urgency, now.urgency),
        "priority": (was.priority, now.priority),
    }
    steps = [f"{name} {new}" for name, (old, new) in told.items() if name in changes and old != new]
    steps += [
        name.replace("_", " ")
        for name in ("incident_type", "conference_bridge")
        if name in changes and before.get(name) != after.get(name)
    ]
    if not steps:
        return f"Nothing to do: incident {now.name} is so already."
    return f"Updated incident {now.name}: {', '.join(steps)}."

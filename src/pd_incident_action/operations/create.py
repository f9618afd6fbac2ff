"""Open an incident through PagerDuty's REST API, on each of the services that are affected.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.errors import ActionError, ApiError, NotApplicable
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.events_fallback import with_fallback
from pd_incident_action.notification.post_page import OUTPUTS, follow_up
from pd_incident_action.operations._shared.incident_request import (
    CreateInputs,
    Target,
    build_incident,
)
from pd_incident_action.operations._shared.single_incident import incidents_response
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.create_incident import create_idempotently
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared import truncation
from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Sequence


class Create(Operation):
    """Open an incident on a service and page whoever is on call for it."""

    name = "create"
    summary = "Open an incident on a service and page whoever is on call for it"
    scopes = (
        "incidents.read",
        "incidents.write",
        "services.read",
        "escalation_policies.read",
        "priorities.read",
        "users.read",
    )
    port_blueprint = "pagerdutyService"
    outputs = OUTPUTS

    Inputs = CreateInputs
    inputs: CreateInputs

    def start_message(self) -> str:
        services = ", ".join(self.inputs.service)
        on = f"an incident on service {services}"
        if len(self.inputs.service) > 1:
            on = f"{len(self.inputs.service)} incidents, on {services}"
        return f"Creating {on} in PagerDuty: {self.inputs.title}"

    def run(self) -> Outcome:
        """Open the incident; where it is already open, go on with the one that is there.

        Returns:
            The incident, and whether this run opened it; of several services those where it worked,
            and the failures of the others.

        Raises:
            ActionError: nobody was paged.
        """
        if self.inputs.fallback is None:
            return _open_wherever(self.inputs, self.context)
        key = _key(self.inputs, self.context, truncation.Truncator())
        return with_fallback(_open_wherever, self.inputs, key, self.context)

    def recover(self) -> Outcome | None:
        """Find the incidents that an interrupted `run` may have opened.

        Returns:
            The open incidents with this request's key, or None.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        key = _key(self.inputs, self.context, truncation.Truncator())
        wanted = {name.casefold() for name in self.inputs.service}
        wanted |= {self.context.config.service(name) or name for name in self.inputs.service}
        found = [
            json
            for json in self.context.incidents.find_by_key(key, only_open=True)
            if wanted & {json.to_incident().service_id, json.to_incident().service.casefold()}
        ]
        if not found:
            return None
        incidents = [json.to_incident() for json in found]
        return Outcome(
            message=" ".join(_message(incident, created=False) for incident in incidents),
            incident=incidents[0],
            others=tuple(incidents[1:]),
            created=None,
            dedup_key=key,
            response=incidents_response(found),
        )

    def after(self, outcome: Outcome) -> Outcome:
        return follow_up(self.inputs, outcome, self.context)


def _open_wherever(request: CreateInputs, tools: OperationContext) -> Outcome:
    if len(request.service) == 1:
        return _open(request, tools, request.service[0])
    return _open_all(request, tools)


def _open_all(request: CreateInputs, tools: OperationContext) -> Outcome:
    results = map_concurrently(partial(_open, request, tools), request.service)
    opened = [result for result in results if isinstance(result, Outcome)]
    failures = tuple(
        _on_service(service, result)
        for service, result in zip(request.service, results, strict=True)
        if isinstance(result, ActionError)
    )
    key = _key(request, tools, truncation.Truncator())
    if not opened:
        return Outcome(
            message=f"No incident was opened on any of {len(failures)} services.",
            failures=failures,
            dedup_key=key,
        )
    incidents = tuple(one.incident for one in opened if one.incident)
    warnings = _link(incidents, key, tools) if any(one.created for one in opened) else ()
    return replace(
        opened[0],
        message=_message_of_several(opened),
        others=incidents[1:],
        created=_all_created(opened),
        failures=failures,
        response={"incidents": [one.response["incident"] for one in opened]},
        lines=tuple(one.message for one in opened),
        warnings=tuple(dict.fromkeys([text for one in opened for text in one.warnings])) + warnings,
    )


def _on_service(service: str, error: ActionError) -> ActionError:
    what = f"No incident was opened on service '{service}': {error.summary}"
    named = NotApplicable(what, error.cause, error.remedy)
    named.__cause__ = error
    return named


def _all_created(opened: Sequence[Outcome]) -> bool:
    return all(one.created for one in opened)


def _message_of_several(opened: Sequence[Outcome]) -> str:
    names = ", ".join(f"{i.name} on {i.service}" for one in opened if (i := one.incident))
    created = sum(bool(one.created) for one in opened)
    found = f", found {len(opened) - created} open already" if created < len(opened) else ""
    return f"Created {created} of {len(opened)} incidents{found}: {names}."


def _link(incidents: Sequence[Incident], key: str, tools: OperationContext) -> tuple[str, ...]:
    """Note on each incident which others belong to it; the pages are out by now."""
    warnings = []
    for incident in incidents if len(incidents) > 1 else ():
        others = [f"{one.name} on {one.service}: {one.url}" for one in incidents if one != incident]
        text = "\n".join([f"Correlation id: {key}", "Opened together with:", *others])
        try:
            tools.incidents.add_note(incident.id, text)
        except ApiError as error:
            warnings.append(f"The page is out, but {error}")
    return tuple(warnings)


def _open(request: CreateInputs, tools: OperationContext, service: str) -> Outcome:
    """Open the incident on one service."""
    trimmer = truncation.Truncator()
    key = _key(request, tools, trimmer)
    body = build_incident(request, _target(request, service, tools), key, trimmer)
    json, created = create_idempotently(tools.pagerduty, body, tools.deadline.remaining() / 2)
    json, warnings = _set_named_priority(request, json, tools)
    incident = json.to_incident()
    return Outcome(
        message=_message(incident, created=created),
        incident=incident,
        created=created,
        dedup_key=key,
        response={"incident": json.raw},
        warnings=trimmer.warnings + warnings,
        truncated_inputs=trimmer.truncated_inputs,
    )


def _target(request: CreateInputs, service: str, tools: OperationContext) -> Target:
    """Find the ids; nothing is looked up for what is an id or in the configuration file."""
    names = tools.names
    identifier = names.service(service)
    if request.assignee:
        return Target(identifier, assignee=names.user(request.assignee))
    policy = request.escalation_policy or tools.config.escalation_policy_for(service)
    return Target(identifier, names.escalation_policy(policy) if policy else None)


def _key(request: CreateInputs, tools: OperationContext, trimmer: truncation.Truncator) -> str:
    return trimmer.shorten_key("incident-key", request.incident_key or tools.key)


def _set_named_priority(
    request: CreateInputs, json: PagerDutyIncident, tools: OperationContext
) -> tuple[PagerDutyIncident, tuple[str, ...]]:
    """Set a priority that was given by name: looking it up first would have delayed the page."""
    priority = request.priority
    is_set = json.to_incident().priority.lower() == (priority or "").lower()
    if not priority or request.priority_id or is_set:
        return json, ()
    try:
        wanted = reference("priority", tools.names.priority(priority))
        changes = {"priority": wanted}
        return tools.incidents.update(json.id, "set the priority", changes), ()
    except (ApiError, NotApplicable) as error:
        return json, (f"The page is out, but without its priority: {error}",)


def _message(incident: Incident, *, created: bool) -> str:
    what = "Created incident" if created else "Found the open incident that was asked for before,"
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"{what} {incident.name}: {incident.status}, {incident.urgency} urgency{to}."

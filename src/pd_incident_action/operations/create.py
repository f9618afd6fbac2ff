"""Open an incident through PagerDuty's REST API.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import model_validator

from pd_incident_action import limits
from pd_incident_action.errors import ApiError, Refused
from pd_incident_action.fields import Input, Line, PagerDutyId, Text, Urgency, User, WebUrl
from pd_incident_action.outcome import Incident, Outcome
from pd_incident_action.providers.lookup import wait_for_incident
from pd_incident_action.providers.pagerduty import PagerDuty, reference, to_incident
from pd_incident_action.request import Request

from .base import Operation, Tools

_ARGUMENTS = 2002
_KEY_IN_USE = "matching dedup key"
_APPEARS_WITHIN = 3.0
_LOOKS_LIKE_ID = re.compile(r"P(?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")
# An incident that was opened this recently, after a lost answer, is the one we asked for.
_JUST_NOW = timedelta(minutes=5)


class Create(Request):
    """Inputs of `create`."""

    title: Annotated[
        Line,
        Input(
            "What is wrong, in a few words.",
            example="Checkout answers 500",
            aliases=("incidentTitle",),
            deprecated=("incidentTitle",),
        ),
    ]
    service: Annotated[
        PagerDutyId,
        Input(
            "Id of the PagerDuty service to open the incident on.",
            example="PABC123",
            aliases=("service_id",),
            origin="service",
            default_help="the entity that the Port action was run on",
        ),
    ]
    urgency: Annotated[Urgency, Input("How loudly to page: `high` or `low`.", "low")] = "high"
    details: Annotated[
        Text | None,
        Input(
            "What responders should know.",
            example="Error rate 40 % since 03:10, see the dashboard",
            aliases=("extraDetails", "description"),
            deprecated=("extraDetails",),
            multiline=True,
        ),
    ] = None
    escalation_policy: Annotated[
        PagerDutyId | None,
        Input(
            "Id of the escalation policy to page, instead of the service's own.",
            example="PESC123",
            aliases=("escalation_policy_id",),
        ),
    ] = None
    assignee: Annotated[
        User | None,
        Input(
            "Id or e-mail address of the user to page, instead of an escalation policy. Nobody "
            "else is paged if that user does not answer.",
            example="ada@example.com",
            aliases=("new_owner", "assignee_id"),
        ),
    ] = None
    priority: Annotated[
        Line | None, Input("Priority, by name or id.", "P1", aliases=("priority_id",))
    ] = None
    incident_type: Annotated[Line | None, Input("Name of the incident type.", "major_incident")] = (
        None
    )
    conference_number: Annotated[
        Line | None, Input("Phone number of the conference bridge.", "+1 415-555-1212,,,,1234#")
    ] = None
    conference_url: Annotated[
        WebUrl | None, Input("URL of the conference bridge.", "https://meet.example.com/incident")
    ] = None
    incident_key: Annotated[
        Line | None,
        Input(
            "Key that makes PagerDuty keep a single open incident per service.",
            example="checkout-down",
            default_help="derived from the run, so that a re-run never pages twice",
        ),
    ] = None

    @model_validator(mode="after")
    def _one_recipient(self) -> Self:
        if self.assignee and self.escalation_policy:
            msg = "must not hold both 'assignee' and 'escalation-policy': PagerDuty takes one"
            raise ValueError(msg)
        return self


def run(request: Create, tools: Tools) -> Outcome:
    """Open the incident; where it is already open, go on with the one that is there.

    Args:
        request: what to open.
        tools: PagerDuty's REST API and the key.

    Returns:
        The incident, and whether this run opened it.

    Raises:
        ActionError: nobody was paged.
    """
    trimmer = limits.Trimmer()
    key = _key(request, tools, trimmer)
    assignee = _user_id(request.assignee, tools.rest)
    body = _body(request, key, assignee, trimmer)
    json, created = _create_once(body, key, tools)
    json, warnings = _set_named_priority(request.priority, json, tools.rest)
    incident = to_incident(json)
    return Outcome(
        message=_message(incident, created=created),
        incident=incident,
        created=created,
        dedup_key=key,
        response={"incident": json},
        warnings=trimmer.warnings + warnings,
        full_text=trimmer.full_text,
    )


def recover(request: Create, tools: Tools) -> Outcome | None:
    """Find the incident that an interrupted `run` may have opened.

    Args:
        request: what was to be opened.
        tools: PagerDuty's REST API and the key.

    Returns:
        The open incident with this request's key, or None.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    key = _key(request, tools, limits.Trimmer())
    open_ones = tools.rest.incidents_by_key(key, only_open=True)
    found = [json for json in open_ones if to_incident(json).service_id == request.service]
    if not found:
        return None
    incident = to_incident(found[0])
    return Outcome(
        message=_message(incident, created=False),
        incident=incident,
        created=None,
        dedup_key=key,
        response={"incident": found[0]},
    )


def _key(request: Create, tools: Tools, trimmer: limits.Trimmer) -> str:
    return trimmer.fit_key("incident-key", request.incident_key or tools.key)


def _user_id(assignee: str | None, pagerduty: PagerDuty) -> str | None:
    return pagerduty.user_id(assignee) if assignee and "@" in assignee else assignee


def _body(
    request: Create, key: str, assignee: str | None, trimmer: limits.Trimmer
) -> dict[str, Any]:
    priority = request.priority if _is_id(request.priority) else None
    optional = {
        "body": request.details
        and {
            "type": "incident_body",
            "details": trimmer.fit("details", request.details, limits.DETAILS),
        },
        "escalation_policy": request.escalation_policy
        and reference("escalation_policy", request.escalation_policy),
        "assignments": assignee and [{"assignee": reference("user", assignee)}],
        "priority": priority and reference("priority", priority),
        "incident_type": request.incident_type and {"name": request.incident_type},
        "conference_bridge": _bridge(request),
    }
    return {
        "type": "incident",
        "title": trimmer.fit("title", request.title, limits.TITLE),
        "service": reference("service", request.service),
        "urgency": request.urgency,
        "incident_key": key,
        **{name: value for name, value in optional.items() if value},
    }


def _bridge(request: Create) -> dict[str, str] | None:
    bridge = {
        "conference_number": request.conference_number,
        "conference_url": request.conference_url,
    }
    return {name: value for name, value in bridge.items() if value} or None


def _is_id(priority: str | None) -> bool:
    return bool(priority and _LOOKS_LIKE_ID.fullmatch(priority))


def _create_once(body: dict[str, Any], key: str, tools: Tools) -> tuple[dict[str, Any], bool]:
    """Open the incident unless it is open already; tell whether this run opened it."""
    try:
        return tools.rest.create_incident(body), True
    except Refused as error:
        if not _is_key_in_use(error):
            raise
        existing = _existing(key, body["service"]["id"], tools)
        if existing:
            return existing, error.attempts > 1 and _is_fresh(existing)
        if error.code == _ARGUMENTS and _KEY_IN_USE not in str(error):
            raise
    # It was open when PagerDuty looked and is resolved by now: this is a new wish to page.
    return tools.rest.create_incident(body), True


def _is_key_in_use(error: Refused) -> bool:
    """Tell whether PagerDuty refused because an open incident has the key.

    The code stands for other arguments, too, and the words may change: either is a hint.
    """
    return error.code == _ARGUMENTS or _KEY_IN_USE in str(error)


def _existing(key: str, service: str, tools: Tools) -> dict[str, Any] | None:
    return wait_for_incident(
        tools.rest,
        key,
        lambda json: to_incident(json).service_id == service,
        only_open=True,
        seconds=min(_APPEARS_WITHIN, tools.deadline.left() / 2),
    )


def _is_fresh(json: dict[str, Any]) -> bool:
    """Tell whether an incident is one that we opened ourselves, without hearing the answer."""
    try:
        created = datetime.fromisoformat(to_incident(json).created_at)
    except ValueError:
        return True
    if created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    return datetime.now(UTC) - created < _JUST_NOW


def _set_named_priority(
    priority: str | None, json: dict[str, Any], pagerduty: PagerDuty
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Set a priority that was given by name: looking it up first would have delayed the page."""
    if not priority or _is_id(priority) or to_incident(json).priority.lower() == priority.lower():
        return json, ()
    try:
        known = {str(item["name"]).lower(): item for item in pagerduty.priorities()}
        if priority.lower() not in known:
            names = ", ".join(str(item["name"]) for item in known.values())
            return json, (f"PagerDuty has no priority '{priority}', so none was set; use {names}.",)
        wanted = reference("priority", str(known[priority.lower()]["id"]))
        changes = {"priority": wanted}
        return pagerduty.update_incident(json["id"], "set the priority", changes), ()
    except ApiError as error:
        return json, (f"The page is out, but {error}",)


def _message(incident: Incident, *, created: bool) -> str:
    what = "Created incident" if created else "Found the open incident that was asked for before,"
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"{what} {incident.name}: {incident.status}, {incident.urgency} urgency{to}."


def _announce(request: Create) -> str:
    return f"Creating a PagerDuty incident on service {request.service}: {request.title}"


OPERATION = Operation(
    name="create",
    summary="Open an incident on a service and page whoever is on call for it",
    request=Create,
    run=run,
    announce=_announce,
    recover=recover,
    port_blueprint="pagerdutyService",
)

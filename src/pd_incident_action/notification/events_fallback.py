"""Break-glass: an incident that PagerDuty's REST API won't open goes out as an alert event.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    InputError,
    NotApplicable,
    empty_credential,
)
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations._shared import truncation
from pd_incident_action.operations._shared.alert_request import TriggerInputs, build_event
from pd_incident_action.pagerduty.events import PagerDutyEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from pd_incident_action.operations._shared.incident_request import CreateInputs
    from pd_incident_action.operations.base import OperationContext

# Of the whole time; what is left has to do for the event, and for telling Port.
_SHARE_OF_REST = 0.25
# PagerDuty didn't listen to who asked; what was asked for may well be right.
_UNHEARD_STATUSES = frozenset({401, 403})
_REQUESTER_NOT_FOUND = 1008
_NO_ROUTING_KEY = empty_credential("routing-key", "fallback: events")


def with_fallback(
    open_incident: Callable[[CreateInputs, OperationContext], Outcome],
    request: CreateInputs,
    key: str,
    tools: OperationContext,
) -> Outcome:
    """Open an incident, or send an alert where the REST API doesn't answer or doesn't listen.

    The alert's dedup key is the incident's key: if the incident was opened without our hearing of
    it, the alert joins it.

    Args:
        open_incident: opens it through the REST API.
        request: what to open.
        key: the incident key.
        tools: both of PagerDuty's APIs.

    Returns:
        What came of it; of an alert with a warning that says what it lacks.

    Raises:
        InputError: there is no routing key.
        ActionError: nobody was paged.
    """
    if tools.find(PagerDutyEvents) is None:
        raise InputError([_NO_ROUTING_KEY])
    hurried = tools.pagerduty.with_timeout(tools.deadline.remaining() * _SHARE_OF_REST)
    try:
        outcome = open_incident(request, tools.with_client(hurried))
    except ActionError as error:
        if not _is_unheard(error):
            raise
        return _send_alert(request, key, error, tools)
    unheard = [error for error in outcome.failures if _is_unheard(error.__cause__)]
    if outcome.incident is None and unheard:
        return _send_alert(request, key, unheard[0], tools)
    return outcome


def _is_unheard(error: BaseException | None) -> bool:
    """Tell whether the REST API never came to judge what was asked for."""
    if isinstance(error, ApiRejected):
        return error.status in _UNHEARD_STATUSES or error.code == _REQUESTER_NOT_FOUND
    return isinstance(error, (ApiUnavailable, ApiUnreachable))


def _send_alert(
    request: CreateInputs, key: str, error: ActionError, tools: OperationContext
) -> Outcome:
    tools.log(f"{error.summary}; sending the alert through PagerDuty's Events API instead")
    trimmer = truncation.Truncator()
    alert = _alert_of(request, key, trimmer)
    event = build_event(alert, key, tools.identity, trimmer)
    try:
        response = tools.events.enqueue(event)
    except ActionError as second:
        what = f"{error.summary}. The fallback did not work either: {second.summary}"
        raise NotApplicable(what, second.cause or error.cause, error.remedy) from second
    title = event["payload"]["summary"]
    return Outcome(
        message=f"Sent an alert instead of opening an incident: {title} (dedup key {key}).",
        incident=Incident(key, title, "triggered", urgency=request.urgency, dedup_key=key),
        created=None,
        dedup_key=key,
        response=response,
        warnings=(_warning(error), *trimmer.warnings),
        truncated_inputs=trimmer.truncated_inputs,
    )


def _warning(error: ActionError) -> str:
    return (
        "The page went out through the Events API, on the service that the routing key belongs to "
        "and to whoever is on call for it; priority, assignee and escalation policy of the inputs "
        f"are only in the alert's details. {error}"
    )


def _alert_of(request: CreateInputs, key: str, trimmer: truncation.Truncator) -> TriggerInputs:
    return TriggerInputs(
        summary=trimmer.fit("title", request.title, truncation.SUMMARY),
        source=", ".join(request.service),
        severity="critical" if request.urgency == "high" else "warning",
        dedup_key=key,
        custom_details=_details(request, trimmer),
    )


def _details(request: CreateInputs, trimmer: truncation.Truncator) -> dict[str, Any]:
    """Give responders all that was asked for."""
    details = request.details and trimmer.fit("details", request.details, truncation.DETAILS)
    known = {
        "details": details,
        "service": ", ".join(request.service),
        "urgency": request.urgency,
        "priority": request.priority,
        "assignee": request.assignee,
        "escalation_policy": request.escalation_policy,
        "incident_type": request.incident_type,
        "conference_number": request.conference_number,
        "conference_url": request.conference_url,
    }
    return {name: value for name, value in known.items() if value}

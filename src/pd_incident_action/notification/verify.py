"""Looks, once the page is out, whether somebody was really notified."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ActionError, ApiError, NobodyNotified
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_context import Insight
from pd_incident_action.pagerduty.polling import waits
from pd_incident_action.pagerduty.services import Services

from .status import NotificationStatus, diagnose, earliest_escalation, notification_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.models import Outcome
    from pd_incident_action.operations.base import OperationContext

# PagerDuty notifies within seconds; a run that isn't asked to be sure doesn't wait for long.
_USUALLY = 3.0
_WHERE_REQUIRED = 15.0
Json = dict[str, Any]


def verify_notified(outcome: Outcome, tools: OperationContext, *, required: bool) -> Outcome:
    """Add to an outcome who was notified, and what comes next.

    Args:
        outcome: what came of the page.
        tools: PagerDuty's REST API, if there is a key.
        required: whether it is a failure when nobody was notified, rather than a warning.

    Returns:
        The outcome with the outputs ``notified`` and ``next-escalation-at``, and a line, a warning
        or a failure for each incident.
    """
    incidents = _incidents(outcome)
    if tools.find(PagerDuty) is None or not incidents:
        return _unknown(outcome, required=required)
    seconds = min(_WHERE_REQUIRED if required else _USUALLY, tools.deadline.remaining() / 2)
    look = partial(
        _look, tools.pagerduty.with_timeout(seconds), seconds, is_new=bool(outcome.created)
    )
    return _with_result(outcome, _each(look, incidents), required=required)


def _each(
    look: partial[NotificationStatus], incidents: Sequence[Json]
) -> list[NotificationStatus | ActionError]:
    if len(incidents) > 1:
        return map_concurrently(look, incidents)
    try:
        return [look(incidents[0])]
    except ActionError as error:
        return [error]


def _look(pagerduty: PagerDuty, seconds: float, json: Json, *, is_new: bool) -> NotificationStatus:
    """Read an incident's log until it tells of a notification, or the time is up."""
    insight, status = Insight(pagerduty), None
    evidence = notification_status(json, [], is_new=is_new)
    for _ in waits(Deadline(seconds)):
        log = insight.log(json["id"])
        evidence = notification_status(json, log, service_status=status or "", is_new=is_new)
        if evidence.is_conclusive:
            break
        if status is None:
            status = _service_status(pagerduty, evidence.incident.service_id)
            evidence = replace(evidence, service_status=status)
            if evidence.is_conclusive:
                break
    return evidence


def _service_status(pagerduty: PagerDuty, service_id: str) -> str:
    """Read the service's status; without it one reason less is known."""
    if not service_id:
        return ""
    try:
        return Services(pagerduty).get(service_id).status
    except ApiError:
        return ""


def _with_result(
    outcome: Outcome, results: Sequence[NotificationStatus | ActionError], *, required: bool
) -> Outcome:
    seen = [result for result in results if isinstance(result, NotificationStatus)]
    problems = [found for one in seen if (found := diagnose(one))]
    problems += [_lookup_failed(result) for result in results if isinstance(result, ActionError)]
    names = dict.fromkeys(name for one in seen for name in one.names)
    outputs = {"notified": ", ".join(names), "next-escalation-at": earliest_escalation(seen)}
    outcome = replace(
        outcome,
        outputs={**outcome.outputs, **outputs},
        lines=outcome.lines + tuple(one.line for one in seen if one.line),
    )
    return _with_problems(outcome, problems, required=required)


def _with_problems(
    outcome: Outcome, problems: Sequence[NobodyNotified], *, required: bool
) -> Outcome:
    if required:
        return replace(outcome, failures=(*outcome.failures, *problems))
    return replace(outcome, warnings=(*outcome.warnings, *map(str, problems)))


def _unknown(outcome: Outcome, *, required: bool) -> Outcome:
    """Leave open who was notified, which is as bad as nobody where somebody is required."""
    outputs = {"notified": "", "next-escalation-at": ""}
    outcome = replace(outcome, outputs={**outcome.outputs, **outputs})
    if not required or not outcome.incidents:
        return outcome
    problem = NobodyNotified(
        "Nobody can tell whether anybody was notified",
        "no incident is known that the alert belongs to",
        "look in PagerDuty; give pagerduty-token as well if it is missing",
    )
    return _with_problems(outcome, [problem], required=True)


def _lookup_failed(error: ActionError) -> NobodyNotified:
    what = f"The page is out, but nobody can tell who was notified: {error.summary}"
    return NobodyNotified(what, error.cause, error.remedy)


def _incidents(outcome: Outcome) -> list[Json]:
    """Take PagerDuty's incidents out of an outcome; behind a mere alert there is none."""
    return [dict(one.raw) for one in outcome.incidents if one.raw.get("incident_number")]

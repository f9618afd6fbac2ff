"""Asking further people for help with an incident.

https://developer.pagerduty.com/api-reference/ under Incidents, Create a Responder Request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .assignment import on_level
from .notifications import page_user
from .record import log
from .things import Json, RefusedError, invalid, known, now, reference

if TYPE_CHECKING:
    from .state import PagerDutyState

_USERS = ("user", "user_reference")
_POLICIES = ("escalation_policy", "escalation_policy_reference")


def request_responders(state: PagerDutyState, incident: Json, wanted: Json) -> Json:
    """Ask people for help, and page them.

    Args:
        state: the account.
        incident: the incident; it is changed in place.
        wanted: the request: ``requester_id``, ``message`` and ``responder_request_targets``, each
            a user or an escalation policy inside a ``responder_request_target``.

    Returns:
        The responder request as the API shows it.

    Raises:
        RefusedError: the input is wrong, or the incident is resolved.
    """
    requester = known(state.users, {"id": wanted.get("requester_id")}, invalid())
    message = wanted.get("message")
    if not isinstance(message, str) or not message.strip():
        raise invalid("Message cannot be empty.")
    if incident["status"] == "resolved":
        raise RefusedError(1001, "Incident Already Resolved")
    targets = [(target, _people(state, target)) for target in _targets(wanted)]
    asked = {"requester": reference(requester), "message": message, "requested_at": now()}
    shown = [_shown(incident, target, people, asked) for target, people in targets]
    made = {
        "id": state.next_id("PRESP"),
        "incident": reference(incident),
        **asked,
        "responder_request_targets": [{"responder_request_target": target} for target in shown],
    }
    incident["responder_requests"].append(made)
    _join(incident, [answer for target in shown for answer in target["incident_responders"]])
    log(state, incident, "responder_request", agent=asked["requester"], responder_request=made)
    for user in {user["id"]: user for _, people in targets for user in people}.values():
        page_user(state, incident, user)
    return made


def _targets(wanted: Json) -> list[Json]:
    listed = wanted.get("responder_request_targets")
    if not isinstance(listed, list) or not listed:
        raise invalid("Responder request targets must be a list that isn't empty")
    items = [item for item in listed if isinstance(item, dict)]
    targets = [item.get("responder_request_target") for item in items]
    found = [target for target in targets if isinstance(target, dict)]
    if len(found) < len(listed):
        raise invalid("Each target must hold a responder_request_target")
    return found


def _people(state: PagerDutyState, target: Json) -> list[Json]:
    if target.get("type") in _USERS:
        return [known(state.users, target, invalid("Target was not found"))]
    if target.get("type") in _POLICIES:
        known(state.escalation_policies, target, invalid("Target was not found"))
        return on_level(state, target, 1).people
    raise invalid("Target must be a user_reference or an escalation_policy_reference")


def _shown(incident: Json, target: Json, people: list[Json], asked: Json) -> Json:
    answers = [
        {
            "state": "pending",
            "user": reference(user),
            "incident": reference(incident),
            "updated_at": asked["requested_at"],
            **asked,
        }
        for user in people
    ]
    named = target.get("summary") or target["id"]
    return {**target, "summary": named, "incident_responders": answers}


def _join(incident: Json, answers: list[Json]) -> None:
    """Add who wasn't asked before to the incident's responders."""
    known_ids = {answer["user"]["id"] for answer in incident["incidents_responders"]}
    for answer in answers:
        if answer["user"]["id"] not in known_ids:
            known_ids.add(answer["user"]["id"])
            incident["incidents_responders"].append(answer)

"""Ask more people to help with an incident.

https://support.pagerduty.com/main/docs/add-responders
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import Impossible, Refused
from pd_incident_action.fields import Input, Line, Name, NameList
from pd_incident_action.providers.pagerduty import reference, to_incident
from pd_incident_action.providers.pagerduty_incidents import Incidents
from pd_incident_action.selection import OneIncident, look_again, outcome_of, path_of_incident

from .base import Operation, Tools

if TYPE_CHECKING:
    from pd_incident_action.outcome import Outcome
    from pd_incident_action.providers.pagerduty import Json


class AddResponders(OneIncident):
    """Inputs of `add-responders`."""

    responders: Annotated[
        NameList | None,
        Input(
            "Users to ask, separated by commas: e-mail addresses, ids, or names in the "
            "configuration file.",
            example="grace@example.com, linus@example.com",
        ),
    ] = None
    escalation_policy: Annotated[
        Name | None,
        Input(
            "Escalation policy to ask, by id or name.",
            example="Platform",
            aliases=("escalation_policy_id",),
        ),
    ] = None
    message: Annotated[
        Line,
        Input("What they read.", example="We need a database expert"),
    ] = "Please help with this incident."

    @model_validator(mode="after")
    def _somebody_to_ask(self) -> Self:
        if not (self.responders or self.escalation_policy):
            msg = "must say whom to ask: 'responders' or 'escalation-policy'"
            raise ValueError(msg)
        return self


def run(request: AddResponders, tools: Tools) -> Outcome:
    """Ask them; those who were asked before aren't asked again.

    Args:
        request: whom, and on which incident.
        tools: PagerDuty's REST API.

    Returns:
        The incident.

    Raises:
        Impossible: a name is unknown, nobody knows who asks, or the plan lacks the feature.
        ApiError: PagerDuty refused or wasn't reached; nobody is asked twice.
    """
    json = tools.rest.incident(request.incident)
    name = to_incident(json).name
    asked = _asked_before(json)
    users = [tools.names.user(one) for one in request.responders or ()]
    targets = [reference("user", user) for user in users if user not in asked]
    if request.escalation_policy:
        policy = tools.names.escalation_policy(request.escalation_policy)
        targets.append(reference("escalation_policy", policy))
    if not targets:
        return outcome_of(json, f"Nothing to do: all of them were asked before, for {name}.")
    requester = _requester(tools)
    Incidents(tools.rest).request_responders(request.incident, requester, request.message, targets)
    again = look_again(request, tools)
    skipped = len(users) + bool(request.escalation_policy) - len(targets)
    also = f"; {skipped} had been asked before" if skipped else ""
    message = f"Asked {_whom(request)} to help with incident {name}{also}."
    return outcome_of(again.response["incident"], message)


def _asked_before(json: Json) -> set[str]:
    responders = json.get("incidents_responders") or []
    return {str((one.get("user") or {}).get("id") or "") for one in responders}


def _requester(tools: Tools) -> str:
    """Find the user who asks: PagerDuty wants to know, and the header isn't enough."""
    if tools.rest.requester:
        return tools.names.user(tools.rest.requester)
    try:
        return str(tools.rest.get("/users/me", "tell whose key it is", "user")["id"])
    except Refused as error:
        raise Impossible(
            "PagerDuty was not asked for responders",
            "nobody knows who asks: the key belongs to no user",
            "set from, for example from: ada@example.com",
        ) from error


def _whom(request: AddResponders) -> str:
    policy = [f"policy {request.escalation_policy}"] if request.escalation_policy else []
    return ", ".join([*(request.responders or ()), *policy])


def _announce(request: AddResponders) -> str:
    return f"Asking {_whom(request)} to help with incident {request.incident}"


OPERATION = Operation(
    name="add-responders",
    summary="Ask more people to help with an incident",
    request=AddResponders,
    run=run,
    announce=_announce,
    recover=look_again,
    scopes=("incidents.read", "incidents.write", "escalation_policies.read", "users.read"),
    first_read=path_of_incident,
)

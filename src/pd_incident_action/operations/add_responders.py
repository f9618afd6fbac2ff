"""Ask more people to help with an incident.

https://support.pagerduty.com/main/docs/add-responders
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import InputSpec, Name, NameList, ShortText
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.create_or_find import create_or_find
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pd_incident_action.models import Outcome
    from pd_incident_action.pagerduty.client import Json

# A kind and an id.
Target = tuple[str, str]


class AddResponders(Operation):
    """Ask more people to help with an incident."""

    name = "add-responders"
    summary = "Ask more people to help with an incident"
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "users.read")

    class Inputs(SingleIncident):
        """The inputs of `add-responders`."""

        responders: Annotated[
            NameList | None,
            InputSpec(
                "Users to ask, separated by commas: e-mail addresses, ids, or names in the "
                "configuration file.",
                example="grace@example.com, linus@example.com",
            ),
        ] = None
        escalation_policy: Annotated[
            Name | None,
            InputSpec(
                "Escalation policy to ask, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ] = None
        message: Annotated[
            ShortText,
            InputSpec("What they read.", example="We need a database expert"),
        ] = "Please help with this incident."

        @model_validator(mode="after")
        def _somebody_to_ask(self) -> Self:
            if not (self.responders or self.escalation_policy):
                msg = "must say whom to ask: 'responders' or 'escalation-policy'"
                raise ValueError(msg)
            return self

    inputs: Inputs

    def start_message(self) -> str:
        return f"Asking {_whom(self.inputs)} to help with incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Ask them; those who were asked before aren't asked again.

        Returns:
            The incident.

        Raises:
            Impossible: the incident is resolved, a name is unknown, nobody knows who asks, or the
                plan lacks the feature.
            ApiError: PagerDuty refused or wasn't reached; nobody is asked twice.
        """
        json = self.context.incidents.get(self.inputs.incident)
        name = json.to_incident().name
        if json.status == "resolved":
            raise NotApplicable(
                f"Incident {name} is already resolved, and nobody was asked to help",
                "PagerDuty asks nobody about a resolved incident",
                "reopen it with operation: reopen, or open a new one with create",
            )
        targets = _targets(self.inputs, self.context)
        missing = _not_yet_asked(json, targets)
        if not missing:
            return incident_outcome(
                json, f"Nothing to do: all of them were asked before, for {name}."
            )
        requester, incidents = _requester(self.context), self.context.incidents
        references = [reference(kind, one) for kind, one in missing]
        create_or_find(
            partial(
                incidents.request_responders,
                self.inputs.incident,
                requester,
                self.inputs.message,
                references,
            ),
            partial(_look, self.inputs.incident, missing, self.context),
        )
        now = self.context.incidents.get(self.inputs.incident)
        skipped = len(targets) - len(missing)
        also = f"; {skipped} had been asked before" if skipped else ""
        whom = ", ".join(targets[one] for one in missing)
        return incident_outcome(now, f"Asked {whom} to help with incident {name}{also}.")

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _targets(request: AddResponders.Inputs, tools: OperationContext) -> dict[Target, str]:
    """Find everybody's ids; give what they were called, by kind and id, each once."""
    targets = {("user", tools.names.user(one)): one for one in request.responders or ()}
    policy = request.escalation_policy
    if policy:
        targets["escalation_policy", tools.names.escalation_policy(policy)] = f"policy {policy}"
    return targets


def _not_yet_asked(json: PagerDutyIncident, targets: Iterable[Target]) -> list[Target]:
    """Leave out whom PagerDuty shows among the responders, unless they declined."""
    answers = json.get("incidents_responders") or []
    users = {_id(one.get("user")) for one in answers if one.get("state") != "declined"}
    listed = [
        target.get("responder_request_target") or target
        for request in json.get("responder_requests") or ()
        for target in request.get("responder_request_targets") or ()
    ]
    policies = {_id(one) for one in listed if str(one.get("type")).startswith("escalation_policy")}
    asked = {"user": users, "escalation_policy": policies}
    return [(kind, one) for kind, one in targets if one not in asked[kind]]


def _look(incident: str, wanted: list[Target], tools: OperationContext) -> PagerDutyIncident | None:
    """Tell whether a request whose answer got lost was taken nevertheless."""
    json = tools.incidents.get(incident)
    return None if _not_yet_asked(json, wanted) else json


def _id(thing: Json | None) -> str:
    return str((thing or {}).get("id") or "")


def _requester(tools: OperationContext) -> str:
    """Find the user who asks: PagerDuty wants to know, and the header isn't enough."""
    if tools.pagerduty.requester:
        return tools.names.user(tools.pagerduty.requester)
    try:
        return str(tools.pagerduty.get("/users/me", "tell whose key it is", "user")["id"])
    except ApiRejected as error:
        raise NotApplicable(
            "PagerDuty was not asked for responders",
            "nobody knows who asks: the key belongs to no user",
            "set from, for example from: ada@example.com",
        ) from error


def _whom(request: AddResponders.Inputs) -> str:
    policy = [f"policy {request.escalation_policy}"] if request.escalation_policy else []
    return ", ".join([*(request.responders or ()), *policy])

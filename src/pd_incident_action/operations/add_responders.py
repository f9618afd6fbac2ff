"""Ask more people to help with an incident.

https://support.pagerduty.com/main/docs/add-responders
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.api_model import ApiModel, Items, Text, nested
from pd_incident_action.inputs.fields import InputSpec, NameList, ShortText
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import reference
from pd_incident_action.pagerduty.idempotency import send_or_find
from pd_incident_action.pagerduty.models import PagerDutyIncident, Reference

from ._shared.common_inputs import PolicyName
from .base import SingleIncident, SingleIncidentOperation, incident_outcome

# Kind (user or escalation_policy) and id.
Target = tuple[str, str]


class _Responder(ApiModel):
    """A user who was asked, and whether they accepted."""

    state: Text = ""
    user_id: Text = nested("user", "id")


class _Target(ApiModel):
    """A user or policy that was asked; PagerDuty wraps it or not."""

    id: Text = ""
    type: Text = ""
    responder_request_target: Reference = nested()

    @property
    def target(self) -> Target:
        one = self.responder_request_target if self.responder_request_target.id else self
        return one.type.removesuffix("_reference"), one.id


class _Request(ApiModel):
    message: Text = ""
    responder_request_targets: Items[_Target] = ()


class AddResponders(SingleIncidentOperation):
    name = "add-responders"
    summary = "Request additional responders for an incident"
    group = "Paging"
    hidden_on = ("resolved",)
    is_urgent = True
    pages = True
    scopes = ("incidents.read", "incidents.write", "escalation_policies.read", "users.read")

    class Inputs(SingleIncident):
        responders: Annotated[
            NameList | None,
            InputSpec(
                "Users to request, separated by commas: e-mail addresses, ids, or names in the "
                "configuration file.",
                example="grace@example.com, linus@example.com",
                names_people=True,
            ),
        ] = None
        escalation_policy: PolicyName = None
        message: Annotated[
            ShortText, InputSpec("Message to the responders.", example="We need a database expert")
        ] = "Please help with this incident."

        def problems(self) -> Iterator[str]:
            if not (self.responders or self.escalation_policy):
                yield "Set 'responders' or 'escalation-policy', or both"

    inputs: Inputs

    def start_message(self) -> str:
        policy = self.inputs.escalation_policy
        who = [*(self.inputs.responders or ()), *([f"policy {policy}"] if policy else ())]
        return f"Asking {', '.join(who)} to help with incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Ask them; those who were asked before aren't asked again."""
        incident = self.fetch()
        if incident.status == "resolved":
            raise NotApplicable(
                f"Incident {incident.label} is already resolved, and nobody was asked to help",
                "PagerDuty asks nobody about a resolved incident",
                "reopen it with operation: reopen, or open a new one with create",
            )
        targets = self._targets()
        # Whoever declined an earlier attempt's request isn't asked by the next one.
        earlier = self.inputs.message if self.context.is_rerun else None
        pending = _not_yet_asked(incident, targets, earlier)
        if not pending:
            message = f"Everybody was already asked to help with incident {incident.label}."
            return incident_outcome(incident, message, Page.NOBODY)
        self._ask(pending)
        skipped = len(targets) - len(pending)
        also = f"; {skipped} had already been asked" if skipped else ""
        who = ", ".join(targets[one] for one in pending)
        message = f"Asked {who} to help with incident {incident.label}{also}."
        return incident_outcome(self.fetch(), message, Page.ACCEPTED)

    def _targets(self) -> dict[Target, str]:
        """Return who is to be asked, each once, and how the user named them."""
        names = self.context.names
        targets = {("user", names.user(one)): one for one in self.inputs.responders or ()}
        policy = self.inputs.escalation_policy
        if policy:
            targets["escalation_policy", names.escalation_policy(policy)] = f"policy {policy}"
        return targets

    def _ask(self, pending: Sequence[Target]) -> None:
        ask = partial(
            self.context.incidents.request_responders,
            self.inputs.incident,
            self._requester_id(),
            self.inputs.message,
            [reference(*one) for one in pending],
        )

        def look() -> bool | None:
            return None if _not_yet_asked(self.fetch(), pending) else True

        send_or_find(ask, look, self.context.deadline)

    def _requester_id(self) -> str:
        """Return the id of the user who asks, which PagerDuty wants in addition to the header."""
        try:
            return self.context.names.requester()
        except ApiRejected as error:
            raise NotApplicable(
                "PagerDuty was not asked for responders",
                "it has to know who asks, and the API key belongs to no user",
                "set the input `from`, e.g. from: ada@example.com",
            ) from error


def _not_yet_asked(
    incident: PagerDutyIncident, targets: Iterable[Target], earlier: str | None = None
) -> list[Target]:
    """Return who isn't among the incident's responders, or declined."""
    responders = _Responder.read_all(incident.raw.get("incidents_responders"))
    asked = {("user", one.user_id) for one in responders if one.state != "declined"}
    for request in _Request.read_all(incident.raw.get("responder_requests")):
        for one in request.responder_request_targets:
            if one.target[0] == "escalation_policy" or request.message == earlier:
                asked.add(one.target)
    return [target for target in targets if target not in asked]

"""What operations that page have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pd_incident_action.inputs.fields import InputSpec, ShortText
from pd_incident_action.models import Outcome
from pd_incident_action.notification.context_note import ContextNote
from pd_incident_action.notification.verify import Verification
from pd_incident_action.operations.base import Operation, OperationInputs
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.provider import open_contacts
from pd_incident_action.port.client import PortClient


class PagingInputs(OperationInputs):
    """The inputs of operations that page."""

    require_responder: Annotated[
        bool,
        InputSpec(
            "`true` fails the step if nobody hears of the page: PagerDuty has notified nobody, and "
            "no notification rule will. Otherwise that is a warning.",
            example="true",
            advanced=True,
            decoration=True,
        ),
    ] = False


class OpeningInputs(PagingInputs):
    """The inputs of operations that may open an incident."""

    enrich: Annotated[
        bool,
        InputSpec(
            "`true` adds a note for the responders to a new incident, after the page: the Port "
            "entity, the workflow run, recent changes and similar incidents.",
            example="true",
            advanced=True,
            decoration=True,
        ),
    ] = False
    entity: Annotated[ShortText | None, InputSpec("", hidden=True, origin="entity")] = None
    context_blueprint: Annotated[
        ShortText | None, InputSpec("", hidden=True, origin="blueprint")
    ] = None


class PagingOperation(Operation):
    """An operation that pages: once the page is out, it verifies that somebody was notified."""

    is_urgent: ClassVar[bool] = True
    outputs: ClassVar[Mapping[str, str]] = {
        "notified": "Names of the people that PagerDuty had notified when the run ended, "
        "separated by commas.",
        "notification-plan": "How the people that it is assigned to are notified by their rules, "
        "for example `Ada Lovelace: push now, phone after 5 min`; empty if that can't be read.",
        "next-escalation-at": "When PagerDuty escalates to the next level unless somebody "
        "acknowledges, in ISO 8601; empty if it won't.",
    }
    inputs: PagingInputs

    def after(self, outcome: Outcome) -> Outcome:
        pagerduty, trial = self.context.find(PagerDuty), self.context.trial_clients
        return Verification(
            pagerduty,
            self.context.deadline,
            required=self.inputs.require_responder,
            contacts=open_contacts(pagerduty, trial) if pagerduty and trial else None,
        ).of(outcome)


class OpeningOperation(PagingOperation):
    """An operation that may open an incident, on which it then writes a note where wanted."""

    inputs: OpeningInputs

    def after(self, outcome: Outcome) -> Outcome:
        pagerduty = self.context.find(PagerDuty)
        if self.inputs.enrich and pagerduty is not None:
            note = ContextNote(
                pagerduty,
                self.context.find(PortClient),
                self.context.deadline,
                run_url=self.context.identity.url,
                blueprint=self.inputs.context_blueprint or "",
                entity=self.inputs.entity or "",
            )
            outcome = note.add_to(outcome)
        return super().after(outcome)

"""Create an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, ShortText, Text
from pd_incident_action.models import Outcome, Page
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.text import shorten_title

from .base import IncidentIoOperation, label, outcome_of


class Create(IncidentIoOperation):
    name = "create"
    summary = "Create an incident in incident.io"
    group = "Paging"
    is_urgent = True
    pages = True

    class Inputs(OperationInputs):
        title: Annotated[
            ShortText,
            InputSpec(
                "What is wrong, in a few words.",
                example="Checkout answers 500",
                aliases=("name",),
                main=("title",),
            ),
        ]
        details: Annotated[
            Text | None,
            InputSpec(
                "What responders should know; the incident's summary.",
                example="Error rate 40 % since 03:10, see the dashboard",
                aliases=("summary", "description"),
                multiline=True,
            ),
        ] = None
        severity: Annotated[Name | None, InputSpec("Severity, by name or id.", example="Major")] = (
            None
        )
        incident_type: Annotated[
            Name | None, InputSpec("Incident type, by name or id.", example="Production")
        ] = None
        visibility: Annotated[
            Literal["public", "private"],
            CaseInsensitive,
            InputSpec("Who may see the incident: `public` or `private`.", "private"),
        ] = "public"
        mode: Annotated[
            Literal["standard", "retrospective", "test", "tutorial"],
            CaseInsensitive,
            InputSpec(
                "Mode of the incident: `standard`, `retrospective` (already over), `test` or "
                "`tutorial`.",
                example="test",
            ),
        ] = "standard"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Creating an incident in incident.io: {shorten_title(self.inputs.title)}"

    def run(self) -> Outcome:
        key, (found, unknown) = self.context.key, self._look_up()
        try:
            incident, created = self.incident_io.create_incident(key, self._members() | found)
        except ApiRejected:
            if unknown:
                raise unknown[0] from None
            raise
        message = f"Created incident {label(incident)} in incident.io."
        if created is False:
            message = f"Incident {label(incident)} already exists in incident.io."
        outcome = outcome_of(incident, message, created=created, key=key)
        warnings = tuple(f"The incident was created without it: {error}" for error in unknown)
        return replace(outcome, page=Page.if_created(created=created), warnings=warnings)

    def _look_up(self) -> tuple[dict[str, str], list[NotApplicable]]:
        """Return the ids of severity and type, and an error for each that the account lacks."""
        found: dict[str, str] = {}
        unknown: list[NotApplicable] = []
        for name, given, find in (
            ("severity", self.inputs.severity, self.incident_io.severity_id),
            ("incident_type", self.inputs.incident_type, self.incident_io.incident_type_id),
        ):
            try:
                found |= {f"{name}_id": find(given)} if given else {}
            except NotApplicable as error:
                unknown.append(error)
        return found, unknown

    def _members(self) -> dict[str, str]:
        inputs = self.inputs
        return {
            "name": inputs.title,
            "visibility": inputs.visibility,
            "mode": inputs.mode,
            **({"summary": inputs.details} if inputs.details else {}),
        }

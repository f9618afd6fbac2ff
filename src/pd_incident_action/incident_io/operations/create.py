"""Create an incident in incident.io.

https://api-docs.incident.io/tag/Incidents-V2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, ShortText, Text
from pd_incident_action.models import Outcome, Page
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.text import shorten_title

from .base import IncidentIoOperation, label, outcome_of

# What is looked up before the page holds it up no longer.
_SECONDS_BEFORE_PAGE = 5.0
_MESSAGES = {
    True: "Created incident {} in incident.io.",
    False: "Incident {} already exists in incident.io.",
    None: "Incident {} is in incident.io; whether this run created it isn't known.",
}


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
        key, (found, missing) = self.context.key, self._look_up()
        try:
            incident, created = self.incident_io.create_incident(key, self._members() | found)
        except ApiRejected as error:
            # What is missing may be why.
            raise next(iter(missing.values()), error) from None
        outcome = outcome_of(
            incident, _MESSAGES[created].format(label(incident)), created=created, key=key
        )
        warnings = (f"The incident was created without its {n}: {e}" for n, e in missing.items())
        return replace(
            outcome,
            page=Page.if_created(created=created),
            warnings=() if created is False else tuple(warnings),
        )

    def _look_up(self) -> tuple[dict[str, str], dict[str, ActionError]]:
        """Return the ids of severity and type, and by name why one of them is missing."""
        found: dict[str, str] = {}
        missing: dict[str, ActionError] = {}
        incident_io = self.incident_io.with_timeout(_SECONDS_BEFORE_PAGE)
        for name, given, find in (
            ("severity", self.inputs.severity, incident_io.severity_id),
            ("incident type", self.inputs.incident_type, incident_io.incident_type_id),
        ):
            try:
                found |= {f"{name.replace(' ', '_')}_id": find(given)} if given else {}
            except (ApiError, NotApplicable) as error:
                missing[name] = error
        return found, missing

    def _members(self) -> dict[str, str]:
        inputs = self.inputs
        return {
            "name": inputs.title,
            "visibility": inputs.visibility,
            "mode": inputs.mode,
            **({"summary": inputs.details} if inputs.details else {}),
        }

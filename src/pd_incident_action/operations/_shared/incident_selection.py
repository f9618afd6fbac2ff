"""The choice between one incident, several, and all open ones of a service."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import InputSpec, Name, PagerDutyIds
from pd_incident_action.operations.base import OperationInputs


class IncidentSelection(OperationInputs):
    """The inputs of operations on one incident, several, or all open ones of a service."""

    incident: Annotated[
        PagerDutyIds | None,
        InputSpec(
            "Id of the incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="incident",
            default_help="the entity that the Port action was run on",
        ),
    ] = None
    service: Annotated[
        Name | None,
        InputSpec(
            "Service, by id or name; acts on all its open incidents, instead of `incident`.",
            example="Checkout",
            aliases=("service_id",),
            origin="service-entity",
            configurable=False,
        ),
    ] = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if bool(self.incident) == bool(self.service):
            msg = "Set either 'incident' or 'service'"
            raise ValueError(msg)
        return self

    @property
    def label(self) -> str:
        """What is selected, in words."""
        if self.service:
            return f"all open incidents of service {self.service}"
        ids = self.incident or ()
        return f"incident{'s' if len(ids) > 1 else ''} {', '.join(ids)}"

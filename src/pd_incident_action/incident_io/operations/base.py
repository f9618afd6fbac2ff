"""What incident.io's operations have in common."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.incident_io.client import IncidentIo
from pd_incident_action.incident_io.models import IncidentIoIncident
from pd_incident_action.inputs.fields import InputSpec, PagerDutyId
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation, OperationInputs


class IncidentIoOperation(Operation):
    """An operation on incident.io."""

    provider = "incident-io"
    required_credentials = ("incident-io-token",)
    port_blueprint = "incidentIOIncident"
    entity_blueprint = "incidentIOIncident"

    @property
    def incident_io(self) -> IncidentIo:
        """incident.io's API."""
        return self.context.client(IncidentIo)


class SingleIncidentOperation(IncidentIoOperation):
    """An operation on an existing incident."""

    class Inputs(OperationInputs):
        incident: Annotated[
            PagerDutyId,
            InputSpec(
                "Id of the incident.",
                example="01FCNDV6P870EA6S7TK1DSYDG0",
                aliases=("incident_id",),
                origin="incident",
                main=("incident", "incident_id"),
                default_help="the entity that the Port action was run on",
            ),
        ]

    inputs: Inputs

    def recover(self) -> Outcome | None:
        incident = self.incident_io.incident(self.inputs.incident)
        return outcome_of(incident, f"Found incident {label(incident)}.")


def outcome_of(
    incident: IncidentIoIncident, message: str, *, created: bool | None = False, key: str = ""
) -> Outcome:
    """Build an outcome."""
    return Outcome(
        message=message,
        incident=incident.to_incident(),
        created=created,
        dedup_key=key,
        response={"incident": incident.raw},
    )


def label(incident: IncidentIoIncident) -> str:
    """Return an incident's number, title and state: "#1 Down (Fixing, severity Major)"."""
    severity = incident.severity.name and f"severity {incident.severity.name}"
    state = ", ".join(filter(None, (incident.incident_status.name, severity)))
    return f"{incident.to_incident().name}{f' ({state})' if state else ''}"

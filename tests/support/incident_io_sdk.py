"""incident.io's own client, in a module of its own: loading it takes two seconds."""

from __future__ import annotations

from incident_io import AuthenticatedClient
from incident_io.api.incident_statuses_v1 import incident_statuses_v1_list
from incident_io.api.incident_types_v1 import incident_types_v1_list
from incident_io.api.incidents_v2 import (
    incidents_v2_create,
    incidents_v2_edit,
    incidents_v2_show,
)
from incident_io.api.severities_v1 import severities_v1_list
from incident_io.api.utilities_v1 import utilities_v1_identity
from incident_io.models import (
    ErrorResponse,
    IncidentEditPayloadV2,
    IncidentsCreatePayloadV2,
    IncidentsCreatePayloadV2Visibility,
    IncidentsCreateResultV2,
    IncidentsEditPayloadV2,
    IncidentsEditResultV2,
    IncidentsShowResultV2,
    IncidentStatusesListResultV1,
    IncidentTypesListResultV1,
    IncidentV2,
    SeveritiesListResultV1,
    UtilitiesIdentityResultV1,
)

from pd_incident_simulator import Simulator

__all__ = [
    "PUBLIC",
    "ErrorResponse",
    "IncidentEditPayloadV2",
    "IncidentStatusesListResultV1",
    "IncidentTypesListResultV1",
    "IncidentV2",
    "IncidentsCreatePayloadV2",
    "IncidentsCreatePayloadV2Visibility",
    "IncidentsCreateResultV2",
    "IncidentsEditPayloadV2",
    "IncidentsEditResultV2",
    "IncidentsShowResultV2",
    "SeveritiesListResultV1",
    "UtilitiesIdentityResultV1",
    "client_of",
    "create",
    "incident_statuses_v1_list",
    "incident_types_v1_list",
    "incidents_v2_create",
    "incidents_v2_edit",
    "incidents_v2_show",
    "severities_v1_list",
    "severity",
    "utilities_v1_identity",
]
PUBLIC = IncidentsCreatePayloadV2Visibility.PUBLIC


def client_of(sim: Simulator, key: str = "inc-api-key") -> AuthenticatedClient:
    return AuthenticatedClient(
        base_url=sim.incident_io.url, token=key, raise_on_unexpected_status=True
    )


def severity(client: AuthenticatedClient, name: str) -> str:
    found = severities_v1_list.sync(client=client)
    assert isinstance(found, SeveritiesListResultV1)
    return next(one.id for one in found.severities if one.name == name)


def create(client: AuthenticatedClient, key: str, name: str) -> IncidentV2:
    body = IncidentsCreatePayloadV2(
        idempotency_key=key,
        visibility=PUBLIC,
        name=name,
        summary="It's bad",
        severity_id=severity(client, "Minor"),
    )
    created = incidents_v2_create.sync(client=client, body=body)
    assert isinstance(created, IncidentsCreateResultV2)
    return created.incident

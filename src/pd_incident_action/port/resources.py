"""Port's blueprints, actions, automations and webhooks: finding, adding and replacing them.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.client import find
from pd_incident_action.http.messages import (
    ApiRequest,
    build_path,
    has_this_id,
    is_list,
    is_object,
)
from pd_incident_action.text import Json

from .client import PortClient
from .models import Integration

ResourceType = Literal["blueprint", "action", "automation", "webhook", "page"]


@dataclass(frozen=True)
class _ResourceSpec:
    """Where resources of a type are in Port's API.

    Attributes:
        folder: the path's last part.
        envelope: the member of responses that holds one.
        permission: what Port's permissions call them.
        fields: what a request may set.
    """

    folder: str
    envelope: str
    permission: str
    fields: tuple[str, ...]


_COMMON_FIELDS = ("identifier", "title", "icon", "description")
_ACTION = _ResourceSpec(
    "actions",
    "action",
    "actions",
    (
        *_COMMON_FIELDS,
        "trigger",
        "invocationMethod",
        "requiredApproval",
        "approvalNotification",
        "publish",
        "allowAnyoneToViewRuns",
    ),
)
_SPECS: Mapping[ResourceType, _ResourceSpec] = {
    "blueprint": _ResourceSpec(
        "blueprints",
        "blueprint",
        "blueprints",
        (
            *_COMMON_FIELDS,
            "schema",
            "mirrorProperties",
            "calculationProperties",
            "aggregationProperties",
            "relations",
            "changelogDestination",
            "ownership",
        ),
    ),
    "action": _ACTION,
    "automation": _ACTION,
    "webhook": _ResourceSpec(
        "webhooks",
        "integration",
        "integrations",
        (*_COMMON_FIELDS, "enabled", "integrationType", "security", "mappings"),
    ),
    "page": _ResourceSpec("pages", "page", "pages", (*_COMMON_FIELDS, "type", "widgets")),
}


class PortResources:
    """What a Port account is set up with. All methods raise `ApiError`."""

    def __init__(self, port: PortClient) -> None:
        self._port = port

    def find(self, kind: ResourceType, identifier: str) -> Json | None:
        """GET /v1/{blueprints,actions,webhooks,pages}/{identifier}: read one, if it exists."""
        spec = _SPECS[kind]
        path = build_path("v1", spec.folder, identifier)
        request = ApiRequest(
            "GET",
            path,
            f"show {kind} '{identifier}'",
            envelope=spec.envelope,
            check=has_this_id(identifier, "identifier"),
        )
        body = find(lambda: self._send(f"read:{spec.permission}", request))
        return body[spec.envelope] if body else None

    def create(self, kind: ResourceType, body: Json) -> Json:
        """POST /v1/{blueprints,actions,webhooks,pages}: add one, and return it as Port shows it.

        Of a page Port shows the identifier only.
        """
        spec = _SPECS[kind]
        request = ApiRequest(
            "POST",
            build_path("v1", spec.folder),
            f"add {kind} '{body['identifier']}'",
            json=writable_fields(kind, body),
            envelope="" if kind == "page" else spec.envelope,
            check=is_object,
        )
        response = self._send(f"create:{spec.permission}", request)
        created: Json = response if kind == "page" else response[spec.envelope]
        return created

    def replace(self, kind: ResourceType, body: Json) -> None:
        """PUT /v1/{blueprints,actions,webhooks}/{identifier}: replace one."""
        spec = _SPECS[kind]
        path = build_path("v1", spec.folder, body["identifier"])
        action = f"change {kind} '{body['identifier']}'"
        request = ApiRequest("PUT", path, action, json=writable_fields(kind, body))
        self._send(f"update:{spec.permission}", request)

    def ocean(self, *, acting: bool) -> list[str]:
        """GET /v1/integration: list the ids of the GitHub Ocean integrations.

        Args:
            acting: whether to list only those that process actions.
        """
        request = ApiRequest(
            "GET",
            "/v1/integration",
            "list the integrations",
            params={"actionsProcessingEnabled": "true"} if acting else {},
            envelope="integrations",
            check=is_list,
        )
        found = self._send("read:integrations", request)["integrations"]
        return [one.id for one in Integration.read_all(found) if one.is_ocean]

    def has_entities(self, blueprint: str) -> bool:
        """GET /v1/blueprints/{identifier}/entities-count: check whether there are any."""
        path = build_path("v1", "blueprints", blueprint, "entities-count")
        request = ApiRequest("GET", path, f"count the entities of blueprint '{blueprint}'")
        body = find(lambda: self._send("read:entities", request))
        return bool(body and body.get("count"))

    def _send(self, permission: str, request: ApiRequest) -> Json:
        try:
            body: Json = self._port.send(request).body
        except ApiRejected as error:
            if error.status == HTTPStatus.FORBIDDEN:
                error.cause = "the credentials may not do this"
                error.remedy = f"use credentials with the permission {permission}: an admin's, in "
                error.remedy += "Port under Credentials"
            raise
        return body


def writable_fields(kind: ResourceType, body: Json) -> Json:
    """Return what a request may set of a resource as Port shows it."""
    return {name: body[name] for name in _SPECS[kind].fields if body.get(name) is not None}

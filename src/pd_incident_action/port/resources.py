"""Port's blueprints, actions, automations, webhooks and pages: finding, adding and replacing them.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import AliasPath, Field, model_validator

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.api_model import ApiModel, Flag, Members, Text, nested
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

# The types of invocations that start a workflow: by GitHub Ocean, and by Port's retired app.
OCEAN, APP = "INTEGRATION_ACTION", "GITHUB"
ResourceType = Literal["blueprint", "action", "automation", "webhook", "page"]

# The members of responses that hold one, and the singular of what permissions call them.
_ENVELOPES: Mapping[ResourceType, str] = {"automation": "action", "webhook": "integration"}
_OF_ACTIONS = (
    "trigger",
    "invocationMethod",
    "requiredApproval",
    "approvalNotification",
    "publish",
    "allowAnyoneToViewRuns",
)
# What a request may set besides what all have.
_FIELDS: Mapping[ResourceType, tuple[str, ...]] = {
    "blueprint": (
        "schema",
        "mirrorProperties",
        "calculationProperties",
        "aggregationProperties",
        "relations",
        "changelogDestination",
        "ownership",
    ),
    "action": _OF_ACTIONS,
    "automation": _OF_ACTIONS,
    "webhook": ("enabled", "integrationType", "security", "mappings"),
    "page": ("type", "widgets"),
}


class InvocationMethod(ApiModel):
    """What an action starts; of GitHub's workflows which one, whatever backend starts it."""

    type: Text = ""
    installation: Text = Field(default="", alias="installationId")
    org: Text = ""
    repo: Text = ""
    workflow: Text = ""
    workflow_inputs: Members[Any] = Field(default_factory=dict, alias="workflowInputs")

    @model_validator(mode="before")
    @classmethod
    def _flatten(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        inner = value.get("integrationActionExecutionProperties")
        return {**value, **inner} if isinstance(inner, dict) else value


class SelfServiceAction(ApiModel):
    """An action that people start in Port."""

    identifier: Text = ""
    invocation: InvocationMethod = nested("invocationMethod")


class Integration(ApiModel):
    """An integration that is installed in a Port account."""

    app_type: Text = Field(default="", alias="installationAppType")
    older_type: Text = Field(default="", alias="integrationType")
    installation: Text = Field(default="", alias="installationId")
    identifier: Text = ""


class PortWebhook(ApiModel):
    """A webhook of Port, and the secret by which it checks who sends it events."""

    identifier: Text = ""
    description: Text = ""
    url: Text = ""
    enabled: Flag = False
    key: Text = Field(default="", alias="webhookKey")
    secret: Text = Field(default="", repr=False, validation_alias=AliasPath("security", "secret"))


class PortResources:
    """What a Port account is set up with. All methods raise `ApiError`."""

    def __init__(self, port: PortClient) -> None:
        self._port = port

    def find(self, kind: ResourceType, identifier: str) -> Json | None:
        """GET /v1/{blueprints,actions,webhooks,pages}/{identifier}: read one, if it exists."""
        envelope = _envelope(kind)
        request = ApiRequest(
            "GET",
            build_path("v1", _folder(kind), identifier),
            f"show {kind} '{identifier}'",
            envelope=envelope,
            check=has_this_id(identifier, "identifier"),
        )
        body = find(lambda: self._send(f"read:{envelope}s", request))
        return body[envelope] if body else None

    def create(self, kind: ResourceType, body: Json) -> Json:
        """POST /v1/{blueprints,actions,webhooks,pages}: add one, and return it as Port shows it.

        Of a page Port shows the identifier only.
        """
        envelope = _envelope(kind)
        request = ApiRequest(
            "POST",
            build_path("v1", _folder(kind)),
            f"add {kind} '{body['identifier']}'",
            json=writable_fields(kind, body),
            envelope="" if kind == "page" else envelope,
            check=is_object,
        )
        response = self._send(f"create:{envelope}s", request)
        created: Json = response if kind == "page" else response[envelope]
        return created

    def replace(self, kind: ResourceType, body: Json) -> None:
        """PUT /v1/{blueprints,actions,webhooks}/{identifier}: replace one."""
        path = build_path("v1", _folder(kind), body["identifier"])
        action = f"change {kind} '{body['identifier']}'"
        request = ApiRequest("PUT", path, action, json=writable_fields(kind, body))
        self._send(f"update:{_envelope(kind)}s", request)

    def self_service_actions(self) -> list[SelfServiceAction]:
        """GET /v1/actions?trigger_type=self-service: list the actions that people start in Port."""
        params = {"trigger_type": "self-service"}
        found = self._list("actions", "list the self-service actions", "actions", params)
        return SelfServiceAction.read_all(found)

    def ocean(self, *, acting: bool) -> list[str]:
        """GET /v1/integration: list the ids of the GitHub Ocean integrations.

        Args:
            acting: whether to list only those that process actions.
        """
        params = {"actionsProcessingEnabled": "true"} if acting else {}
        found = self._list("integration", "list the integrations", "integrations", params)
        return [
            one.installation or one.identifier
            for one in Integration.read_all(found)
            if "github-ocean" in {one.app_type, one.older_type}
        ]

    def has_entities(self, blueprint: str) -> bool:
        """GET /v1/blueprints/{identifier}/entities-count: check whether there are any."""
        path = build_path("v1", "blueprints", blueprint, "entities-count")
        request = ApiRequest("GET", path, f"count the entities of blueprint '{blueprint}'")
        body = find(lambda: self._send("read:entities", request))
        return bool(body and body.get("count"))

    def _list(self, folder: str, action: str, envelope: str, params: Mapping[str, str]) -> object:
        path = build_path("v1", folder)
        request = ApiRequest("GET", path, action, params=params, envelope=envelope, check=is_list)
        return self._send(f"read:{envelope}", request)[envelope]

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
    names = ("identifier", "title", "icon", "description", *_FIELDS[kind])
    return {name: body[name] for name in names if body.get(name) is not None}


def _envelope(kind: ResourceType) -> str:
    return _ENVELOPES.get(kind, kind)


def _folder(kind: ResourceType) -> str:
    return "webhooks" if kind == "webhook" else f"{_envelope(kind)}s"

"""Port's blueprints, actions, automations and webhooks: finding, adding and replacing them.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.messages import ApiRequest, build_path

if TYPE_CHECKING:
    from .client import Port

ResourceType = Literal["blueprint", "action", "automation", "webhook"]
Json = dict[str, Any]

_FORBIDDEN = 403
_NOT_FOUND = 404


@dataclass(frozen=True)
class _Place:
    """Where things of a kind are in Port's API.

    Attributes:
        folder: the path's last part.
        member: the member of answers that holds one.
        permission: what Port's permissions call them.
        members: what a request may say of one.
    """

    folder: str
    member: str
    permission: str
    members: tuple[str, ...]


_ACTIONS = _Place(
    "actions",
    "action",
    "actions",
    (
        "identifier",
        "title",
        "icon",
        "description",
        "trigger",
        "invocationMethod",
        "requiredApproval",
        "approvalNotification",
        "publish",
        "allowAnyoneToViewRuns",
    ),
)
_PLACES: Mapping[str, _Place] = {
    "blueprint": _Place(
        "blueprints",
        "blueprint",
        "blueprints",
        (
            "identifier",
            "title",
            "icon",
            "description",
            "schema",
            "mirrorProperties",
            "calculationProperties",
            "aggregationProperties",
            "relations",
            "changelogDestination",
            "ownership",
        ),
    ),
    "action": _ACTIONS,
    "automation": _ACTIONS,
    "webhook": _Place(
        "webhooks",
        "integration",
        "integrations",
        (
            "identifier",
            "title",
            "icon",
            "description",
            "enabled",
            "integrationType",
            "security",
            "mappings",
        ),
    ),
}


class PortSetup:
    """What a Port account is set up with.

    Args:
        port: Port's API.
    """

    def __init__(self, port: Port) -> None:
        self._port = port

    def find(self, kind: ResourceType, identifier: str) -> Json | None:
        """GET /v1/{blueprints,actions,webhooks}/{identifier}: read one.

        Args:
            kind: what it is.
            identifier: its identifier.

        Returns:
            It as Port shows it, or None if there is none.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        place = _PLACES[kind]
        path = build_path("v1", place.folder, identifier)
        call = ApiRequest("GET", path, f"show {kind} '{identifier}'", envelope=place.member)
        try:
            found: Json = self._send(kind, "read", call)[place.member]
        except ApiRejected as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return found

    def create(self, kind: ResourceType, body: Json) -> Json:
        """POST /v1/{blueprints,actions,webhooks}: add one.

        Args:
            kind: what it is.
            body: all of it, with its identifier, by which a repetition is recognised.

        Returns:
            It as Port shows it.

        Raises:
            Refused: with status 409, it is there already.
            ApiError: Port refused or wasn't reached.
        """
        place = _PLACES[kind]
        call = ApiRequest(
            "POST",
            build_path("v1", place.folder),
            f"add {kind} '{body['identifier']}'",
            json=writable_fields(kind, body),
            envelope=place.member,
        )
        created: Json = self._send(kind, "create", call)[place.member]
        return created

    def replace(self, kind: ResourceType, body: Json) -> None:
        """PUT /v1/{blueprints,actions,webhooks}/{identifier}: replace one.

        Args:
            kind: what it is.
            body: all of it.

        Raises:
            ApiError: Port refused or wasn't reached.
        """
        path = build_path("v1", _PLACES[kind].folder, body["identifier"])
        action = f"change {kind} '{body['identifier']}'"
        self._send(
            kind, "update", ApiRequest("PUT", path, action, json=writable_fields(kind, body))
        )

    def _send(self, kind: ResourceType, right: str, call: ApiRequest) -> Any:  # noqa: ANN401 - JSON
        try:
            return self._port.send(call).body
        except ApiRejected as error:
            if error.status != _FORBIDDEN:
                raise
            raise _forbidden(error, f"{right}:{_PLACES[kind].permission}") from error


def writable_fields(kind: ResourceType, body: Json) -> Json:
    """Leave out what Port adds to things itself, and takes from nobody.

    Args:
        kind: what it is.
        body: it as Port shows it.

    Returns:
        What a request may say of it.
    """
    return {name: body[name] for name in _PLACES[kind].members if body.get(name) is not None}


def _forbidden(error: ApiRejected, permission: str) -> ApiRejected:
    return ApiRejected(
        error.what,
        "the credentials may not do this",
        f"use credentials with the permission {permission}: an admin's, in Port under Credentials",
        service=error.service,
        status=error.status,
        code=error.code,
        headers=error.headers,
        body=error.body,
    )

"""Blueprints, actions, automations and webhooks: each at its place, refusals explained."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.resources import PortResources, ResourceType, writable_fields
from port_account import API


@pytest.fixture
def setup(port: PortClient) -> PortResources:
    """Open Port's API."""
    return PortResources(port)


@pytest.mark.parametrize(
    ("kind", "folder", "member"),
    [
        ("blueprint", "blueprints", "blueprint"),
        ("action", "actions", "action"),
        ("automation", "actions", "action"),
        ("webhook", "webhooks", "integration"),
    ],
)
def test_each_kind_has_its_place(
    api: RequestsMock, setup: PortResources, kind: ResourceType, folder: str, member: str
) -> None:
    body = {"identifier": "a/b", "title": "A", "createdAt": "2026-01-01T00:00:00Z", "id": "x"}
    api.add("GET", f"{API}/{folder}/a%2Fb", json={"ok": True, member: body})
    api.add("POST", f"{API}/{folder}", status=201, json={"ok": True, member: body})
    api.add("PUT", f"{API}/{folder}/a%2Fb", json={"ok": True, member: body})
    assert setup.find(kind, "a/b") == body
    assert setup.create(kind, body) == body
    setup.replace(kind, body)
    for call in api.calls[2:]:
        assert json.loads(call.request.body or "") == {"identifier": "a/b", "title": "A"}


def test_what_is_not_there_is_none(api: RequestsMock, setup: PortResources) -> None:
    api.add("GET", f"{API}/actions/a", status=404, json={"ok": False, "error": "not_found"})
    assert setup.find("action", "a") is None


@pytest.mark.parametrize(
    ("kind", "method", "permission"),
    [
        ("blueprint", "POST", "create:blueprints"),
        ("automation", "PUT", "update:actions"),
        ("webhook", "GET", "read:integrations"),
    ],
)
def test_a_missing_permission_is_named(
    api: RequestsMock, setup: PortResources, kind: ResourceType, method: str, permission: str
) -> None:
    folder = {"blueprint": "blueprints", "automation": "actions", "webhook": "webhooks"}[kind]
    path = f"{API}/{folder}" + ("" if method == "POST" else "/a")
    api.add(method, path, status=403, json={"ok": False, "error": "forbidden", "message": "No"})
    does: dict[str, Callable[[], object]] = {
        "GET": lambda: setup.find(kind, "a"),
        "POST": lambda: setup.create(kind, {"identifier": "a"}),
        "PUT": lambda: setup.replace(kind, {"identifier": "a"}),
    }
    with pytest.raises(ApiRejected) as caught:
        does[method]()
    assert f"use credentials with the permission {permission}" in str(caught.value)
    assert (caught.value.status, caught.value.service) == (403, "Port")


def test_an_action_that_starts_nothing_is_listed(api: RequestsMock, setup: PortResources) -> None:
    actions = [{"identifier": "a", "invocationMethod": {"repo": "r"}}, {"invocationMethod": []}]
    api.add("GET", f"{API}/actions", json={"actions": actions})
    assert [one.invocation.repo for one in setup.self_service_actions()] == ["r", ""]


def test_only_what_can_be_sent_is() -> None:
    shown = {"identifier": "a", "publish": True, "updatedBy": "x", "title": None}
    assert writable_fields("action", shown) == {"identifier": "a", "publish": True}

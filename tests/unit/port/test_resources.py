"""Blueprints, actions, automations and webhooks: each at its place, refusals explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.resources import PortResources, ResourceType, writable_fields
from pd_incident_action.setup.installer import Installer, Step
from port_account import API

BLUEPRINT: dict[str, Any] = {
    "identifier": "b",
    "title": "B",
    "schema": {"properties": {"a": {"type": "string", "title": "A"}}, "required": []},
    "relations": {},
}


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


def test_only_what_can_be_sent_is() -> None:
    shown = {"identifier": "a", "publish": True, "updatedBy": "x", "title": None}
    assert writable_fields("action", shown) == {"identifier": "a", "publish": True}


def test_what_is_new_is_added(api: RequestsMock, setup: PortResources) -> None:
    api.add("GET", f"{API}/blueprints/b", status=404, json={})
    api.add("POST", f"{API}/blueprints", status=201, json={"blueprint": BLUEPRINT})
    installer = Installer(setup)
    assert installer.install("blueprint", BLUEPRINT) == Step("blueprint", "b", "added")
    assert installer.bodies == {"b": BLUEPRINT}


def test_what_is_as_it_should_be_is_not_written(api: RequestsMock, setup: PortResources) -> None:
    there = {**BLUEPRINT, "title": "Theirs", "createdAt": "x", "mirrorProperties": {}}
    api.add("GET", f"{API}/blueprints/b", json={"blueprint": there})
    step = Installer(setup).install("blueprint", BLUEPRINT)
    assert step == Step("blueprint", "b", "unchanged")


def test_what_lacks_something_gets_it(api: RequestsMock, setup: PortResources) -> None:
    there = {**BLUEPRINT, "title": "Theirs", "schema": {"properties": {}, "required": []}}
    api.add("GET", f"{API}/blueprints/b", json={"blueprint": there})
    api.add("PUT", f"{API}/blueprints/b", json={"blueprint": {}})
    step = Installer(setup).install("blueprint", BLUEPRINT)
    sent = json.loads(api.calls[-1].request.body or "")
    assert sent == {**BLUEPRINT, "title": "Theirs"}
    line = 'blueprint b: + schema: {"properties": {"a": {"type": "string", "title": "A"}}}'
    assert step.line(dry_run=False) == f"changed {line}"
    assert step.line(dry_run=True) == f"would change {line}"


def test_who_comes_second_completes_what_the_first_made(
    api: RequestsMock, setup: PortResources
) -> None:
    api.add("GET", f"{API}/blueprints/b", status=404, json={})
    api.add("POST", f"{API}/blueprints", status=409, json={"ok": False, "error": "taken"})
    api.add("GET", f"{API}/blueprints/b", json={"blueprint": BLUEPRINT})
    step = Installer(setup).install("blueprint", BLUEPRINT)
    assert step.state == "unchanged"


def test_another_refusal_is_one(api: RequestsMock, setup: PortResources) -> None:
    api.add("GET", f"{API}/blueprints/b", status=404, json={})
    api.add("POST", f"{API}/blueprints", status=422, json={"message": "schema is wrong"})
    with pytest.raises(ApiRejected, match=r"Port did not add blueprint 'b'.*schema is wrong"):
        Installer(setup).install("blueprint", BLUEPRINT)

"""What a Port account is set up with: refusals name the permission that is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.resources import PortResources
from port_account import API


def test_a_missing_permission_is_named(api: RequestsMock, port: PortClient) -> None:
    resources = PortResources(port)
    cases: list[tuple[str, str, Callable[[], object], str]] = [
        ("GET", "webhooks/a", lambda: resources.find("webhook", "a"), "read:integrations"),
        ("POST", "pages", lambda: resources.create("page", {"identifier": "a"}), "create:pages"),
        (
            "PUT",
            "actions/a",
            lambda: resources.replace("automation", {"identifier": "a"}),
            "update:actions",
        ),
        ("GET", "actions", resources.self_service_actions, "read:actions"),
    ]
    for method, path, ask, permission in cases:
        refusal = {"ok": False, "error": "forbidden", "message": "No"}
        api.add(method, f"{API}/{path}", status=403, json=refusal)
        with pytest.raises(ApiRejected) as caught:
            ask()
        assert f"use credentials with the permission {permission}: an" in str(caught.value)


def test_actions_that_start_no_workflow_are_listed(api: RequestsMock, port: PortClient) -> None:
    actions = [{"identifier": "a", "invocationMethod": {"repo": "r"}}, {"invocationMethod": []}]
    api.add("GET", f"{API}/actions", json={"actions": actions})
    found = PortResources(port).self_service_actions()
    assert [one.invocation.repo for one in found] == ["r", ""]

"""Credentials that are refused are tried in the other region, where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from responses import RequestsMock

from doctor_fixtures import (
    APP,
    PORT,
    PORT_CREDENTIALS,
    PORT_US,
    REST,
    REST_EU,
    SIGN_IN,
    TOKEN,
    context_of,
)
from pd_incident_action.doctor.finding import error, ok, warning
from pd_incident_action.doctor.pagerduty import CredentialStatus, check_credentials
from pd_incident_action.doctor.port import check_port
from pd_incident_action.errors import ApiUnavailable, ApiUnreachable

ADA = {"id": "PUSER1", "name": "Ada Lovelace", "email": "ada@example.com"}
REFUSED = {"error": {"message": "Authentication failed", "code": 2006}}


def pagerduty(**settings: Any) -> CredentialStatus:  # noqa: ANN401 - fields of Settings
    context = context_of(**settings)
    return check_credentials(context.pagerduty, context.trial)


def test_a_token_of_the_other_region_is_told(api: RequestsMock) -> None:
    for status in [200, 400]:
        api.reset()
        api.add("GET", f"{REST}/users/me", status=401, body="Unauthorized")
        api.add("GET", f"{REST_EU}/users/me", status=status, json={"user": ADA})
        expected = error(
            "pagerduty-token", "works in region eu, not in us", "set pagerduty-region: eu"
        )
        assert pagerduty(**TOKEN) == CredentialStatus(expected)


def test_a_token_that_no_region_knows_is_told(api: RequestsMock) -> None:
    for host in (REST, REST_EU):
        api.add("GET", f"{host}/users/me", status=401, json=REFUSED)
    finding = pagerduty(**TOKEN).finding
    assert finding.mark == "✗"
    assert finding.finding.startswith(
        "PagerDuty failed to recognise pagerduty-token: it answered 401"
    )
    assert ", in both regions (the API key is wrong, revoked, or belongs to " in finding.finding


def test_another_region_that_is_out_of_reach_is_tried_once(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", status=401, json=REFUSED)
    there = api.add("GET", f"{REST_EU}/users/me", body=ConnectionError("no route"))
    assert not pagerduty(**TOKEN).usable
    assert there.call_count == 1


def test_with_a_url_of_ones_own_there_is_no_other_region(api: RequestsMock) -> None:
    api.add("GET", "https://proxy.example.com/users/me", status=401, json=REFUSED)
    finding = pagerduty(**TOKEN, pagerduty_api_url="https://proxy.example.com").finding
    assert (finding.mark, "in both regions" in finding.finding) == ("✗", False)
    api.add("POST", "https://port.example.com/v1/auth/access_token", status=401, json={})
    (finding,) = port(port_api_url="https://port.example.com")
    assert (finding.mark, "in both regions" in finding.finding) == ("✗", False)


def test_an_api_out_of_reach_says_nothing_about_the_credentials(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", body=ConnectionError("no route"))
    with pytest.raises(ApiUnreachable):
        pagerduty(**TOKEN)
    api.add("POST", f"{PORT}/auth/access_token", status=503)
    with pytest.raises(ApiUnavailable):
        port()


def answer_app(api: RequestsMock, scope: str) -> None:
    """Grant a token only to those who ask for this scope, and refuse doctor's own scopes."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401 - responses' request
        asked = request.body.decode().replace("%2F", "/")
        if scope in asked and "oncalls" not in asked:
            return 200, {}, '{"access_token": "app-token"}'
        return 400, {}, '{"error": "invalid_scope"}'

    api.add_callback("POST", SIGN_IN, answer)


def test_an_app_with_fewer_scopes_is_good_enough_for_paging(api: RequestsMock) -> None:
    answer_app(api, "as_account-us.acme")
    api.add("GET", f"{REST}/users", json={"users": []})
    finding = warning(
        "PagerDuty app",
        "signs in with incidents.read, incidents.write, users.read, but not with all of doctor's "
        "scopes",
        "to check more, add the scopes that docs/permissions.md lists for doctor",
    )
    assert pagerduty(**APP) == CredentialStatus(finding)


def test_an_app_of_the_other_region_is_told(api: RequestsMock) -> None:
    answer_app(api, "as_account-eu.acme")
    api.add("GET", f"{REST_EU}/users", json={"users": []})
    expected = error("PagerDuty app", "works in region eu, not in us", "set pagerduty-region: eu")
    assert pagerduty(**APP) == CredentialStatus(expected)


def test_an_app_that_nobody_knows_is_told(api: RequestsMock) -> None:
    answer_app(api, "as_account-mars.acme")
    finding = pagerduty(**APP).finding
    assert finding.mark == "✗"
    assert "PagerDuty failed to issue an access token" in finding.finding
    assert "check pagerduty-subdomain" in finding.remedy


def port(**settings: Any) -> list[Any]:  # noqa: ANN401 - fields of Settings
    context = context_of(**{**TOKEN, **PORT_CREDENTIALS, **settings})
    return check_port(context.port, context.trial, "octo/shop", Path())


def test_ports_credentials_of_the_other_region_are_told(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", status=401, json={"ok": False})
    api.add("POST", f"{PORT_US}/auth/access_token", json={"accessToken": "port-token"})
    expected = error("Port credentials", "work in region us, not in eu", "set port-region: us")
    assert port() == [expected]


def test_ports_credentials_that_no_region_knows_are_told(api: RequestsMock) -> None:
    for host in (PORT, PORT_US):
        api.add("POST", f"{host}/auth/access_token", status=401, json={"ok": False})
    (finding,) = port()
    assert finding.line.startswith(
        "✗ Port credentials: Port failed to issue an access token: it answered 401, in both "
        "regions (Port does not know these credentials) – check port-client-id"
    )


def test_with_incident_io_alone_only_its_blueprint_counts(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    api.add("GET", f"{PORT}/actions", json={"actions": []})
    names = ("status", "url", "severity", "visibility", "createdBy", "createdAt")
    blueprint = {"schema": {"properties": {name: {"type": "string"} for name in names}}}
    api.add("GET", f"{PORT}/blueprints/incidentIOIncident", json={"blueprint": blueprint})
    context = context_of(incident_io_token="key", **PORT_CREDENTIALS)
    assert check_port(context.port, context.trial, "octo/shop", Path())[1] == ok(
        "blueprint incidentIOIncident", "has every property the action writes"
    )

"""Apps get a token for PagerDuty, and do with it what its scopes allow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
ACCOUNT = "as_account-us.acme"
INCIDENT = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}


def ask_token(sim: Simulator, **changes: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "pd-oauth-client",
        "client_secret": "pd-oauth-secret",
        "scope": f"{ACCOUNT} incidents.write users.read",
    }
    return requests.post(f"{sim.identity.url}/oauth/token", data=form | changes, timeout=5)


def bearer(sim: Simulator, *scopes: str) -> str:
    answer = ask_token(sim, scope=" ".join((ACCOUNT, *scopes)))
    return f"Bearer {answer.json()['access_token']}"


def test_a_token_is_granted(sim: Simulator) -> None:
    answer = ask_token(sim)
    assert answer.status_code == 200
    token = answer.json()
    assert token["token_type"] == "bearer"
    assert token["scope"] == f"{ACCOUNT} incidents.write users.read"
    assert token["expires_in"] > 0
    assert token["access_token"] != ask_token(sim).json()["access_token"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "incidents.write"}, 400, "invalid_scope"),
        ({"scope": "as_account-us.other incidents.write"}, 400, "invalid_scope"),
        ({"scope": f"{ACCOUNT} incidents.delete"}, 400, "invalid_scope"),
        ({"scope": ACCOUNT}, 400, "invalid_scope"),
    ],
)
def test_a_token_is_refused(
    sim: Simulator, changes: dict[str, str], status: int, error: str
) -> None:
    answer = ask_token(sim, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_the_body_must_be_a_form(sim: Simulator) -> None:
    answer = requests.post(f"{sim.identity.url}/oauth/token", json={}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_token_opens_what_its_scopes_say(sim: Simulator, pagerduty: Ask) -> None:
    token = bearer(sim, "incidents.write")
    made = pagerduty("POST", "/incidents", INCIDENT, Authorization=token)
    assert made.status_code == 201
    for path in ("/incidents", "/services", "/v3/schedules/PSCHED3"):
        refused = pagerduty("GET", path, Authorization=token)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, 2010)


@pytest.mark.parametrize(
    ("asked", "body", "scope"),
    [
        ("GET /incidents", None, "incidents.read"),
        ("GET /incidents/types", None, "incident_types.read"),
        ("GET /log_entries", None, "incidents.read"),
        ("GET /v3/schedules/PSCHED3", None, "schedules.read"),
        ("GET /maintenance_windows", None, "services.read"),
        ("GET /oncalls", None, "oncalls.read"),
        ("POST /analytics/metrics/incidents/all", {}, "analytics.read"),
        (
            "POST /services/PSVC001/integrations",
            {"integration": {"type": "events_api_v2_inbound_integration"}},
            "services.write",
        ),
    ],
)
def test_each_endpoint_needs_one_scope(
    sim: Simulator, pagerduty: Ask, asked: str, body: object, scope: str
) -> None:
    method, path = asked.split()
    assert pagerduty(method, path, body, Authorization=bearer(sim, scope)).ok
    other = bearer(sim, "abilities.read")
    assert pagerduty(method, path, body, Authorization=other).status_code == 403


def test_starting_a_workflow_needs_a_scope_of_its_own(
    sim: Simulator, pagerduty: Ask, incident: str
) -> None:
    about = {"id": incident.rsplit("/", 1)[-1], "type": "incident_reference"}
    body = {"incident_workflow_instance": {"incident": about}}
    path = "/incident_workflows/PWFLOW1/instances"
    wrong = bearer(sim, "incident_workflows.write")
    assert pagerduty("POST", path, body, Authorization=wrong).status_code == 403
    right = bearer(sim, "incident_workflows:instances.write")
    assert pagerduty("POST", path, body, Authorization=right).status_code == 201


def test_an_app_must_say_for_whom(sim: Simulator, pagerduty: Ask) -> None:
    token = bearer(sim, "incidents.write")
    refused = pagerduty("POST", "/incidents", INCIDENT, Authorization=token, From=None)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 2016)


def test_an_unknown_or_expired_token_opens_nothing(sim: Simulator, pagerduty: Ask) -> None:
    token = bearer(sim, "users.read")
    assert pagerduty("GET", "/users", Authorization=token).ok
    sim.pagerduty.state.oauth_tokens.clear()
    for wrong in (token, "Bearer pd-account-token", "Bearer "):
        answer = pagerduty("GET", "/users", Authorization=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 2006)

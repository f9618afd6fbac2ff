"""App tokens of PagerDuty's identity service, and the scopes that requests need."""

from __future__ import annotations

from collections.abc import Callable

import requests

from pd_incident_simulator import Simulator

Ask = Callable[..., requests.Response]
ACCOUNT = "as_account-us.acme"
NEW = {"incident": {"type": "incident", "title": "Down", "service": {"id": "PSVC001"}}}


def request_token(sim: Simulator, **changes: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "pd-oauth-client",
        "client_secret": "pd-oauth-secret",
        "scope": f"{ACCOUNT} incidents.write users.read",
    }
    return requests.post(f"{sim.identity.url}/oauth/token", data=form | changes, timeout=5)


def bearer(sim: Simulator, scope: str) -> str:
    response = request_token(sim, scope=f"{ACCOUNT} {scope}")
    return f"Bearer {response.json()['access_token']}"


def test_an_invalid_request_gets_no_token(sim: Simulator) -> None:
    for changes, status, error in [
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": f"{ACCOUNT} incidents.delete"}, 400, "invalid_scope"),
    ]:
        response = request_token(sim, **changes)
        assert (response.status_code, response.json()["error"]) == (status, error)
        assert sim.pagerduty.state.oauth_tokens == {}


def test_an_endpoint_needs_one_scope(sim: Simulator, pagerduty: Ask) -> None:
    for method, path, scope in [
        ("POST", "/incidents", "incidents.write"),
        ("GET", "/incidents/types/incident_default/custom_fields", "custom_fields.read"),
        ("GET", "/v3/schedules/PSCHED3", "schedules.read"),
        ("GET", "/users/PUSER1/notification_rules", "users:contact_methods.read"),
        (
            "POST",
            "/incident_workflows/PWFLOW1/instances",
            "incident_workflows:instances.write",
        ),
    ]:
        body = NEW if method == "POST" else None
        other = pagerduty(method, path, body, Authorization=bearer(sim, "oncalls.write"))
        assert (other.status_code, other.json()["error"]["code"]) == (403, 2010)
        assert pagerduty(method, path, body, Authorization=bearer(sim, scope)).status_code != 403

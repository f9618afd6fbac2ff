"""PagerDuty's credentials that are refused are tried with fewer scopes and in the other region."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock

from doctor_fixtures import context_of
from pd_incident_action.doctor.finding import Finding, error, warning
from pd_incident_action.doctor.pagerduty import check_rest_api
from pd_incident_action.errors import ApiUnreachable

REST, REST_EU = "https://api.pagerduty.com", "https://api.eu.pagerduty.com"
SIGN_IN = "https://identity.pagerduty.com/oauth/token"
TOKEN = {"pagerduty_token": "pd-rest-key"}
APP = {
    "pagerduty_client_id": "the-app",
    "pagerduty_client_secret": "app-secret",
    "pagerduty_subdomain": "acme",
}
ADA = {"id": "PUSER1", "name": "Ada Lovelace", "email": "ada@example.com"}
PROXY = "https://proxy.example.com"
SET_EU = "set pagerduty-region: eu"


def check(**settings: Any) -> Finding:  # noqa: ANN401 - fields of Settings
    (finding,) = check_rest_api(context_of(**settings), ())
    return finding


def test_a_token_of_the_other_region_is_told(api: RequestsMock) -> None:
    for status in [200, 400]:
        api.reset()
        api.add("GET", f"{REST}/users/me", status=401, body="Unauthorized")
        api.add("GET", f"{REST_EU}/users/me", status=status, json={"user": ADA})
        assert check(**TOKEN) == error("pagerduty-token", "works in region eu, not in us", SET_EU)


def test_a_token_that_no_region_knows_is_told(api: RequestsMock) -> None:
    failed = 'PagerDuty failed to recognise pagerduty-token: it answered 401 "No"'
    because = " (the API key is wrong, revoked, or belongs to the other service region)"
    for host in (REST, REST_EU, PROXY):
        api.add("GET", f"{host}/users/me", status=401, body="No")
    remedy = "check pagerduty-token, and pagerduty-region (us or eu)"
    finding = error("pagerduty-token", f"{failed}, in both regions{because}", remedy)
    assert check(**TOKEN) == finding
    finding = error("pagerduty-token", f"{failed}{because}", remedy)
    # With a URL of one's own there is no other region.
    assert check(**TOKEN, pagerduty_api_url=PROXY) == finding
    there = api.replace("GET", f"{REST_EU}/users/me", body=ConnectionError("no route"))
    assert check(**TOKEN) == finding
    assert there.call_count == 1


def test_an_api_out_of_reach_says_nothing_about_the_credentials(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", body=ConnectionError("no route"))
    with pytest.raises(ApiUnreachable):
        check(**TOKEN)


def answer_app(api: RequestsMock, scope: str) -> None:
    """Grant a token only to those who ask for this scope, and refuse doctor's own scopes."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401 - responses' request
        asked = request.body.decode().replace("%2F", "/")
        if scope in asked and "oncalls" not in asked:
            return 200, {}, '{"access_token": "app-token"}'
        return 400, {}, '{"error": "invalid_scope"}'

    api.add_callback("POST", SIGN_IN, answer)


def test_an_app_is_tried_with_the_scopes_for_paging(api: RequestsMock) -> None:
    what = "PagerDuty app"
    enough = warning(
        what,
        "signs in with incidents.read, incidents.write, users.read, but not with all of doctor's "
        "scopes",
        "to check more, add the scopes that docs/permissions.md lists for doctor",
    )
    elsewhere = error(what, "works in region eu, not in us", SET_EU)
    for region, host, expected in (("us", REST, enough), ("eu", REST_EU, elsewhere)):
        api.reset()
        answer_app(api, f"as_account-{region}.acme")
        api.add("GET", f"{host}/users", json={"users": []})
        assert check(**APP) == expected
    api.reset()
    answer_app(api, "as_account-mars.acme")
    finding = check(**APP)
    assert finding.finding.startswith("PagerDuty failed to issue an access token")
    assert "check pagerduty-subdomain" in finding.remedy

"""Credentials are tried, in both regions, and told apart."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock, matchers

from checkups import APP, REST, REST_EU, SIGN_IN, TOKEN, tools_of
from pd_incident_action.doctor.credentials import check_credentials_present
from pd_incident_action.doctor.finding import Finding, doubtful, fine, wrong
from pd_incident_action.doctor.pagerduty import CredentialStatus, check_pagerduty, check_requester
from pd_incident_action.errors import ApiUnreachable
from run_settings import settings_of

ADA = {"id": "PUSER1", "name": "Ada Lovelace", "email": "ada@example.com"}
REFUSED = {"error": {"message": "Authentication failed", "code": 2006}}
LET_IN = CredentialStatus(fine("pagerduty-token", "works"), usable=True)


@pytest.mark.parametrize(
    ("settings", "findings"),
    [
        (
            {},
            [
                wrong(
                    "credentials",
                    "none is set, so there is nothing to check and nobody can be paged",
                    "set pagerduty-token or routing-key for PagerDuty or incident-io-token for "
                    "incident.io, and port-client-id with port-client-secret for Port",
                )
            ],
        ),
        (
            {"port_client_id": "a", "port_client_secret": "b"},
            [
                doubtful(
                    "credentials",
                    "there are only Port's, so nobody can be paged",
                    "set pagerduty-token, routing-key or incident-io-token as well",
                )
            ],
        ),
        (
            {"pagerduty_token": "t", "port_client_id": "a"},
            [
                wrong(
                    "Port credentials",
                    "port-client-secret is missing, so nothing is reported to Port",
                    "set port-client-secret as well",
                )
            ],
        ),
        ({"pagerduty_token": "t"}, []),
        ({"routing_key": "r"}, []),
        ({"incident_io_token": "i", "port_client_id": "a", "port_client_secret": "b"}, []),
    ],
)
def test_missing_credentials_are_told(settings: dict[str, str], findings: list[Finding]) -> None:
    assert check_credentials_present(settings_of(**settings)) == findings


def test_a_users_own_token_is_told_by_its_user(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", json={"user": ADA})
    words = "belongs to user Ada Lovelace <ada@example.com>, region us"
    expected = CredentialStatus(fine("pagerduty-token", words), usable=True, is_users_own=True)
    assert check_pagerduty(tools_of(**TOKEN)) == expected


@pytest.mark.parametrize("status", [400, 403])
def test_an_accounts_key_is_nobodys(api: RequestsMock, status: int) -> None:
    api.add("GET", f"{REST_EU}/users/me", status=status, json={"error": {"code": 2001}})
    words = "belongs to the account (a general access key), region eu"
    expected = CredentialStatus(fine("pagerduty-token", words), usable=True)
    assert check_pagerduty(tools_of(**TOKEN, pagerduty_region="eu")) == expected


@pytest.mark.parametrize("status", [200, 400])
def test_a_token_of_the_other_region_is_told(api: RequestsMock, status: int) -> None:
    api.add("GET", f"{REST}/users/me", status=401, body="Unauthorized")
    api.add("GET", f"{REST_EU}/users/me", status=status, json={"user": ADA})
    expected = wrong("pagerduty-token", "works in region eu, not in us", "set pagerduty-region: eu")
    assert check_pagerduty(tools_of(**TOKEN)) == CredentialStatus(expected)


def test_a_token_that_no_region_knows_is_told(api: RequestsMock) -> None:
    for host in (REST, REST_EU):
        api.add("GET", f"{host}/users/me", status=401, json=REFUSED)
    finding = check_pagerduty(tools_of(**TOKEN)).finding
    assert finding.line == (
        "✗ pagerduty-token: PagerDuty did not recognise pagerduty-token: it answered 401, code "
        '2006 "Authentication failed", in both regions (the API key is wrong, revoked, or belongs '
        "to the other service region) – check pagerduty-token, and pagerduty-region (us or eu)"
    )


def test_another_region_that_is_out_of_reach_is_tried_once(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", status=401, json=REFUSED)
    there = api.add("GET", f"{REST_EU}/users/me", body=ConnectionError("no route"))
    assert not check_pagerduty(tools_of(**TOKEN)).usable
    assert there.call_count == 1


def test_with_a_url_of_ones_own_there_is_no_other_region(api: RequestsMock) -> None:
    api.add("GET", "https://proxy.example.com/users/me", status=401, json=REFUSED)
    tools = tools_of(**TOKEN, pagerduty_api_url="https://proxy.example.com")
    finding = check_pagerduty(tools).finding
    assert finding.mark == "✗"
    assert "in both regions" not in finding.finding


def test_pagerduty_out_of_reach_says_nothing_about_the_token(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users/me", body=ConnectionError("no route"))
    with pytest.raises(ApiUnreachable):
        check_pagerduty(tools_of(**TOKEN))


def test_an_app_signs_in_with_what_a_check_up_needs(api: RequestsMock) -> None:
    signed_in = api.add("POST", SIGN_IN, json={"access_token": "app-token"})
    api.add("GET", f"{REST}/users", json={"users": [ADA]})
    expected = CredentialStatus(fine("PagerDuty app", "signs in, region us"), usable=True)
    assert check_pagerduty(tools_of(**APP)) == expected
    assert b"oncalls.read" in (signed_in.calls[0].request.body or b"")


def answer_app(api: RequestsMock, scope: str) -> None:
    """Grant a token only to those who ask for this scope; refuse all others."""

    def answer(request: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401 - responses' request
        asked = request.body.decode().replace("%2F", "/")
        if scope in asked and "oncalls" not in asked:
            return 200, {}, '{"access_token": "app-token"}'
        return 400, {}, '{"error": "invalid_scope"}'

    api.add_callback("POST", SIGN_IN, answer)


def test_an_app_with_fewer_scopes_is_good_enough_for_paging(api: RequestsMock) -> None:
    answer_app(api, "as_account-us.acme")
    api.add("GET", f"{REST}/users", json={"users": []})
    words = (
        "signs in with incidents.read, incidents.write, users.read, but not with a check-up's "
        "scopes"
    )
    remedy = "to check more, add the scopes that docs/permissions.md lists for doctor"
    assert check_pagerduty(tools_of(**APP)) == CredentialStatus(
        doubtful("PagerDuty app", words, remedy)
    )


def test_an_app_of_the_other_region_is_told(api: RequestsMock) -> None:
    answer_app(api, "as_account-eu.acme")
    api.add("GET", f"{REST_EU}/users", json={"users": []})
    expected = wrong("PagerDuty app", "works in region eu, not in us", "set pagerduty-region: eu")
    assert check_pagerduty(tools_of(**APP)) == CredentialStatus(expected)


def test_an_app_that_nobody_knows_is_told(api: RequestsMock) -> None:
    answer_app(api, "as_account-mars.acme")
    finding = check_pagerduty(tools_of(**APP)).finding
    assert finding.mark == "✗"
    assert "PagerDuty did not sign in" in finding.finding
    assert "check pagerduty-subdomain" in finding.remedy


def test_a_users_own_token_speaks_for_itself() -> None:
    own = CredentialStatus(LET_IN.finding, usable=True, is_users_own=True)
    expected = [fine("from", "isn't needed with a user's own token")]
    assert check_requester(tools_of(**TOKEN), own) == expected


def test_an_accounts_key_needs_somebody_to_act_for() -> None:
    (finding,) = check_requester(tools_of(**TOKEN), LET_IN)
    assert finding.line.startswith("! from: isn't set, and PagerDuty requires it")


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ([ADA], fine("from", "ada@example.com is a user of this account")),
        (
            [{**ADA, "email": "ada@example.com.au"}],
            wrong(
                "from",
                "PagerDuty has no user with the address ada@example.com",
                "use the e-mail address of a user of this account",
            ),
        ),
    ],
)
def test_the_requester_has_to_be_a_user(
    api: RequestsMock, users: list[dict[str, str]], expected: Finding
) -> None:
    asked = matchers.query_param_matcher({"query": "ada@example.com"}, strict_match=False)
    api.add("GET", f"{REST}/users", json={"users": users}, match=[asked])
    assert check_requester(tools_of(**TOKEN, from_="ada@example.com"), LET_IN) == [expected]

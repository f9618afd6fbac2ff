"""Port's API: signing in, the token, its regions, and what refusals mean."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from responses import RequestsMock, matchers

from doctor_fixtures import context_of
from pd_incident_action.errors import ApiRejected
from pd_incident_action.port.client import PortClient, explain
from port_account import API, Account

SIGN_IN = f"{API}/auth/access_token"
PORT_US = "https://api.us.port.io/v1"
PORT_CREDENTIALS = {"port_client_id": "the-id", "port_client_secret": "the-secret"}
BLUEPRINT = f"{API}/blueprints/b%2Fc"
NO = {"ok": False, "error": "unauthorized", "message": "No"}


def let_sign_in(api: RequestsMock, *, number: int = 1) -> None:
    matcher = matchers.json_params_matcher({"clientId": "the-id", "clientSecret": "the-secret"})
    api.add("POST", SIGN_IN, json={"ok": True, "accessToken": f"t-{number}"}, match=[matcher])


def let_show(api: RequestsMock, identifier: str = "b/c") -> None:
    api.add("GET", BLUEPRINT, json={"ok": True, "blueprint": {"identifier": identifier}})


def test_a_token_is_got_first_and_renewed_once_it_is_refused(
    api: RequestsMock, account: Account
) -> None:
    let_sign_in(api)
    let_sign_in(api, number=2)
    let_show(api)
    api.add("GET", BLUEPRINT, status=401)
    let_show(api, "new")
    api.add("GET", BLUEPRINT, status=401)
    found = [account.port.blueprint("b/c").identifier for _ in range(2)]
    assert found == ["b/c", "new"]
    sent = [
        ("token" in str(call.request.url), call.request.headers.get("Authorization"))
        for call in api.calls
    ]
    assert sent == [
        (True, None),
        (False, "Bearer t-1"),
        (False, "Bearer t-1"),
        (True, None),
        (False, "Bearer t-2"),
    ]
    assert account.tokens == ["t-1", "t-2"]
    # A renewed token that is refused isn't renewed again.
    with pytest.raises(ApiRejected):
        account.port.blueprint("b/c")
    assert len(api.calls) == 8


def test_a_fresh_token_that_is_refused_is_not_renewed(api: RequestsMock, account: Account) -> None:
    let_sign_in(api)
    api.add("GET", BLUEPRINT, status=401)
    with pytest.raises(ApiRejected):
        account.port.blueprint("b/c")
    assert len(api.calls) == 2


def test_threads_that_need_a_new_token_sign_in_once(api: RequestsMock, account: Account) -> None:
    together, valid = threading.Barrier(4), {"Bearer t-0"}

    def sign_in(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        valid.add(token := f"Bearer t-{len(account.tokens)}")
        return 200, {}, json.dumps({"accessToken": token.removeprefix("Bearer ")})

    def show(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers.get("Authorization") in valid:
            return 200, {}, json.dumps({"blueprint": {}})
        # All of them have sent the token that has expired, and get to know it at the same time.
        together.wait(5)
        return 401, {}, "{}"

    api.add_callback("POST", SIGN_IN, sign_in)
    api.add_callback("GET", BLUEPRINT, show)
    account.port.blueprint("b/c")
    valid.clear()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(account.port.blueprint, ["b/c"] * 4))
    assert account.tokens == ["t-0", "t-1"]


def test_the_region_that_credentials_belong_to_is_named(api: RequestsMock) -> None:
    for region, here, there, other in [("eu", API, PORT_US, "us"), ("us", PORT_US, API, "eu")]:
        api.reset()
        api.add("POST", f"{here}/auth/access_token", status=401, json=NO)
        api.add("POST", f"{there}/auth/access_token", json={"accessToken": "t"})
        with pytest.raises(ApiRejected) as caught:
            context_of(**PORT_CREDENTIALS, port_region=region).port.sign_in()
        text = str(caught.value)
        assert f"these credentials work in region {other}, not in {region}" in text
        assert text.endswith(f"set port-region: {other}.")


def test_credentials_that_work_nowhere_are_wrong(api: RequestsMock) -> None:
    cases: list[tuple[dict[str, Any], int, list[str], str]] = [
        (
            {},
            401,
            [SIGN_IN, f"{PORT_US}/auth/access_token"],
            "in either region; check port-client-id and port-client-secret.$",
        ),
        ({}, 403, [SIGN_IN], "may not do this"),
        ({"port_api_url": "https://api.port.io"}, 401, [SIGN_IN], "credentials; .* port-region"),
    ]
    for settings, status, tried, cause in cases:
        api.reset()
        for url in tried:
            api.add("POST", url, status=status, json=NO)
        with pytest.raises(ApiRejected, match=cause):
            context_of(**PORT_CREDENTIALS, **settings).port.sign_in()
        assert [call.request.url for call in api.calls] == tried


def test_a_refusal_has_a_remedy_ports_words_and_its_trace_id() -> None:
    for status, hint in [
        (401, "port-client-secret"),
        (403, "write access"),
        (404, "port-run-id"),
        (409, "already ended"),
        (413, "too large"),
        (422, "in progress"),
        (429, "too many requests"),
        (500, "status.port.io"),
    ]:
        for body in (None, "<html>", {}, {"message": None}):
            problem = explain(status, {}, body)
            assert hint in f"{problem.cause}; {problem.remedy}"
            assert (problem.message, problem.code) == ("", None)
    problem = explain(422, {"x-trace-id": "abc"}, {"error": "invalid", "message": "No"})
    assert (problem.message, problem.code) == ("No (trace id abc)", "invalid")
    assert explain(422, {}, {"error": "No", "message": "No"}).message == ""


def test_what_is_read_may_be_odd(api: RequestsMock, port: PortClient) -> None:
    odd = {"identifier": 5, "schema": [], "relations": {"s": 1, "t": {"target": None, "many": 1}}}
    api.add("GET", BLUEPRINT, json={"blueprint": odd})
    blueprint = port.blueprint("b/c")
    assert (blueprint.identifier, blueprint.properties) == ("5", {})
    assert not blueprint.relations["t"].many
    api.add("GET", f"{API}/actions/runs/r_1", json={"run": {"status": None}})
    assert port.action_run("r_1").status == ""

"""Port's API: signing in, runs of both kinds, blueprints and entities."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.models import Entity
from pd_incident_action.port.auth import BearerAuth
from pd_incident_action.port.client import Port, explain
from pd_incident_action.port.runs import ActionRun, Ending, NodeRun, run_of

API = "https://api.port.io"
SIGN_IN = f"{API}/v1/auth/access_token"
ENTITY = Entity("pagerdutyIncident", "Q1", "Down", {"status": "triggered"}, {"s": ["P"]})


@dataclass
class Account:
    """Port, and the tokens that it was heard to give."""

    port: Port
    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def account(connect: Callable[..., ApiClient]) -> Account:
    """Open Port's API."""
    auth, tokens = BearerAuth(), list[str]()
    client = connect(
        service="Port", base_url=API, authenticate=auth, explain=explain, max_attempts=1
    )
    return Account(Port(client, auth, "the-id", "the-secret", tokens.append), tokens)


def signs_in(api: RequestsMock, given: str = "t-1") -> None:
    matcher = matchers.json_params_matcher({"clientId": "the-id", "clientSecret": "the-secret"})
    api.add("POST", SIGN_IN, json={"ok": True, "accessToken": given}, match=[matcher])


def sent(api: RequestsMock) -> list[tuple[str, str, Any]]:
    """List method, path and body of what came after signing in."""
    return [
        (str(r.method), str(r.path_url), json.loads(r.body) if r.body else None)
        for r in (call.request for call in api.calls)
        if r.path_url != "/v1/auth/access_token"
    ]


def test_signing_in_comes_first_and_only_once(api: RequestsMock, account: Account) -> None:
    signs_in(api)
    url = f"{API}/v1/blueprints/b%2Fc"
    api.add("GET", url, json={"ok": True, "blueprint": {"identifier": "b/c"}})
    assert account.port.blueprint("b/c") == {"identifier": "b/c"}
    assert account.port.blueprint("b/c") == {"identifier": "b/c"}
    paths = [call.request.url for call in api.calls]
    assert paths == [SIGN_IN, url, url]
    assert "Authorization" not in api.calls[0].request.headers
    assert api.calls[2].request.headers["Authorization"] == "Bearer t-1"
    assert account.tokens == ["t-1"]


@pytest.mark.parametrize(("status", "hint"), [(401, "port-client-id"), (403, "may not do this")])
def test_wrong_credentials_are_said(
    api: RequestsMock, account: Account, status: int, hint: str
) -> None:
    api.add("POST", SIGN_IN, status=status, json={"ok": False, "error": "x", "message": "No"})
    with pytest.raises(ApiRejected, match=hint):
        account.port.blueprint("b")
    assert (len(api.calls), account.tokens) == (1, [])


def test_a_token_that_has_expired_is_renewed_once(api: RequestsMock, account: Account) -> None:
    signs_in(api, "t-1")
    signs_in(api, "t-2")
    url = f"{API}/v1/blueprints/b"
    api.add("GET", url, json={"blueprint": {}})
    api.add("GET", url, status=401)
    api.add("GET", url, json={"blueprint": {"a": 1}})
    account.port.blueprint("b")
    assert account.port.blueprint("b") == {"a": 1}
    assert api.calls[-1].request.headers["Authorization"] == "Bearer t-2"
    assert account.tokens == ["t-1", "t-2"]


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
    api.add_callback("GET", f"{API}/v1/blueprints/b", show)
    account.port.blueprint("b")
    valid.clear()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(account.port.blueprint, "bbbb")) == [{}] * 4
    assert account.tokens == ["t-0", "t-1"]


def test_a_fresh_token_that_is_refused_is_not_renewed(api: RequestsMock, account: Account) -> None:
    signs_in(api)
    api.add("GET", f"{API}/v1/blueprints/b", status=401)
    with pytest.raises(ApiRejected):
        account.port.blueprint("b")
    assert len(api.calls) == 2


def test_a_renewed_token_that_is_refused_is_not_renewed_again(
    api: RequestsMock, account: Account
) -> None:
    signs_in(api)
    url = f"{API}/v1/blueprints/b"
    api.add("GET", url, json={"blueprint": {}})
    api.add("GET", url, status=401)
    account.port.blueprint("b")
    with pytest.raises(ApiRejected):
        account.port.blueprint("b")
    assert [call.request.url for call in api.calls] == [SIGN_IN, url, url, SIGN_IN, url]


def test_other_refusals_do_not_renew_the_token(api: RequestsMock, account: Account) -> None:
    signs_in(api)
    url = f"{API}/v1/blueprints/b"
    api.add("GET", url, json={"blueprint": {}})
    api.add("GET", url, status=404, json={"ok": False, "error": "not_found", "message": "Gone"})
    account.port.blueprint("b")
    with pytest.raises(ApiRejected, match=r"answered 404, code not_found \"Gone\""):
        account.port.blueprint("b")
    assert len(api.calls) == 3


@pytest.mark.parametrize(
    ("run_id", "query"),
    [
        ("r_1", "?upsert=true&merge=true&run_id=r_1"),
        ("wfnr_1", "?upsert=true&merge=true"),
        (None, "?upsert=true&merge=true"),
        ("", "?upsert=true&merge=true"),
    ],
)
def test_an_entity_is_merged_and_tied_to_the_action_run(
    api: RequestsMock, account: Account, run_id: str | None, query: str
) -> None:
    signs_in(api)
    api.add("POST", f"{API}/v1/blueprints/pagerdutyIncident/entities", status=201, json={})
    account.port.upsert(ENTITY, run_id)
    path = f"/v1/blueprints/pagerdutyIncident/entities{query}"
    assert sent(api) == [("POST", path, ENTITY.as_json())]


def test_a_refused_entity_is_named(api: RequestsMock, account: Account) -> None:
    signs_in(api)
    url = f"{API}/v1/blueprints/pagerdutyIncident/entities"
    body = {"ok": False, "error": "invalid_request", "message": "unknown property"}
    api.add("POST", url, status=422, json=body, headers={"x-trace-id": "abc"})
    with pytest.raises(ApiRejected) as caught:
        account.port.upsert(ENTITY, None)
    text = str(caught.value)
    assert "Port did not write entity 'Q1': it answered 422, code invalid_request" in text
    assert '"unknown property (trace id abc)"' in text


@pytest.mark.parametrize(
    ("run_id", "kind"), [("r_AbC", ActionRun), ("wfnr_AbC", NodeRun), ("run-1", ActionRun)]
)
def test_the_id_tells_the_kind_of_run(account: Account, run_id: str, kind: type[object]) -> None:
    assert isinstance(run_of(account.port, run_id), kind)


@pytest.mark.parametrize(
    ("ending", "status"),
    [("SUCCESS", "SUCCESS"), ("FAILURE", "FAILURE"), ("CANCELLED", "FAILURE")],
)
def test_an_action_run_is_told_everything(
    api: RequestsMock, account: Account, ending: Ending, status: str
) -> None:
    signs_in(api)
    url = f"{API}/v1/actions/runs/r_1"
    api.add("POST", f"{url}/logs", json={})
    api.add("PATCH", url, json={})
    run = run_of(account.port, "r_1")
    run.log("a\nb")
    run.describe(["https://a.example"], "All *well*")
    run.end(ending, "Triggered")
    path = "/v1/actions/runs/r_1"
    assert sent(api) == [
        ("POST", f"{path}/logs", {"message": "a\nb"}),
        ("PATCH", path, {"link": ["https://a.example"], "summary": "All *well*"}),
        ("PATCH", path, {"status": status, "statusLabel": "Triggered"}),
    ]


@pytest.mark.parametrize(
    ("ending", "result"),
    [("SUCCESS", "SUCCESS"), ("FAILURE", "FAILED"), ("CANCELLED", "CANCELLED")],
)
def test_a_node_run_of_a_workflow_is_told_everything(
    api: RequestsMock, account: Account, ending: Ending, result: str
) -> None:
    signs_in(api)
    url = f"{API}/v1/workflows/nodes/runs/wfnr_1"
    api.add("POST", f"{url}/logs", json={})
    api.add("PATCH", url, json={})
    run = run_of(account.port, "wfnr_1")
    run.log("a")
    run.describe(["https://a.example"], "Fine")
    run.end(ending, "Done")
    path = "/v1/workflows/nodes/runs/wfnr_1"
    assert sent(api) == [
        ("POST", f"{path}/logs", {"logs": [{"level": "INFO", "message": "a"}]}),
        ("PATCH", path, {"links": ["https://a.example"], "output": {"summary": "Fine"}}),
        ("PATCH", path, {"status": "COMPLETED", "result": result, "statusLabel": "Done"}),
    ]


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "port-client-secret"),
        (403, "write access"),
        (404, "port-run-id"),
        (409, "already ended"),
        (413, "too large"),
        (422, "in progress"),
        (429, "too many requests"),
        (500, "status.port.io"),
        (503, "status.port.io"),
    ],
)
@pytest.mark.parametrize("body", [None, "<html>", {}, {"message": None}])
def test_each_status_has_a_remedy(status: int, hint: str, body: object) -> None:
    problem = explain(status, {}, body)
    assert hint in f"{problem.cause}; {problem.remedy}"
    assert (problem.message, problem.code) == ("", None)


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "No"), ({"x-trace-id": "abc"}, "No (trace id abc)")],
)
def test_ports_words_and_trace_id_are_kept(headers: dict[str, str], message: str) -> None:
    problem = explain(422, headers, {"ok": False, "error": "invalid", "message": "No"})
    assert (problem.message, problem.code) == (message, "invalid")


def test_an_outage_while_signing_in_can_heal(api: RequestsMock, account: Account) -> None:
    api.add("POST", SIGN_IN, status=503)
    signs_in(api)
    api.add("GET", f"{API}/v1/blueprints/b", json={"blueprint": {}})
    with pytest.raises(ApiUnavailable):
        account.port.send(ApiRequest("GET", "/v1/blueprints/b", "x"))
    assert account.port.blueprint("b") == {}


def test_without_a_token_no_header_is_given() -> None:
    assert BearerAuth()() == {}

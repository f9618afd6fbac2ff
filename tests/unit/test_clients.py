"""Each API has a connection of its own, opened only where there are credentials for it."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.clients import ClientFactory, build_context
from pd_incident_action.config.model import Config
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.create import Create
from pd_incident_action.pagerduty.errors import explain
from pd_incident_action.port.reporter import FinalReport
from pd_incident_action.redaction import Redactor
from run_settings import settings_of

IDENTITY = RunIdentity(repository="octo/shop", run_id="1", job="page", step="a")
REQUEST = Create.Inputs(title="Down", service=("PSVC123",))
CREDENTIALS: dict[str, Any] = {
    "pagerduty_token": "pd-token",
    "routing_key": "routing-key",
    "from_": "ada@example.com",
    "port_client_id": "the-id",
    "port_client_secret": "the-secret",
}


def tools_of(
    request: Create.Inputs = REQUEST,
    identity: RunIdentity = IDENTITY,
    ca_bundle: str = "",
    **settings: Any,  # noqa: ANN401 - fields of Settings
) -> OperationContext:
    checked = settings_of(**settings)
    clients = ClientFactory(settings=checked, deadline=Deadline(60), ca_bundle=ca_bundle)
    return build_context(Create, request, clients, identity, Config())


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(1, 1.0), (6, 1.0), (12, 2.0), (90, 15.0), (3600, 15.0)]
)
def test_some_attempts_fit_into_the_whole_time(timeout: float, seconds: float) -> None:
    settings = settings_of(timeout=timeout)
    clients = ClientFactory(settings=settings, deadline=Deadline(timeout))
    assert clients.client("x", "https://x.example", dict, explain).attempt_seconds == seconds


def test_only_what_there_are_credentials_for_is_opened() -> None:
    none, all_of_them = tools_of(), tools_of(**CREDENTIALS)
    assert none.clients == ()
    assert all_of_them.pagerduty is not None
    assert all_of_them.events is not None


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://api.pagerduty.com/incidents/Q1"),
        ({"pagerduty_region": "eu"}, "https://api.eu.pagerduty.com/incidents/Q1"),
        (
            {"pagerduty_api_url": "https://proxy.example.com"},
            "https://proxy.example.com/incidents/Q1",
        ),
    ],
)
def test_the_rest_api_is_asked_where_it_is_and_with_its_key(
    api: RequestsMock, settings: dict[str, Any], url: str
) -> None:
    api.add("GET", url, json={"incident": {"id": "Q1"}})
    tools_of(**CREDENTIALS, **settings).incidents.get("Q1")
    assert api.calls[0].request.headers["Authorization"] == "Token token=pd-token"


def test_events_go_where_the_region_says_without_the_rest_key(api: RequestsMock) -> None:
    api.add("POST", "https://events.eu.pagerduty.com/v2/enqueue", status=202, json={})
    tools_of(**CREDENTIALS, pagerduty_region="eu").events.enqueue({"event_action": "trigger"})
    sent = api.calls[0].request
    assert b'"routing-key"' in (sent.body or b"")
    assert "pd-token" not in f"{sent.headers} {sent.body!r}"


@pytest.mark.parametrize(("bundle", "verify"), [("", True), ("/etc/ca.pem", "/etc/ca.pem")])
def test_a_companys_certificates_count(
    api: RequestsMock, monkeypatch: pytest.MonkeyPatch, bundle: str, verify: object
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    api.add("GET", "https://api.pagerduty.com/incidents/Q1", json={"incident": {}})
    tools_of(ca_bundle=bundle, **CREDENTIALS).incidents.get("Q1")
    assert api.calls[0].request.req_kwargs["verify"] == verify  # type: ignore[attr-defined]


def test_the_same_wish_has_the_same_key_whatever_the_credentials() -> None:
    key = tools_of().key
    assert tools_of(**CREDENTIALS).key == key
    assert tools_of(request=Create.Inputs(title="Down", service=("PSVC456",))).key != key
    assert tools_of(port_run_id="r_1").key != key
    other = RunIdentity(repository="octo/shop", run_id="2", job="page", step="a")
    assert tools_of(identity=other).key != key
    assert tools_of(identity=other, port_run_id="r_1").key == tools_of(port_run_id="r_1").key


@pytest.mark.parametrize("missing", ["port_client_id", "port_client_secret"])
def test_without_both_credentials_nothing_is_told_to_port(missing: str) -> None:
    settings = settings_of(**{k: v for k, v in CREDENTIALS.items() if k != missing})
    assert ClientFactory(settings=settings, deadline=Deadline(60)).port_reporter("b") is None


def test_port_is_told_on_behalf_of_the_run_and_its_token_is_hidden(api: RequestsMock) -> None:
    host = "https://api.us.port.io/v1"
    api.add("POST", f"{host}/auth/access_token", json={"accessToken": "port-token"})
    api.add("POST", f"{host}/workflows/nodes/runs/wfnr_1/logs", json={})
    api.add("PATCH", f"{host}/workflows/nodes/runs/wfnr_1", json={})
    settings = settings_of(**CREDENTIALS | {"port_region": "us", "port_run_id": "wfnr_1"})
    tokens, redactor = list[str](), Redactor(["s3cret-word"])
    clients = ClientFactory(
        settings=settings, deadline=Deadline(60), mask=tokens.append, redactor=redactor
    )
    port = clients.port_reporter("b")
    assert port is not None
    port.finish(FinalReport(("s3cret-word failed",), summary="failed"))
    assert b'"*** failed"' in (api.calls[1].request.body or b"")
    assert (tokens, port.problems) == (["port-token"], ())

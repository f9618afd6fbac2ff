"""Each API has its own client, opened only where there are credentials for it."""

from __future__ import annotations

from typing import Any

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
INPUTS = Create.Inputs(title="Down", service=("PSVC123",))
CREDENTIALS: dict[str, Any] = {
    "pagerduty_token": "pd-token",
    "routing_key": "routing-key",
    "from_": "ada@example.com",
    "port_client_id": "the-id",
    "port_client_secret": "the-secret",
}


def context_of(
    inputs: Create.Inputs = INPUTS,
    identity: RunIdentity = IDENTITY,
    ca_bundle: str = "",
    **settings: Any,  # noqa: ANN401 - fields of Settings
) -> OperationContext:
    checked = settings_of(**settings)
    clients = ClientFactory(settings=checked, deadline=Deadline(60), ca_bundle=ca_bundle)
    return build_context(Create, inputs, clients, identity, Config())


def test_some_attempts_fit_into_the_whole_time() -> None:
    for timeout, seconds in [(1, 1.0), (6, 1.0), (12, 2.0), (90, 15.0), (3600, 15.0)]:
        settings = settings_of(timeout=timeout)
        clients = ClientFactory(settings=settings, deadline=Deadline(timeout))
        assert clients.client("x", "https://x.example", dict, explain).attempt_seconds == seconds


def test_the_key_depends_on_run_and_inputs_and_not_on_credentials() -> None:
    key = context_of().key
    assert context_of(**CREDENTIALS).key == key
    assert context_of(inputs=Create.Inputs(title="Down", service=("PSVC456",))).key != key
    assert context_of(port_run_id="r_1").key != key
    # A new version may have more inputs; nobody asked for their defaults.
    defaults = Create.Inputs(title="Down", service=("PSVC123",), urgency="high", enrich=False)
    assert context_of(inputs=defaults).key == key
    other = RunIdentity(repository="octo/shop", run_id="2", job="page", step="a")
    assert context_of(identity=other).key != key
    assert context_of(identity=other, port_run_id="r_1").key == context_of(port_run_id="r_1").key


def test_the_reporter_belongs_to_the_run_and_masks_its_token(api: RequestsMock) -> None:
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
    port.finish(FinalReport(("s3cret-word failed",), summary="failed"), Deadline(60))
    sent = api.calls[1].request.body or b""
    assert b"failed" in sent
    assert b"s3cret-word" not in sent
    assert (tokens, port.problems) == (["port-token"], ())

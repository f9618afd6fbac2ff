"""Setting up: what is asked for is checked first, and what was done is told."""

from __future__ import annotations

import json
import re
from email.utils import formatdate
from typing import Any

import pytest
from responses import CallbackResponse, RequestsMock

from pd_incident_action import operations
from pd_incident_action.clients import Callbacks, build_context
from pd_incident_action.config.model import Config
from pd_incident_action.errors import ApiRejected, InputError, NotApplicable
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.network import Network
from pd_incident_action.http.request_log import RequestLog
from pd_incident_action.identity import RunIdentity
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.setup import Setup
from pd_incident_action.setup import resources
from pd_incident_action.setup.request import SetupInputs, chosen_slugs, scope_of

Json = dict[str, Any]
PORT = "https://api.port.io/v1"
CREDENTIALS = {"port_client_id": "the-id", "port_client_secret": "the-secret"}
TOKEN: Json = {"pagerduty_token": "pd-rest-key"}


def tools_of(
    said: list[str] | None = None,
    repository: str = "octo/shop",
    **settings: Any,  # noqa: ANN401 - fields of Settings
) -> OperationContext:
    return build_context(
        operations.load("setup"),
        SetupInputs(),
        Settings.model_validate({**CREDENTIALS, **settings}),
        RunIdentity(repository=repository),
        Network(Deadline(5), 5, RequestLog()),
        Config(),
        Callbacks((said if said is not None else []).append, lambda: None, lambda _secret: None),
    )


@pytest.fixture
def port(api: RequestsMock) -> dict[str, Json]:
    """Stand in for Port: gives what was put there, by path."""
    there: dict[str, Json] = {}
    members = {"blueprints": "blueprint", "actions": "action", "webhooks": "integration"}

    def answer(request: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401 - requests' own
        folder, _, identifier = request.path_url.removeprefix("/v1/").partition("/")
        body = json.loads(request.body) if request.body else {}
        path = f"{folder}/{identifier or body.get('identifier')}"
        if request.method == "GET" and path not in there:
            return 404, {}, json.dumps({"ok": False, "error": "not_found"})
        there[path] = {**there.get(path, {}), **body}
        return 200, {}, json.dumps({"ok": True, members[folder]: there[path]})

    api.assert_all_requests_are_fired = False
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "t"})
    for method in ("GET", "POST", "PUT"):
        url = re.compile(rf"{PORT}/(blueprints|actions|webhooks)")
        api.add(CallbackResponse(method, url, answer))
    return there


def test_everything_is_installed_blueprints_first(port: dict[str, Json]) -> None:
    said: list[str] = []
    outcome = Setup(SetupInputs(actions=("create",), webhook_actions=True), tools_of(said)).run()
    assert [line.split()[1] for line in said] == ["blueprint"] * 4 + ["action"] * 2 + ["automation"]
    assert outcome.message == "Port is set up for incidents: 7 added."
    assert (outcome.created, outcome.write_entity) == (True, False)
    assert outcome.outputs["added"].endswith(
        "pagerduty_create,pagerduty_create_webhook,pagerduty_create_sync"
    )
    assert outcome.outputs["changed"] == ""
    assert port["actions/pagerduty_create"]["invocationMethod"]["org"] == "octo"
    (table,) = outcome.tables
    assert table.rows[0] == ("blueprint", "incidentIOIncident", "added", "")
    (warning,) = outcome.warnings
    assert warning.startswith("The actions without a workflow use secrets of Port's: add PAGERDUTY")


def test_a_second_time_finds_everything_as_it_should_be(port: dict[str, Json]) -> None:
    Setup(SetupInputs(actions=("create",)), tools_of()).run()
    port["blueprints/pagerdutyService"]["schema"]["properties"].pop("url")
    outcome = Setup(SetupInputs(actions=("create",)), tools_of()).run()
    assert outcome.message == "Port is set up for incidents: 1 changed, 4 unchanged."
    assert outcome.created is False
    assert outcome.outputs == {"added": "", "changed": "pagerdutyService"}


@pytest.mark.usefixtures("port")
def test_a_clock_that_is_wrong_is_a_warning(api: RequestsMock) -> None:
    api.replace(
        "POST",
        f"{PORT}/auth/access_token",
        json={"accessToken": "t"},
        headers={"Date": formatdate(0, usegmt=True)},
    )
    outcome = Setup(SetupInputs(actions=("none",)), tools_of()).run()
    (warning,) = outcome.warnings
    assert "ahead of Port's" in warning


def test_without_a_repository_there_are_no_actions(api: RequestsMock) -> None:
    with pytest.raises(NotApplicable, match="GITHUB_REPOSITORY does not say"):
        Setup(SetupInputs(), tools_of(repository="")).run()
    assert len(api.calls) == 0


@pytest.mark.usefixtures("port")
def test_without_actions_no_repository_is_needed() -> None:
    outcome = Setup(SetupInputs(actions=("none",)), tools_of(repository="")).run()
    assert outcome.message == "Port is set up for incidents: 4 added."


def test_what_port_refuses_ends_it(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "t"})
    api.add("GET", f"{PORT}/blueprints/incidentIOIncident", status=403, json={"message": "No"})
    with pytest.raises(ApiRejected, match="the permission read:blueprints"):
        Setup(SetupInputs(actions=("none",)), tools_of()).run()


@pytest.mark.parametrize(
    ("actions", "chosen"),
    [
        (None, resources.slugs()),
        ("all", resources.slugs()),
        ("none", []),
        ("escalate, create", ["create", "escalate"]),
    ],
)
def test_actions_are_chosen(actions: str | None, chosen: list[str]) -> None:
    assert chosen_slugs(SetupInputs.model_validate({"actions": actions})) == chosen


def test_an_action_that_does_not_exist_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="not 'escalat'; did you mean 'escalate'"):
        chosen_slugs(SetupInputs(actions=("create", "escalat")))
    with pytest.raises(InputError, match="for example actions: create"):
        chosen_slugs(SetupInputs(actions=("zzz",)))


@pytest.mark.parametrize(
    ("inputs", "settings", "scope"),
    [
        ({}, {}, None),
        ({"webhooks": False}, TOKEN, None),
        ({}, TOKEN, {"type": "account_reference"}),
        ({"webhooks": True}, TOKEN, {"type": "account_reference"}),
        ({"scope": "team:PT1"}, TOKEN, {"type": "team_reference", "id": "PT1"}),
        ({"scope": "service: PSVC01"}, TOKEN, {"type": "service_reference", "id": "PSVC01"}),
    ],
)
def test_what_pagerduty_tells_about(inputs: Json, settings: Json, scope: Json | None) -> None:
    assert scope_of(SetupInputs(**inputs), tools_of(**settings)) == scope


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"webhooks": True}, "'pagerduty-token' is missing, which webhooks: true needs"),
        ({"scope": "team:"}, "'scope' must be account, team: and a team's id"),
        ({"scope": "user:PU1"}, "not 'user:PU1'"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(inputs: Json, words: str) -> None:
    with pytest.raises(InputError, match=words):
        scope_of(SetupInputs(**inputs), tools_of())


@pytest.mark.parametrize(
    ("inputs", "settings", "url"),
    [
        ({}, {}, "https://ingest.port.io/key"),
        ({}, {"port_region": "us"}, "https://ingest.us.port.io/key"),
        ({"port_ingest_url": "https://in.example.com"}, {}, "https://in.example.com/key"),
    ],
)
def test_webhooks_listen_in_the_accounts_region(
    api: RequestsMock, port: dict[str, Json], inputs: Json, settings: Json, url: str
) -> None:
    api.add("POST", "https://api.us.port.io/v1/auth/access_token", json={"accessToken": "t"})
    for method in ("GET", "POST", "PUT"):
        eu = next(r for r in api.registered() if r.method == method and not isinstance(r.url, str))
        us = re.compile(str(eu.url.pattern).replace("api.port", "api.us.port"))  # type: ignore[union-attr]
        api.add(CallbackResponse(method, us, eu.callback))  # type: ignore[attr-defined]
    port["webhooks/pagerduty_incidents"] = {"webhookKey": "key", "title": "Mine"}
    subscriptions = "https://api.pagerduty.com/webhook_subscriptions"
    made = {"id": "P1", "delivery_method": {"secret": "s3cr3t-of-theirs"}}
    api.add("GET", subscriptions, json={"webhook_subscriptions": [], "more": False})
    api.add("POST", subscriptions, json={"webhook_subscription": made})
    api.add("POST", f"{subscriptions}/P1/ping", status=202)
    Setup(SetupInputs(actions=("none",), **inputs), tools_of(**TOKEN, **settings)).run()
    (sent,) = [
        c.request for c in api.calls if (c.request.url, c.request.method) == (subscriptions, "POST")
    ]
    assert json.loads(sent.body or "")["webhook_subscription"]["delivery_method"]["url"] == url
    assert port["webhooks/pagerduty_incidents"]["security"]["secret"] == "s3cr3t-of-theirs"
    assert port["webhooks/pagerduty_incidents"]["title"] == "Mine"

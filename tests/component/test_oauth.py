"""A PagerDuty app's client id and secret in place of an API key."""

from __future__ import annotations

from typing import Any

import pytest

from effects import EFFECTS
from harness import Action, Anew, from_port
from pd_incident_action import providers
from pd_incident_simulator import Fault, Simulator
from scenes import CONFIG, scene

SECRET = "pd-oauth-secret"
PAGERDUTY = providers.find("pagerduty")
OPERATIONS = [
    operation
    for operation in map(PAGERDUTY.load_operation, PAGERDUTY.operation_names())
    if operation.scopes
]


@pytest.fixture
def app() -> dict[str, Any]:
    """Give the inputs of a repository that is set up with an app."""
    return {
        "pagerduty_token": None,
        "pagerduty_client_id": "pd-oauth-client",
        "pagerduty_client_secret": SECRET,
        "pagerduty_subdomain": "acme",
    }


def test_an_app_gets_a_token_with_the_scopes_of_the_operation_and_pages(
    sim: Simulator, act: Action, app: dict[str, Any]
) -> None:
    result = act(event=from_port(sim, "PSVC001", title="Down"), **app)
    assert result.code == 0, result.log
    assert len(sim.pagerduty.state.incidents) == 1
    sign_in, for_rules = [e for e in sim.exchanges if e.api == "identity"]
    assert for_rules.body.endswith(b"users%3Acontact_methods.read")
    assert b"grant_type=client_credentials" in sign_in.body
    assert b"incidents.write" in sign_in.body
    (page,) = [e for e in sim.exchanges if e.path == "/incidents"]
    assert page.headers["authorization"].startswith("Bearer ")
    token = page.headers["authorization"].removeprefix("Bearer ")
    assert f"::add-mask::{token}" in result.log
    assert token not in result.everything
    assert SECRET not in result.everything


def test_a_refused_sign_in_says_what_to_check(
    sim: Simulator, act: Action, app: dict[str, Any]
) -> None:
    for wrong, expected in (
        ({"pagerduty_client_secret": "guess"}, "check pagerduty-client-id and"),
        ({"pagerduty_subdomain": "other"}, "check pagerduty-subdomain"),
    ):
        result = act(title="Down", service="PSVC001", **(app | wrong))
        assert result.code == 1
        (error,) = result.annotations("error")
        assert "PagerDuty failed to issue an access token" in error
        assert expected in error
        assert sim.pagerduty.state.incidents == {}


def test_half_an_app_is_refused_before_anything_is_sent(
    sim: Simulator, act: Action, app: dict[str, Any]
) -> None:
    result = act(title="Down", service="PSVC001", **(app | {"pagerduty_subdomain": None}))
    assert result.code == 1
    assert "'pagerduty-subdomain' is empty" in result.annotations("error")[0]
    assert [e for e in sim.exchanges if e.api != "port"] == []


def test_trouble_at_sign_in_heals(sim: Simulator, act: Action, app: dict[str, Any]) -> None:
    sim.faults.add(Fault(api="identity", path="/oauth/token", kind="status", status=503, count=1))
    result = act(title="Down", service="PSVC001", **app)
    assert result.code == 0, result.log
    assert len(sim.pagerduty.state.incidents) == 1


def test_the_scopes_of_an_operation_suffice_for_it(anew: Anew, app: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        with anew() as (sim, act):
            act.environment["GITHUB_API_URL"] = sim.github.url
            entity, filled_in, _ = scene(operation.slug(), sim)
            event = from_port(sim, entity, **filled_in)
            inputs = {"config": CONFIG} | EFFECTS[operation.slug()].inputs | app
            result = act(operation.name, event=event, **inputs)
            assert result.code == 0, (operation.name, result.log)
            refused = [e for e in sim.exchanges if e.api == "pagerduty" and e.status == 403]
            assert [f"{e.method} {e.path}" for e in refused] == []


def test_the_scopes_suffice_for_what_is_asked_more_rarely(
    sim: Simulator, act: Action, app: dict[str, Any], incident: str
) -> None:
    act.succeed("escalate", incident=incident, escalation_level="next", **app)
    # No event reaches it, so that it is changed itself.
    sim.pagerduty.state.incidents[incident]["incident_key"] = ""
    act.succeed("trigger", event=from_port(sim, incident, event_action="resolve"), **app)

"""What happens in PagerDuty is seen in Port: set up by us, signed by them, checked and mapped."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from harness import Action, Anew, writes
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.webhook_delivery import signature
from pd_incident_simulator.port.blueprints import integration_incident_blueprint
from scenes import open_incident, pagerduty

pytest.importorskip("jq")
WEBHOOK = "pagerduty_incidents"


def settled(sim: Simulator) -> dict[str, Any]:
    """Wait for what PagerDuty delivers; give Port's entities."""
    assert sim.pagerduty.state.outbox.settle()
    assert sim.port.state.mapping_failures == []
    return sim.port.state.entities["pagerdutyIncident"]


def subscriptions(sim: Simulator) -> list[Any]:
    return list(sim.pagerduty.state.webhook_subscriptions.values())


def test_what_happens_to_an_incident_is_seen_in_the_catalog(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    incident = open_incident(sim)
    path = f"/incidents/{incident}"
    entity = settled(sim)[incident]
    assert (entity["title"], entity["relations"]) == ("Down", {"pagerdutyService": ["PSVC001"]})
    names = ("status", "url", "urgency", "responder", "escalation_policy")
    assert {name: entity["properties"][name] for name in names} == {
        "status": "triggered",
        "url": sim.pagerduty.state.incidents[incident]["html_url"],
        "urgency": "high",
        "responder": "Ada Lovelace",
        "escalation_policy": "Platform",
    }
    policy = {"id": "PPOL002", "type": "escalation_policy_reference"}
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"status": "acknowledged"}, {"status": "acknowledged"}),
        (
            {"escalation_policy": policy},
            {"assignees": ["Grace Hopper"], "escalation_policy": "Payments on-call"},
        ),
        ({"status": "resolved"}, {"status": "resolved"}),
    ]
    for change, shown in changes:
        pagerduty(sim, "PUT", path, {"incident": {"type": "incident_reference", **change}})
        entity = settled(sim)[incident]
        assert {name: entity["properties"][name] for name in shown} == shown
    assert entity["title"] == "Down"
    types = [one.event["event_type"] for one in sim.pagerduty.state.deliveries]
    assert types[:3] == ["pagey.ping", "incident.triggered", "incident.acknowledged"]
    assert {one.outcome for one in sim.pagerduty.state.deliveries} == {"delivered"}


def test_what_happens_to_a_service_is_seen_in_the_catalog(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    policy = {"id": "PPOL001", "type": "escalation_policy_reference"}
    new = {"type": "service", "name": "Search", "escalation_policy": policy, "description": "Hits"}
    service = pagerduty(sim, "POST", "/services", {"service": new})["service"]
    settled(sim)
    services = sim.port.state.entities["pagerdutyService"]
    entity = services[service["id"]]
    assert entity["title"] == "Search"
    assert entity["properties"].pop("updated_at")
    assert entity["properties"] == {
        "status": "active",
        "url": service["html_url"],
        "description": "Hits",
        "created_at": service["created_at"],
        "escalation_policy": "Platform",
    }
    event = {"id": "E1", "event_type": "service.deleted", "data": {"id": "PSVC003"}}
    body = json.dumps({"event": event}).encode()
    webhook = sim.port.state.webhook(WEBHOOK)
    signatures = signature(["other", webhook["security"]["secret"]], body)
    headers = {"X-PagerDuty-Signature": signatures}
    assert requests.post(webhook["url"], data=body, headers=headers, timeout=5).ok
    settled(sim)
    assert "PSVC003" not in services


def test_doctor_looks_at_both_ends(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    log = act("doctor").log
    assert "✓ webhook pagerduty_incidents: is enabled in Port, and checks signatures" in log
    assert "✓ webhook subscription PWEBHOOK000001: delivers every event to Port" in log
    (whole,) = subscriptions(sim)
    fewer = [one for one in whole["events"] if one != "incident.annotated"]
    dropped = whole["delivery_method"] | {"temporarily_disabled": True}
    cases: list[tuple[dict[str, Any], dict[str, Any] | None, str]] = [
        ({"enabled": False}, {}, "✗ webhook pagerduty_incidents: is disabled in Port, so no event"),
        (
            {"security": {}},
            {},
            "✗ webhook pagerduty_incidents: has no secret, so Port takes events",
        ),
        ({}, None, "✗ webhook subscription: PagerDuty delivers nothing to Port's webhook – run op"),
        (
            {},
            {"active": False},
            "✗ webhook subscription PWEBHOOK000001: isn't active, so PagerDuty",
        ),
        (
            {},
            {"delivery_method": dropped},
            "✗ webhook subscription PWEBHOOK000001: is disabled for a day, since Port ",
        ),
        (
            {},
            {"events": fewer},
            "! webhook subscription PWEBHOOK000001: doesn't deliver incident.annotated –",
        ),
    ]
    webhook = sim.port.state.webhooks[WEBHOOK]
    for in_port, in_pagerduty, line in cases:
        changed = None if in_pagerduty is None else whole | in_pagerduty
        sim.port.state.webhooks[WEBHOOK] = webhook | in_port
        sim.pagerduty.state.webhook_subscriptions = {whole["id"]: changed} if changed else {}
        log = act("doctor").log
        assert line in log, log
    sim.faults.add(Fault("status", path="/webhook_subscriptions", status=403))
    log = act("doctor").log
    assert "! webhook pagerduty_incidents: can't be checked: PagerDuty failed to list" in log
    pings = [one.event["event_type"] for one in sim.pagerduty.state.deliveries]
    assert pings == ["pagey.ping"], "it changes nothing unless it is to ping"


def test_doctor_pings_on_demand(sim: Simulator, act: Action) -> None:
    assert "✓ webhook pagerduty_incidents: isn't in Port, which shows only" in act("doctor").log
    act("setup", actions="none")
    assert "PagerDuty sends Port a test event" in act("doctor", ping="true").log
    assert sim.pagerduty.state.outbox.settle()
    outcomes = [(one.event["event_type"], one.outcome) for one in sim.pagerduty.state.deliveries]
    assert outcomes == [("pagey.ping", "delivered")] * 2


def test_a_test_event_that_is_refused_is_only_a_warning(sim: Simulator, act: Action) -> None:
    path = "/webhook_subscriptions/*/ping"
    sim.faults.add(Fault("status", "pagerduty", "POST", path, status=403))
    result = act("setup", actions="none")
    assert (result.code, len(subscriptions(sim))) == (0, 1), result.log
    (warning,) = result.annotations("warning")
    assert warning.startswith("Whether events reach Port wasn't tried: PagerDuty failed to send")
    assert "pagerduty_incidents" in result.outputs["added"]


def test_deliveries_have_the_headers_that_users_want(sim: Simulator, act: Action) -> None:
    inputs: dict[str, Any] = {
        "actions": "none",
        "webhook_headers": "X-Env: prod\nX-Key: s3cret-value",
    }
    act.environment["RUNNER_DEBUG"] = "1"
    for dry_run in ("true", "false"):
        result = act("setup", **inputs, dry_run=dry_run)
        assert (result.code, "s3cret-value" in result.everything) == (0, False), result.log
    (subscription,) = subscriptions(sim)
    headers = [{"name": "X-Env", "value": "prod"}, {"name": "X-Key", "value": "s3cret-value"}]
    assert subscription["delivery_method"]["custom_headers"] == headers
    assert act("setup", **inputs).annotations("warning") == []
    result = act("setup", actions="none", webhook_headers="X-New: 1")
    assert "PagerDuty can't add X-New to webhook subscription" in result.annotations("warning")[0]


def test_what_people_write_and_what_becomes_of_it_arrives(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    (subscription,) = subscriptions(sim)
    assert {f"incident.{name}" for name in ("annotated", "responder.replied")} <= {
        *subscription["events"]
    }
    incident = open_incident(sim)
    common: dict[str, Any] = {"incident": incident, "port_client_id": None}
    act("note", note="Looking into it", **common)
    act("status-update", message="We are on it", **common)
    act("add-responders", responders="grace@example.com", message="Help", **common)
    settled(sim)
    activity = sim.port.state.entities["pagerdutyActivity"]
    shown = {
        tuple(entity["properties"].get(name) for name in ("kind", "person", "text", "state"))
        for entity in activity.values()
    }
    # An operation leaves a note of its own, by which a re-run finds it.
    assert shown >= {
        ("note", "Ada Lovelace", "Looking into it", None),
        ("status update", "Ada Lovelace", "We are on it", None),
        ("responder", "Grace Hopper", "Help", "pending"),
    }
    assert {one["relations"]["pagerdutyIncident"] for one in activity.values()} == {incident}
    act("escalate", escalation_level="2", **common)
    act("resolve", **common)
    act("reopen", **common)
    settled(sim)
    texts = [one["properties"]["text"] for one in activity.values()]
    assert {"Escalated to Grace Hopper", "Reopened"} <= {*texts}
    (responder,) = (name for name in activity if name.startswith(f"{incident}-"))
    assert activity[responder]["title"] == "Grace Hopper: Help"


def test_the_shape_of_ports_own_integration_works_as_well(sim: Simulator, act: Action) -> None:
    blueprint = integration_incident_blueprint()
    blueprint["schema"]["properties"]["assignees"] = {"type": "string", "title": "Assignees"}
    sim.port.state.blueprints["pagerdutyIncident"] = blueprint
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    incident = open_incident(sim)
    entity = settled(sim)[incident]
    assert entity["relations"] == {"pagerdutyService": "PSVC001"}
    assert entity["properties"]["responder"] == "Ada Lovelace"
    (warning,) = result.annotations("warning")
    assert warning.startswith("Blueprint pagerdutyIncident has assignees of another type")


def test_a_wrong_signature_and_an_unknown_key_change_nothing(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    data = {"id": "Q1", "type": "incident", "title": "Forged", "status": "triggered"}
    body = json.dumps({"event": {"event_type": "incident.triggered", "data": data}}).encode()
    url = sim.port.state.webhook(WEBHOOK)["url"]
    secret = sim.port.state.webhook(WEBHOOK)["security"]["secret"]
    guessed = {"X-PagerDuty-Signature": signature(["guessed"], body)}
    assert requests.post(url, data=body, headers=guessed, timeout=5).status_code == 401
    assert requests.post(url, data=body, timeout=5).status_code == 401
    right = {"X-PagerDuty-Signature": signature([secret], body)}
    elsewhere = f"{sim.ingest.url}/nobodyskey"
    assert requests.post(elsewhere, data=body, headers=right, timeout=5).status_code == 404
    assert settled(sim) == {}


def test_nothing_is_taken_before_signatures_can_be_checked(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", method="POST", path="/webhook_subscriptions", status=403))
    result = act("setup", actions="none")
    assert result.code == 1
    assert (
        "failed to subscribe Port to its events (unless webhooks: false): it answered 403"
        in result.annotations("error")[0]
    )
    webhook = sim.port.state.webhook(WEBHOOK)
    assert (webhook["enabled"], webhook["security"].get("secret")) == (False, None)
    assert requests.post(webhook["url"], json={"event": {}}, timeout=5).status_code == 404

    again = act("setup", actions="none")
    assert again.code == 0, again.log
    assert sim.port.state.webhook(WEBHOOK)["enabled"] is True


def test_a_new_webhook_is_disabled_until_it_can_check_signatures(
    sim: Simulator, act: Action
) -> None:
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    disabled, enabled = [one for one in writes(sim.exchanges, "port") if "webhooks" in one.path]
    assert (disabled.json["enabled"], "secret" in disabled.json["security"]) == (False, False)
    (subscription,) = subscriptions(sim)
    assert enabled.json["enabled"] is True
    assert (
        enabled.json["security"]["secret"] == sim.port.state.webhook(WEBHOOK)["security"]["secret"]
    )
    assert enabled.json["description"].endswith(f" {subscription['id']}")
    assert [one.path for one in writes(sim.exchanges, "pagerduty")] == [
        "/webhook_subscriptions",
        f"/webhook_subscriptions/{subscription['id']}/ping",
    ]


def test_a_subscription_whose_secret_is_lost_is_replaced(anew: Anew) -> None:
    cases: list[Callable[[Simulator], object]] = [
        lambda sim: sim.port.state.webhook(WEBHOOK)["security"].update(secret=None),
        lambda sim: sim.port.state.webhook(WEBHOOK).update(description="Mine"),
        lambda sim: sim.pagerduty.state.webhook_subscriptions.clear(),
    ]
    for lose in cases:
        with anew() as (sim, act):
            act("setup", actions="none")
            (old,) = subscriptions(sim)
            lose(sim)
            expected = [f"removed subscription {one['id']}" for one in subscriptions(sim)]
            result = act("setup", actions="none")
            assert result.code == 0, result.log
            (new,) = subscriptions(sim)
            assert new["id"] != old["id"]
            assert [
                line for line in result.log.splitlines() if line.startswith("removed")
            ] == expected
            assert "changed webhook pagerduty_incidents: ~ security.secret: new" in result.log
            assert open_incident(sim) in settled(sim)


def test_a_change_keeps_the_secret_that_port_shows(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    webhook = sim.port.state.webhook(WEBHOOK)
    before = json.loads(json.dumps(webhook))
    webhook["mappings"] = []
    before_this = len(sim.exchanges)
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    assert sim.port.state.webhook(WEBHOOK)["security"] == before["security"]
    assert sim.port.state.webhook(WEBHOOK)["description"] == before["description"]
    assert writes(sim.exchanges[before_this:], "pagerduty") == []
    assert before["security"]["secret"] not in result.everything


def test_stars_do_not_replace_the_secret(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    (old,) = subscriptions(sim)
    webhook = sim.port.state.webhook(WEBHOOK)
    webhook["security"]["secret"] = "*****"
    before_this = len(sim.exchanges)
    assert act("setup", actions="none").outputs["changed"] == ""
    assert writes(sim.exchanges[before_this:], "port", "pagerduty") == []
    webhook["mappings"] = []
    assert act("setup", actions="none").code == 0
    (new,) = subscriptions(sim)
    assert new["id"] != old["id"]
    assert sim.port.state.webhook(WEBHOOK)["security"]["secret"] not in {"*****", None}


def test_a_subscription_that_port_never_heard_of_ends(sim: Simulator, act: Action) -> None:
    """As a run leaves it that ended between PagerDuty's answer and Port's."""
    sim.faults.add(Fault("status", method="PUT", path="/v1/webhooks/*", status=422))
    assert act("setup", actions="none").code == 1
    (orphan,) = subscriptions(sim)
    result = act("setup", actions="none")
    assert result.code == 0, result.log
    assert [one["id"] for one in subscriptions(sim)] != [orphan["id"]]
    assert len(subscriptions(sim)) == 1
    assert open_incident(sim) in settled(sim)


def test_the_scope_is_what_is_asked_for(anew: Anew) -> None:
    for scope, expected in [
        ("account", {"type": "account_reference"}),
        ("service:Payments", {"type": "service_reference", "id": "PSVC002"}),
        ("service: PSVC002", {"type": "service_reference", "id": "PSVC002"}),
    ]:
        with anew() as (sim, act):
            assert act("setup", actions="none", scope=scope).code == 0
            (subscription,) = subscriptions(sim)
            assert subscription["filter"] == expected
            act("setup", actions="none")
            assert subscriptions(sim)[0]["filter"] == expected


def test_a_subscription_that_delivers_less_is_changed(anew: Anew) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"active": False}, "~ active: false → true"),
        ({"filter": {"type": "account_reference"}}, "~ filter.type: account_reference → service"),
        ({"events": ["incident.triggered", "incident.annotated"]}, "~ events: ["),
    ]
    for change, line in cases:
        with anew() as (sim, act):
            act("setup", actions="none", scope="service:Payments")
            (subscription,) = subscriptions(sim)
            identifier, events = subscription["id"], set(subscription["events"])
            subscription.update(change)
            result = act("setup", actions="none", scope="service:Payments")
            assert result.code == 0, result.log
            assert f"changed subscription {identifier}: {line}" in result.log
            (after,) = subscriptions(sim)
            assert (after["id"], after["active"]) == (identifier, True)
            assert after["filter"] == {"type": "service_reference", "id": "PSVC002"}
            assert set(after["events"]) == events | set(change.get("events", ()))
            incident = open_incident(sim)
            assert incident not in settled(sim)


def test_others_that_deliver_to_the_same_url_are_deleted(sim: Simulator, act: Action) -> None:
    act("setup", actions="none")
    (mine,) = subscriptions(sim)
    sim.pagerduty.state.webhook_subscriptions["PMORE"] = {**mine, "id": "PMORE"}
    sim.faults.add(Fault("status", method="DELETE", path="/webhook_subscriptions/*", status=403))
    kept = act("setup", actions="none")
    assert kept.code == 0, kept.log
    (warning,) = kept.annotations("warning")
    assert warning.startswith("Port refuses what PMORE delivers: PagerDuty failed to delete")
    result = act("setup", actions="none")
    assert "removed subscription PMORE" in result.log
    assert subscriptions(sim) == [mine]
    mine["delivery_method"]["temporarily_disabled"] = True
    (warning,) = act("setup", actions="none").annotations("warning")
    assert warning.startswith(f"PagerDuty has disabled webhook subscription {mine['id']}")


def test_without_a_secret_nothing_is_enabled(sim: Simulator, act: Action) -> None:
    body = json.dumps({"webhook_subscription": {"id": "PNEW"}})
    path = "/webhook_subscriptions"
    sim.faults.add(Fault("status", method="POST", path=path, status=201, body=body))
    result = act("setup", actions="none")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "PagerDuty returned no secret for webhook subscription PNEW" in error
    assert sim.port.state.webhook(WEBHOOK)["enabled"] is False


def test_a_subscription_that_may_exist_is_not_created_again(sim: Simulator, act: Action) -> None:
    path = "/webhook_subscriptions"
    sim.faults.add(Fault("status", method="POST", path=path, status=502, processed=True))
    assert act("setup", actions="none").code == 1
    assert len(subscriptions(sim)) == 1


def test_without_the_token_there_are_no_webhooks(sim: Simulator, act: Action) -> None:
    result = act("setup", actions="none", pagerduty_token=None)
    assert result.code == 0, result.log
    assert sim.port.state.webhooks == {}

"""PagerDuty's webhooks: signed, filtered, sent again, and given up."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.deliveries import Delivery
from pd_incident_simulator.pagerduty.past import seed_incidents

Ask = Callable[..., requests.Response]
ALL_OF_AN_INCIDENT = [
    "incident.triggered",
    "incident.acknowledged",
    "incident.unacknowledged",
    "incident.resolved",
    "incident.reopened",
    "incident.escalated",
    "incident.delegated",
    "incident.reassigned",
    "incident.annotated",
    "incident.priority_updated",
    "incident.status_update_published",
    "incident.responder.added",
    "incident.custom_field_values.updated",
]


class Subscriber:
    """A server that takes webhooks, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        outer = self

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.taken.append(({n.lower(): v for n, v in self.headers.items()}, body))
                self.send_response(outer.answers.pop(0) if outer.answers else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?from=pagerduty"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    taker = Subscriber()
    yield taker
    taker.stop()


def wanted(url: str, **changes: object) -> dict[str, Any]:
    return {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": url},
        "events": ALL_OF_AN_INCIDENT,
        "filter": {"type": "account_reference"},
    } | changes


def subscribe(pagerduty: Ask, url: str, **changes: object) -> dict[str, Any]:
    body = {"webhook_subscription": wanted(url, **changes)}
    answer = pagerduty("POST", "/webhook_subscriptions", body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["webhook_subscription"]
    return made


def open_incident(pagerduty: Ask, service: str = "PSVC001") -> str:
    body = {"type": "incident", "title": "Down", "service": {"id": service}}
    made = pagerduty("POST", "/incidents", {"incident": body})
    return f"/incidents/{made.json()['incident']['id']}"


def settled(sim: Simulator) -> list[Delivery]:
    assert sim.pagerduty.state.outbox.settle()
    return sim.pagerduty.state.deliveries


def told(sim: Simulator) -> list[str]:
    return [delivery.event["event_type"] for delivery in settled(sim)]


def test_a_delivery_is_signed_and_says_what_happened(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    made = subscribe(pagerduty, subscriber.url)
    incident = open_incident(pagerduty).rsplit("/", 1)[-1]
    (delivery,) = settled(sim)
    assert (delivery.outcome, delivery.answers) == ("delivered", [202])
    ((headers, body),) = subscriber.taken
    secret = made["delivery_method"]["secret"].encode()
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    assert headers["x-pagerduty-signature"] == f"v1={digest}"
    assert headers["x-webhook-subscription"] == made["id"]
    assert headers["x-webhook-id"]
    event = json.loads(body)["event"]
    assert (event["event_type"], event["resource_type"]) == ("incident.triggered", "incident")
    assert event["agent"]["id"] == "PUSER1"
    data = event["data"]
    assert (data["id"], data["type"], data["status"]) == (incident, "incident", "triggered")
    assert data["number"] == 1234
    assert [assignee["id"] for assignee in data["assignees"]] == ["PUSER1"]
    assert data["html_url"].endswith(incident)


def test_a_second_secret_signs_too(sim: Simulator, pagerduty: Ask, subscriber: Subscriber) -> None:
    made = subscribe(pagerduty, subscriber.url)
    sim.pagerduty.state.webhook_secrets[made["id"]].append("next")
    open_incident(pagerduty)
    settled(sim)
    ((headers, body),) = subscriber.taken
    second = headers["x-pagerduty-signature"].split(",")[1]
    assert second == f"v1={hmac.new(b'next', body, hashlib.sha256).hexdigest()}"


def test_the_secret_is_told_once(pagerduty: Ask) -> None:
    made = subscribe(pagerduty, "https://example.com/hook")
    assert len(made["delivery_method"]["secret"]) >= 32
    path = f"/webhook_subscriptions/{made['id']}"
    assert "secret" not in pagerduty("GET", path).json()["webhook_subscription"]["delivery_method"]
    (listed,) = pagerduty("GET", "/webhook_subscriptions").json()["webhook_subscriptions"]
    assert "secret" not in listed["delivery_method"]


CHANGES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("PUT", "", {"incident": {"status": "acknowledged"}}, ["incident.acknowledged"]),
    ("PUT", "", {"incident": {"status": "resolved"}}, ["incident.resolved"]),
    ("PUT", "", {"incident": {"escalation_level": 2}}, ["incident.escalated"]),
    ("PUT", "", {"incident": {"escalation_policy": {"id": "PPOL002"}}}, ["incident.delegated"]),
    (
        "PUT",
        "",
        {"incident": {"assignments": [{"assignee": {"id": "PUSER3"}}]}},
        ["incident.reassigned"],
    ),
    (
        "PUT",
        "",
        {"incident": {"priority": {"id": "PPRIO01"}}},
        ["incident.priority_updated"],
    ),
    ("PUT", "", {"incident": {"urgency": "low"}}, []),
    ("POST", "/notes", {"note": {"content": "Looking"}}, ["incident.annotated"]),
    ("POST", "/snooze", {"duration": 60}, ["incident.acknowledged"]),
    (
        "POST",
        "/status_updates",
        {"message": "Soon"},
        ["incident.status_update_published"],
    ),
    (
        "POST",
        "/responder_requests",
        {
            "requester_id": "PUSER1",
            "message": "Help",
            "responder_request_targets": [
                {"responder_request_target": {"id": "PUSER2", "type": "user_reference"}}
            ],
        },
        ["incident.responder.added"],
    ),
    (
        "PUT",
        "/custom_fields/values",
        {"custom_fields": [{"name": "root_cause", "value": "Disk"}]},
        ["incident.custom_field_values.updated"],
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "events"), CHANGES)
def test_what_is_told(  # noqa: PLR0913, PLR0917 - a table's columns
    sim: Simulator,
    pagerduty: Ask,
    incident: str,
    subscriber: Subscriber,
    method: str,
    path: str,
    body: dict[str, Any],
    events: list[str],
) -> None:
    subscribe(pagerduty, subscriber.url)
    assert pagerduty(method, incident + path, body).ok
    assert told(sim) == events
    assert [delivery.outcome for delivery in settled(sim)] == ["delivered"] * len(events)


def test_what_is_told_comes_in_order(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    subscribe(pagerduty, subscriber.url)
    path = open_incident(pagerduty)
    for status in ("acknowledged", "resolved", "triggered"):
        pagerduty("PUT", path, {"incident": {"status": status}})
    settled(sim)
    taken = [json.loads(body)["event"] for _, body in subscriber.taken]
    assert [(event["event_type"], event["data"]["status"]) for event in taken] == [
        ("incident.triggered", "triggered"),
        ("incident.acknowledged", "acknowledged"),
        ("incident.resolved", "resolved"),
        ("incident.reopened", "triggered"),
    ]
    assert len({event["id"] for event in taken}) == 4


def test_a_note_says_who_wrote_what(
    sim: Simulator, pagerduty: Ask, incident: str, subscriber: Subscriber
) -> None:
    subscribe(pagerduty, subscriber.url)
    pagerduty("POST", f"{incident}/notes", {"note": {"content": "Looking"}})
    (delivery,) = settled(sim)
    data = delivery.event["data"]
    assert (data["type"], data["content"], data["user"]["id"]) == (
        "incident_note",
        "Looking",
        "PUSER1",
    )
    assert data["incident"]["id"] == incident.rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("scope", "services"),
    [
        ({"type": "account_reference"}, ["PSVC001", "PSVC002", "PSVC003"]),
        ({"type": "service_reference", "id": "PSVC002"}, ["PSVC002"]),
        ({"type": "team_reference", "id": "PTEAM01"}, ["PSVC001", "PSVC003"]),
    ],
)
def test_a_filter_is_heeded(
    sim: Simulator,
    pagerduty: Ask,
    subscriber: Subscriber,
    scope: dict[str, str],
    services: list[str],
) -> None:
    subscribe(pagerduty, subscriber.url, filter=scope)
    for service in ("PSVC001", "PSVC002", "PSVC003"):
        open_incident(pagerduty, service)
    assert [one.event["data"]["service"]["id"] for one in settled(sim)] == services


def test_only_the_wanted_events_are_told_and_only_while_active(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    made = subscribe(pagerduty, subscriber.url, events=["incident.resolved"])
    path = open_incident(pagerduty)
    pagerduty("PUT", path, {"incident": {"status": "resolved"}})
    assert told(sim) == ["incident.resolved"]
    here = f"/webhook_subscriptions/{made['id']}"
    changes = {"active": False, "events": ["incident.triggered"], "description": "Quiet"}
    changed = pagerduty("PUT", here, {"webhook_subscription": changes})
    assert changed.json()["webhook_subscription"]["description"] == "Quiet"
    open_incident(pagerduty)
    assert told(sim) == ["incident.resolved"]
    pagerduty("PUT", here, {"webhook_subscription": {"active": True}})
    open_incident(pagerduty)
    assert told(sim) == ["incident.resolved", "incident.triggered"]
    assert pagerduty("DELETE", here).status_code == 204
    open_incident(pagerduty)
    assert len(told(sim)) == 2
    assert pagerduty("GET", here).status_code == 404


def test_services_are_told_of(sim: Simulator, pagerduty: Ask, subscriber: Subscriber) -> None:
    subscribe(pagerduty, subscriber.url, events=["service.created", "service.updated"])
    body = {"service": {"name": "Search", "escalation_policy": {"id": "PPOL001"}}}
    service = pagerduty("POST", "/services", body).json()["service"]
    pagerduty("PUT", f"/services/{service['id']}", {"service": {"name": "Find"}})
    created, updated = (delivery.event for delivery in settled(sim))
    assert (created["event_type"], created["resource_type"]) == ("service.created", "service")
    assert (updated["event_type"], updated["data"]["name"]) == ("service.updated", "Find")
    assert updated["data"]["id"] == service["id"]


def test_a_ping_comes_whatever_is_wanted(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    headers = [{"name": "X-Team", "value": "platform"}]
    method = {"type": "http_delivery_method", "url": subscriber.url, "custom_headers": headers}
    made = subscribe(pagerduty, subscriber.url, delivery_method=method)
    assert pagerduty("POST", f"/webhook_subscriptions/{made['id']}/ping").status_code == 202
    assert told(sim) == ["pagey.ping"]
    assert subscriber.taken[0][0]["x-team"] == "platform"
    assert pagerduty("POST", "/webhook_subscriptions/PNONE/ping").status_code == 404


@pytest.mark.parametrize(
    ("answers", "attempts", "outcome"),
    [
        ([500, 202], [500, 202], "delivered"),
        ([429, 503, 200], [429, 503, 200], "delivered"),
        ([500, 500, 500], [500, 500, 500], "dropped"),
        ([404], [404], "dropped"),
    ],
)
def test_a_failed_delivery_is_sent_again(  # noqa: PLR0913, PLR0917 - a table's columns
    sim: Simulator,
    pagerduty: Ask,
    subscriber: Subscriber,
    answers: list[int],
    attempts: list[int],
    outcome: str,
) -> None:
    subscriber.answers = list(answers)
    subscribe(pagerduty, subscriber.url)
    open_incident(pagerduty)
    (delivery,) = settled(sim)
    assert (delivery.answers, delivery.outcome) == (attempts, outcome)
    assert len({headers["x-webhook-id"] for headers, _ in subscriber.taken}) == 1


def test_three_drops_in_a_row_end_it_until_it_is_enabled_again(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    path = f"/webhook_subscriptions/{subscribe(pagerduty, subscriber.url)['id']}"
    for answers in ([410], [410], [], [410], [410], [410]):
        subscriber.answers = list(answers)
        open_incident(pagerduty)
        settled(sim)
    method = pagerduty("GET", path).json()["webhook_subscription"]["delivery_method"]
    assert method["temporarily_disabled"] is True
    open_incident(pagerduty)
    assert len(settled(sim)) == 6
    assert pagerduty("POST", f"{path}/enable").status_code == 204
    open_incident(pagerduty)
    assert settled(sim)[-1].outcome == "delivered"


def test_nobody_answers(sim: Simulator, pagerduty: Ask, subscriber: Subscriber) -> None:
    subscriber.stop()
    subscribe(pagerduty, subscriber.url)
    open_incident(pagerduty)
    (delivery,) = settled(sim)
    assert (delivery.answers, delivery.outcome) == ([0, 0, 0], "dropped")


def test_nothing_leaves_this_machine(sim: Simulator, pagerduty: Ask) -> None:
    subscribe(pagerduty, "https://ingest.example.com/key")
    open_incident(pagerduty)
    (delivery,) = settled(sim)
    assert (delivery.answers, delivery.outcome) == ([], "skipped")


def test_seeded_incidents_are_not_told(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    subscribe(pagerduty, subscriber.url)
    seed_incidents(sim.pagerduty.state, 3)
    assert settled(sim) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"events": []},
        {"events": ["incident.exploded"]},
        {"filter": {"type": "galaxy_reference"}},
        {"filter": {"type": "service_reference", "id": "PNONE"}},
        {"filter": None},
        {"delivery_method": {"type": "http_delivery_method", "url": "http://example.com"}},
        {"delivery_method": {"type": "http_delivery_method"}},
        {"delivery_method": {"type": "http_delivery_method", "url": "https://[example.com"}},
        {"delivery_method": {"type": "http_delivery_method", "url": "https://localhost:x/"}},
        {"delivery_method": {"type": "pigeon", "url": "https://example.com"}},
        {
            "delivery_method": {
                "type": "http_delivery_method",
                "url": "https://example.com",
                "custom_headers": [{"name": "X", "value": "a\r\nb"}],
            }
        },
    ],
)
def test_a_wrong_subscription_is_refused(pagerduty: Ask, changes: dict[str, Any]) -> None:
    body = {"webhook_subscription": wanted("https://example.com/hook", **changes)}
    answer = pagerduty("POST", "/webhook_subscriptions", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("filter_type=account", 1),
        ("filter_type=service&filter_id=PSVC001", 1),
        ("filter_id=PSVC002", 0),
    ],
)
def test_subscriptions_are_filtered(pagerduty: Ask, query: str, count: int) -> None:
    subscribe(pagerduty, "https://example.com/1")
    scope = {"type": "service_reference", "id": "PSVC001"}
    subscribe(pagerduty, "https://example.com/2", filter=scope)
    listed = pagerduty("GET", f"/webhook_subscriptions?{query}").json()
    assert len(listed["webhook_subscriptions"]) == count

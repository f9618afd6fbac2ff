"""PagerDuty's webhooks: subscriptions, events, signatures, deliveries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.webhook_delivery import Delivery

Ask = Callable[..., requests.Response]
EVENTS = [
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
    "service.created",
]


class Subscriber:
    """A server that receives webhooks, and replies with the given statuses."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                subscriber.received.append((headers, body))
                self.send_response(subscriber.statuses.pop(0) if subscriber.statuses else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?from=pagerduty"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    subscriber = Subscriber()
    yield subscriber
    subscriber.stop()


def subscription(url: str, **changes: object) -> dict[str, Any]:
    default = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": url},
        "events": EVENTS,
        "filter": {"type": "account_reference"},
    }
    return {"webhook_subscription": default | changes}


def subscribe(pagerduty: Ask, url: str, **changes: object) -> dict[str, Any]:
    response = pagerduty("POST", "/webhook_subscriptions", subscription(url, **changes))
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()["webhook_subscription"]
    return created


def open_incident(pagerduty: Ask, service: str = "PSVC001") -> str:
    body = {"type": "incident", "title": "Down", "service": {"id": service}}
    created = pagerduty("POST", "/incidents", {"incident": body})
    return f"/incidents/{created.json()['incident']['id']}"


def deliveries(sim: Simulator) -> list[Delivery]:
    assert sim.pagerduty.state.outbox.settle()
    return sim.pagerduty.state.deliveries


def event_types(sim: Simulator) -> list[str]:
    return [delivery.event["event_type"] for delivery in deliveries(sim)]


def test_which_change_is_which_event(sim: Simulator, pagerduty: Ask, incident: str) -> None:
    subscribe(pagerduty, "https://example.com/hook")
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({"escalation_level": 2}, ["incident.escalated"]),
        ({"escalation_policy": {"id": "PPOL002"}}, ["incident.delegated"]),
        ({"assignments": [{"assignee": {"id": "PUSER3"}}]}, ["incident.reassigned"]),
        ({"priority": {"id": "PPRIO01"}}, ["incident.priority_updated"]),
        ({"urgency": "low"}, []),
        ({"status": "acknowledged"}, ["incident.acknowledged"]),
        ({"status": "resolved"}, ["incident.resolved"]),
        ({"status": "triggered"}, ["incident.reopened"]),
    ]
    for change, events in changes:
        before = len(deliveries(sim))
        assert pagerduty("PUT", incident, {"incident": change}).ok
        assert event_types(sim)[before:] == events
    assert pagerduty("POST", f"{incident}/notes", {"note": {"content": "Looking"}}).ok
    assert event_types(sim)[-1] == "incident.annotated"


def test_a_subscription_is_limited_to_its_events_while_it_is_active(
    sim: Simulator, pagerduty: Ask
) -> None:
    created = subscribe(pagerduty, "https://example.com/hook", events=["incident.resolved"])
    path = f"/webhook_subscriptions/{created['id']}"
    for changes in ({}, {"active": False}, {"active": True, "events": ["incident.triggered"]}):
        pagerduty("PUT", path, {"webhook_subscription": changes})
        incident = open_incident(pagerduty)
        pagerduty("PUT", incident, {"incident": {"status": "resolved"}})
    assert event_types(sim) == ["incident.resolved", "incident.triggered"]
    assert pagerduty("POST", f"{path}/ping").status_code == 202
    assert pagerduty("DELETE", path).status_code == 204
    open_incident(pagerduty)
    assert event_types(sim)[2:] == ["pagey.ping"]


def test_a_failed_delivery_is_retried(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    sim.pagerduty.state.outbox.retry_seconds = 0
    subscribe(pagerduty, subscriber.url)
    for number, (statuses, outcome) in enumerate(
        [([429, 503, 200], "delivered"), ([500, 500, 500], "dropped"), ([404], "dropped")], 1
    ):
        subscriber.statuses = list(statuses)
        open_incident(pagerduty)
        delivery = deliveries(sim)[-1]
        assert (delivery.statuses, delivery.outcome) == (statuses, outcome)
        assert len({headers["x-webhook-id"] for headers, _ in subscriber.received}) == number


def test_three_drops_in_a_row_disable_a_subscription(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    created = subscribe(pagerduty, subscriber.url)
    for statuses in ([410], [410], [], [410], [410], [410]):
        subscriber.statuses = list(statuses)
        open_incident(pagerduty)
        deliveries(sim)
    method = sim.pagerduty.state.webhook_subscriptions[created["id"]]["delivery_method"]
    assert method["temporarily_disabled"] is True
    open_incident(pagerduty)
    assert len(deliveries(sim)) == 6


def test_an_unreachable_subscriber_and_other_hosts(
    sim: Simulator, pagerduty: Ask, subscriber: Subscriber
) -> None:
    sim.pagerduty.state.outbox.retry_seconds = 0
    subscriber.server.server_close()
    subscribe(pagerduty, subscriber.url)
    subscribe(pagerduty, "https://ingest.example.com/key")
    open_incident(pagerduty)
    here, elsewhere = deliveries(sim)
    assert (here.statuses, here.outcome) == ([0, 0, 0], "dropped")
    assert (elsewhere.statuses, elsewhere.outcome) == ([], "skipped")


def test_an_invalid_subscription_is_rejected(pagerduty: Ask) -> None:
    cases: list[dict[str, Any]] = [
        {"events": ["incident.exploded"]},
        {"filter": {"type": "service_reference", "id": "PNONE"}},
        {"delivery_method": {"type": "http_delivery_method", "url": "http://example.com"}},
    ]
    for changes in cases:
        body = subscription("https://example.com/hook", **changes)
        response = pagerduty("POST", "/webhook_subscriptions", body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, 2001)

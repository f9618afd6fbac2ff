"""Webhook subscriptions: found by their address, added once, changed, ended and tried out."""

from __future__ import annotations

import json

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.webhooks import WebhookSubscriptions

API = "https://api.pagerduty.com/webhook_subscriptions"
URL = "https://ingest.port.io/key"


def test_only_those_to_the_address_are_found(api: RequestsMock, pagerduty: PagerDuty) -> None:
    listed = [
        {"id": "P1", "delivery_method": {"url": URL}},
        {"id": "P2", "delivery_method": {"url": f"{URL}2"}},
        {"id": "P3"},
    ]
    api.add("GET", API, json={"webhook_subscriptions": listed, "more": False})
    assert WebhookSubscriptions(pagerduty).to(URL) == listed[:1]


def test_a_subscription_is_added_with_all_that_is_wanted(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    api.add("POST", API, json={"webhook_subscription": {"id": "P1"}})
    scope = {"type": "team_reference", "id": "PT1"}
    made = WebhookSubscriptions(pagerduty).create(URL, ["incident.triggered"], scope, "For Port")
    assert made == {"id": "P1"}
    assert json.loads(api.calls[0].request.body or "") == {
        "webhook_subscription": {
            "type": "webhook_subscription",
            "delivery_method": {"type": "http_delivery_method", "url": URL},
            "events": ["incident.triggered"],
            "filter": scope,
            "description": "For Port",
            "active": True,
        }
    }


def test_what_may_be_there_already_is_not_added_again(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    api.add("POST", API, status=502)
    with pytest.raises(ApiUnavailable, match="did not subscribe Port to its events"):
        WebhookSubscriptions(pagerduty).create(URL, ["incident.triggered"], {}, "")
    assert len(api.calls) == 1


def test_it_is_changed_tried_out_and_ended(api: RequestsMock, pagerduty: PagerDuty) -> None:
    api.add("PUT", f"{API}/P1", json={"webhook_subscription": {"id": "P1", "active": True}})
    api.add("POST", f"{API}/P1/ping", status=202)
    api.add("DELETE", f"{API}/P1", status=204)
    subscriptions = WebhookSubscriptions(pagerduty)
    assert subscriptions.update("P1", {"active": True}) == {"id": "P1", "active": True}
    subscriptions.ping("P1")
    subscriptions.delete("P1")
    assert json.loads(api.calls[0].request.body or "") == {"webhook_subscription": {"active": True}}


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "use a key with write access"), (402, "the account's plan does not include")],
)
def test_a_refusal_says_what_to_do(
    api: RequestsMock, pagerduty: PagerDuty, status: int, words: str
) -> None:
    api.add("POST", API, status=status, json={"error": {"message": "No"}})
    with pytest.raises(ApiRejected, match=words):
        WebhookSubscriptions(pagerduty).create(URL, ["incident.triggered"], {}, "")

"""Port's webhook always holds the secret of the subscription that delivers to it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.setup import resources
from pd_incident_action.setup.webhook import (
    EVENTS,
    ConnectResult,
    WebhookEndpoints,
    connect_webhook,
)

Json = dict[str, Any]
URL = "https://ingest.port.io/key"
ACCOUNT = {"type": "account_reference"}


class Port:
    """Port's webhooks in memory; notes down what is written."""

    def __init__(self, webhook: Json | None = None) -> None:
        self.webhook = webhook
        self.written: list[Json] = []

    def find(self, _kind: str, _identifier: str) -> Json | None:
        return copy.deepcopy(self.webhook)

    def create(self, _kind: str, body: Json) -> Json:
        self.written.append(body)
        self.webhook = {**copy.deepcopy(body), "id": "wh_1", "webhookKey": "key"}
        return copy.deepcopy(self.webhook)

    def replace(self, _kind: str, body: Json) -> None:
        self.written.append(body)
        self.webhook = {**copy.deepcopy(body), "id": "wh_1", "webhookKey": "key"}


class PagerDuty:
    """PagerDuty's subscriptions in memory; notes down what is done, in order."""

    def __init__(self, *there: Json, secret: str | None = None, kept: bool = False) -> None:
        self.there = list(there)
        self.done: list[str] = []
        self._secret = "fresh-secret" if secret is None else secret
        self._kept = kept

    def to(self, url: str) -> list[Json]:
        assert url == URL
        return list(self.there)

    def create(self, url: str, events: list[str], scope: Json, _description: str) -> Json:
        self.done.append("create")
        method = {"url": url, "secret": self._secret}
        return {"id": "PNEW", "delivery_method": method, "events": events, "filter": scope}

    def update(self, subscription_id: str, changes: Json) -> Json:
        self.done.append(f"update {subscription_id} {sorted(changes)}")
        return changes

    def delete(self, subscription_id: str) -> None:
        if self._kept:
            raise ApiRejected("PagerDuty did not end it", "no", "do it yourself")
        self.done.append(f"delete {subscription_id}")

    def ping(self, subscription_id: str) -> None:
        self.done.append(f"ping {subscription_id}")


def subscription(identifier: str, **changes: object) -> Json:
    whole = {"id": identifier, "active": True, "events": list(EVENTS), "filter": ACCOUNT}
    return {**whole, "delivery_method": {"url": URL}, **changes}


def webhook(**security: object) -> Json:
    """Make Port's webhook as a run leaves it that subscribed by ``POLD``."""
    ours = resources.webhook()
    held = {**ours["security"], "secret": "old-secret", **security}
    return {**ours, "description": "by subscription POLD", "security": held, "webhookKey": "key"}


def close(
    port: Port, pagerduty: PagerDuty, *, dry_run: bool = False
) -> tuple[ConnectResult, list[str]]:
    masked: list[str] = []
    ends = WebhookEndpoints(port, pagerduty, lambda _one: URL, masked.append, dry_run)  # type: ignore[arg-type]
    return connect_webhook(ends, resources.webhook(), ACCOUNT), masked


def shown(loop: ConnectResult) -> list[tuple[str, str, str]]:
    return [(step.kind, step.name, step.state) for step in loop.steps]


def test_a_new_webhook_is_off_until_it_can_check_signatures() -> None:
    port, pagerduty = Port(), PagerDuty()
    loop, masked = close(port, pagerduty)
    off, on = port.written
    assert (off["enabled"], "secret" in off["security"]) == (False, False)
    assert (on["enabled"], on["security"]["secret"]) == (True, "fresh-secret")
    assert on["description"].endswith(" PNEW")
    assert pagerduty.done == ["create", "ping PNEW"]
    assert masked == ["fresh-secret"]
    assert shown(loop) == [
        ("webhook", "pagerduty_incidents", "added"),
        ("subscription", "PNEW", "added"),
    ]


def test_what_is_as_it_should_be_is_left_alone() -> None:
    port, pagerduty = Port(webhook()), PagerDuty(subscription("POLD"))
    loop, masked = close(port, pagerduty)
    assert (port.written, pagerduty.done, masked) == ([], [], ["old-secret"])
    assert {step.state for step in loop.steps} == {"unchanged"}


@pytest.mark.parametrize(
    ("there", "security"),
    [
        ([], {}),
        (["POTHER"], {}),
        (["POLD"], {"secret": None}),
    ],
    ids=["no subscription", "another's secret", "no secret"],
)
def test_a_secret_that_nobody_knows_is_made_anew(there: list[str], security: Json) -> None:
    port, pagerduty = Port(webhook(**security)), PagerDuty(*map(subscription, there))
    loop, _ = close(port, pagerduty)
    assert pagerduty.done == ["create", "ping PNEW", *(f"delete {one}" for one in there)]
    (written,) = port.written
    assert written["security"]["secret"] == "fresh-secret"
    assert loop.steps[0].changes[-1] == "~ security.secret: new"


def test_a_change_keeps_the_secret_that_port_shows() -> None:
    port, pagerduty = Port({**webhook(), "mappings": []}), PagerDuty(subscription("POLD"))
    loop, _ = close(port, pagerduty)
    assert port.written[0]["security"]["secret"] == "old-secret"
    assert port.written[0]["description"] == "by subscription POLD"
    assert pagerduty.done == []
    assert "old-secret" not in str(loop)


def test_stars_do_not_take_the_secrets_place() -> None:
    hidden = webhook(secret="*****")
    port, pagerduty = Port(hidden), PagerDuty(subscription("POLD"))
    close(port, pagerduty)
    assert (port.written, pagerduty.done) == ([], [])
    port, pagerduty = Port({**hidden, "mappings": []}), PagerDuty(subscription("POLD"))
    close(port, pagerduty)
    assert pagerduty.done == ["create", "ping PNEW", "delete POLD"]
    assert port.written[0]["security"]["secret"] == "fresh-secret"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"active": False}, "~ active: false → true"),
        ({"filter": {"type": "team_reference", "id": "P1"}}, "~ filter.type: team_reference →"),
        ({"events": ["incident.annotated"]}, '~ events: ["incident.annotated"] →'),
    ],
)
def test_a_subscription_that_tells_less_is_changed(changes: Json, line: str) -> None:
    pagerduty = PagerDuty(subscription("POLD", **changes))
    loop, _ = close(Port(webhook()), pagerduty)
    assert pagerduty.done == ["update POLD ['active', 'events', 'filter']"]
    assert loop.steps[1].changes[0].startswith(line)


def test_others_that_deliver_to_the_same_place_end() -> None:
    pagerduty = PagerDuty(subscription("POLD"), subscription("PMORE"))
    loop, _ = close(Port(webhook()), pagerduty)
    assert pagerduty.done == ["delete PMORE"]
    assert shown(loop)[-1] == ("subscription", "PMORE", "removed")


def test_one_that_cannot_be_ended_is_a_warning() -> None:
    pagerduty = PagerDuty(subscription("POLD"), subscription("PMORE"), kept=True)
    loop, _ = close(Port(webhook()), pagerduty)
    (warning,) = loop.warnings
    assert warning.startswith("Port refuses what this subscription delivers: PagerDuty did not")


def test_without_a_secret_nothing_is_switched_on() -> None:
    port = Port()
    with pytest.raises(
        NotApplicable, match="PagerDuty gave no secret for webhook subscription PNEW"
    ):
        close(port, PagerDuty(secret=""))
    assert port.webhook is not None
    assert port.webhook["enabled"] is False


def test_a_dry_run_has_no_secret_and_goes_on() -> None:
    loop, _ = close(Port(), PagerDuty(secret=""), dry_run=True)
    assert shown(loop)[1] == ("subscription", "PNEW", "added")

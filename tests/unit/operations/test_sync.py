"""Copying tells how much it did, brings old entities up to date, and deletes only on request."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable, Cancelled, InputError
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.sync import Sync
from pd_incident_action.port.auth import BearerAuth
from pd_incident_action.port.client import Port, explain

Reply = tuple[int, dict[str, str], str]
SERVICES = {"P1SHOP1": "Shop", "P1CARD1": "Card"}


@dataclass
class World:
    """Both accounts, as far as copying gets to see them."""

    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    status: int = 200
    port_is_down: bool = False
    slow: float = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    def open_incident(self, identifier: str, **changes: Any) -> None:  # noqa: ANN401 - members of JSON
        self.incidents[identifier] = {
            "id": identifier,
            "title": f"Down {identifier}",
            "status": "triggered",
            "service": {"id": "P1SHOP1"},
            "created_at": "2026-11-01T09:00:00Z",
        } | changes

    def answer(self, request: requests.PreparedRequest) -> Reply:
        url = urlsplit(str(request.url))
        self.asked.append((str(request.method), url.path))
        body = json.loads(request.body) if request.body else {}
        if url.netloc == "api.port.io":
            return self._port(str(request.method), url.path, body)
        return self._pagerduty(url.path, parse_qs(url.query))

    def _pagerduty(self, path: str, query: dict[str, list[str]]) -> Reply:
        kind, _, identifier = path.strip("/").partition("/")
        if self.status != 200:
            return reply({"error": {"message": "No"}}, self.status)
        if kind == "oncalls":
            return reply({"oncalls": []})
        if kind == "services":
            if identifier:
                return found("service", {i: named(i) for i in SERVICES}.get(identifier))
            return reply({"services": [named(identifier) for identifier in SERVICES]})
        if identifier:
            return found("incident", self.incidents.get(identifier))
        listed = [
            one
            for one in self.incidents.values()
            if one["status"] in query["statuses[]"]
            and one["service"]["id"] in query.get("service_ids[]", [one["service"]["id"]])
        ]
        first, limit = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
        return reply({"incidents": listed[first : first + limit], "total": len(listed)})

    def _port(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        if path.endswith("access_token"):
            return reply({"accessToken": "port-token"})
        if path.endswith(("pagerdutyIncident", "pagerdutyService")):
            properties = {"status": {"type": "string"}, "created_at": {"type": "string"}}
            relations = {"pagerdutyService": {"target": "pagerdutyService", "many": False}}
            blueprint = {
                "identifier": path.rpartition("/")[2],
                "schema": {"properties": properties},
                "relations": relations,
            }
            return reply({"blueprint": blueprint})
        if path.endswith("search"):
            return reply({"entities": list(self.entities.values())})
        if method == "DELETE":
            del self.entities[path.rpartition("/")[2]]
            return reply({"ok": True})
        time.sleep(self.slow)
        if self.port_is_down:
            return 503, {"Retry-After": "1000"}, "{}"
        errors = [
            {"identifier": one["identifier"], "index": 0, "statusCode": 422, "error": "invalid"}
            for one in body["entities"]
            if one["identifier"] in self.refused
        ]
        kept = self.services if "Service" in path else self.entities
        kept.update({one["identifier"]: one for one in body["entities"]})
        return reply({"entities": [], "errors": errors})

    def counted(self, method: str, path: str) -> int:
        return sum(asked == (method, path) for asked in self.asked)


def reply(body: dict[str, Any], status: int = 200) -> Reply:
    return status, {}, json.dumps(body)


def found(member: str, thing: dict[str, Any] | None) -> Reply:
    return reply({member: thing}) if thing else reply({"error": {"code": 2100}}, 404)


def named(identifier: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": SERVICES[identifier],
        "status": "active",
        "escalation_policy": {"id": "PP1"},
    }


@pytest.fixture
def world() -> Iterator[World]:
    """Let both accounts answer whatever they are asked."""
    with RequestsMock(assert_all_requests_are_fired=False) as api:
        accounts = World()
        for method in ("GET", "POST", "DELETE"):
            api.add_callback(method, re.compile(".*"), accounts.answer)
        yield accounts


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def both(
    tools: OperationContext, connect: Callable[..., ApiClient], lines: list[str]
) -> OperationContext:
    """Give the operation Port as well, and time."""
    auth = BearerAuth()
    client = connect(
        service="Port", base_url="https://api.port.io", authenticate=auth, explain=explain
    )
    port = Port(client, auth, "the-id", "the-secret", lambda _token: None)
    blueprint, deadline = "pagerdutyIncident", Deadline(30)
    return replace(
        tools,
        clients=(*tools.clients, port),
        deadline=deadline,
        blueprint=blueprint,
        log=lines.append,
    )


def test_everything_is_copied_and_counted(world: World, both: OperationContext) -> None:
    for number in range(45):
        world.open_incident(f"Q0INC{number:03}")
    world.open_incident("Q0OLD01", status="resolved")
    outcome = Sync(Sync.Inputs(), both).run()
    assert outcome.message == ("Copied PagerDuty into Port's catalog: 47 entities written in 1 s.")
    assert outcome.outputs == {"written": "47", "failed": "0", "deleted": "0"}
    assert (outcome.failures, outcome.write_entity, outcome.incident) == ((), False, None)
    assert set(world.services) == set(SERVICES)
    assert len(world.entities) == 45
    assert "Q0OLD01" not in world.entities
    assert outcome.tables[0].rows == (
        ("services", "2", "2", "0", "0"),
        ("incidents", "45", "45", "0", "0"),
    )
    assert world.counted("POST", "/v1/blueprints/pagerdutyIncident/entities/bulk") == 3


@pytest.mark.parametrize(
    ("what", "never"),
    [
        ("incidents", {"/services", "/oncalls"}),
        ("services", {"/incidents", "/oncalls"}),
        ("on-call, Services", {"/incidents"}),
    ],
)
def test_only_what_is_named_is_copied(
    world: World, both: OperationContext, what: str, never: set[str]
) -> None:
    world.open_incident("Q0INC001")
    Sync(Sync.Inputs.model_validate({"what": what}), both).run()
    asked = {path for _, path in world.asked}
    assert not asked & never
    assert bool(world.entities) is ("incidents" in what)
    assert bool(world.services) is (what != "incidents")


def test_a_service_and_its_incidents_alone_can_be_copied(
    world: World, both: OperationContext
) -> None:
    world.open_incident("Q0INC001")
    world.open_incident("Q0INC002", service={"id": "P1CARD1"})
    outcome = Sync(Sync.Inputs.model_validate({"service": "P1CARD1", "shard": "2"}), both).run()
    assert set(world.services) == {"P1CARD1"}
    assert set(world.entities) == {"Q0INC002"}
    assert outcome.message.startswith("Shard 2: Copied PagerDuty into Port's catalog: 2 entities")


def test_an_unknown_service_is_named_even_where_only_its_incidents_are_wanted(
    world: World, both: OperationContext
) -> None:
    with pytest.raises(ApiRejected, match="find service P1NONE1 of input 'service'"):
        Sync(Sync.Inputs.model_validate({"service": "P1NONE1", "what": "incidents"}), both).run()
    assert world.entities == {}


def stale(identifier: str) -> dict[str, Any]:
    return {
        "identifier": identifier,
        "properties": {"status": "triggered", "created_at": "2026-11-01T09:00:00Z"},
    }


def test_what_was_resolved_meanwhile_is_brought_up_to_date(
    world: World, both: OperationContext
) -> None:
    world.open_incident("Q0INC001", status="resolved")
    world.entities["Q0INC001"] = stale("Q0INC001")
    outcome = Sync(Sync.Inputs.model_validate({"what": "incidents"}), both).run()
    assert world.entities["Q0INC001"]["properties"]["status"] == "resolved"
    assert outcome.outputs["written"] == "1"
    assert outcome.warnings == ()


def test_what_is_gone_is_told_and_deleted_only_on_request(
    world: World, both: OperationContext
) -> None:
    world.open_incident("Q0INC001")
    world.entities = {name: stale(name) for name in ("Q0INC001", "Q0GONE1")}
    outcome = Sync(Sync.Inputs.model_validate({"what": "incidents"}), both).run()
    (warning,) = outcome.warnings
    assert warning == (
        "The catalog shows incidents that PagerDuty doesn't have: Q0GONE1 (1 in all). "
        "Set delete-missing: true to delete them."
    )
    assert set(world.entities) == {"Q0INC001", "Q0GONE1"}

    outcome = Sync(
        Sync.Inputs.model_validate({"what": "incidents", "delete_missing": "true"}), both
    ).run()
    assert set(world.entities) == {"Q0INC001"}
    assert (outcome.outputs["deleted"], outcome.warnings) == ("1", ())


def test_another_account_does_not_empty_the_catalog(world: World, both: OperationContext) -> None:
    world.entities = {name: stale(name) for name in (f"Q0GONE{n:02}" for n in range(30))}
    outcome = Sync(Sync.Inputs.model_validate({"delete_missing": "true"}), both).run()
    assert len(world.entities) == 30
    (failure,) = outcome.failures
    assert "Nothing was deleted: PagerDuty has none of the 30 incidents" in str(failure)
    assert "another PagerDuty account" in str(failure)
    assert "Copied a part of PagerDuty" in outcome.message


def test_what_port_refuses_is_named_and_the_rest_is_written(
    world: World, both: OperationContext
) -> None:
    for number in range(30):
        world.open_incident(f"Q0INC{number:03}")
    world.refused = frozenset({"Q0INC007", "Q0INC025"})
    outcome = Sync(Sync.Inputs.model_validate({"what": "incidents"}), both).run()
    assert outcome.outputs == {"written": "28", "failed": "2", "deleted": "0"}
    texts = " ".join(str(failure) for failure in outcome.failures)
    assert "Port did not write entity 'Q0INC007': it answered 422, code invalid" in texts
    assert "'Q0INC025'" in texts


def test_a_refusal_of_pagerduty_ends_it_and_tells_how_far_it_got(
    world: World, both: OperationContext, lines: list[str]
) -> None:
    world.status = 403
    with pytest.raises(ApiRejected, match="PagerDuty did not list the services"):
        Sync(Sync.Inputs(), both).run()
    assert lines == [
        "Stopped early. Services: 0 read, 0 written. What was written stays; run it again."
    ]


def test_port_that_is_down_for_longer_than_there_is_time_ends_it(
    world: World, both: OperationContext, lines: list[str]
) -> None:
    for number in range(100):
        world.open_incident(f"Q0INC{number:03}")
    world.port_is_down = True
    with pytest.raises(ApiUnavailable, match=r"Port did not write 20 entities .* it answered 503"):
        Sync(Sync.Inputs.model_validate({"what": "incidents"}), both).run()
    assert lines[-1].startswith("Stopped early. Incidents: ")
    assert world.entities == {}


def test_when_the_time_is_up_it_tells_how_far_it_got(world: World, both: OperationContext) -> None:
    for number in range(600):
        world.open_incident(f"Q0INC{number:03}")
    world.slow = 0.4
    outcome = Sync(
        Sync.Inputs.model_validate({"what": "incidents"}), replace(both, deadline=Deadline(1.5))
    ).run()
    (failure,) = outcome.failures
    text = str(failure)
    assert re.search(r"The time was up .*Incidents: \d+ of 600 read, \d+ written", text)
    assert "raise timeout" in text
    assert 0 < int(outcome.outputs["written"]) < 600
    assert outcome.message.startswith("Copied a part of")


def test_when_it_is_cancelled_it_tells_how_far_it_got(
    world: World, both: OperationContext, lines: list[str]
) -> None:
    for number in range(600):
        world.open_incident(f"Q0INC{number:03}")
    world.slow = 0.3

    def cancel(*_: object) -> None:
        raise Cancelled("SIGTERM")

    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.8)
    try:
        with pytest.raises(Cancelled):
            Sync(Sync.Inputs.model_validate({"what": "incidents"}), both).run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    (line,) = lines
    assert re.fullmatch(r"Stopped early\. Incidents: \d+ of 600 read, \d+ written\. .*", line)
    time.sleep(0.7)
    count = len(world.asked)
    time.sleep(0.5)
    assert len(world.asked) == count, "nobody goes on in the background"
    assert threading.active_count() < 5


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"what": "teams"}, "must name one or more of services, incidents, on-call"),
        ({"what": " , "}, "must name one or more of services"),
        ({"status": "open"}, "must name one or more of triggered, acknowledged, resolved"),
        ({"since": "yesterday"}, "must be a time"),
        ({"delete_missing": "perhaps"}, "valid boolean"),
        ({"service": ""}, "at least 1"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Sync.Inputs.model_validate(given)


def test_a_period_that_ends_before_it_begins_is_refused(
    world: World, both: OperationContext
) -> None:
    with pytest.raises(InputError, match="'since' is not before the end"):
        Sync(Sync.Inputs.model_validate({"since": "2d", "until": "3d"}), both).run()
    assert world.asked == []

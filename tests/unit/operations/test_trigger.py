"""Sending an event, and telling honestly what came of it: a 202 proves nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from contexts import without
from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.identity import RunIdentity, default_source, default_summary
from pd_incident_action.models import Incident
from pd_incident_action.operations._shared.alert_request import TriggerInputs
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.trigger import Trigger
from pd_incident_action.pagerduty.incidents import PagerDuty

ENQUEUE = "https://events.pagerduty.com/v2/enqueue"
INCIDENTS = "https://api.pagerduty.com/incidents"
NOW = datetime.now(UTC)


def accepted(api: RequestsMock, **changes: str) -> None:
    body = {"status": "success", "message": "Event processed", "dedup_key": "pdia-key"} | changes
    api.add("POST", ENQUEUE, status=202, json=body)


def incident(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "assignments": [{"assignee": {"summary": "Ada"}}],
        "created_at": NOW.isoformat(),
    } | changes


def found(api: RequestsMock, *incidents: dict[str, Any]) -> None:
    api.add("GET", INCIDENTS, json={"incidents": list(incidents)})


def sent(api: RequestsMock) -> dict[str, Any]:
    posts = [call.request for call in api.calls if call.request.method == "POST"]
    body: dict[str, Any] = json.loads(posts[0].body or "")
    return body


@pytest.fixture
def events_only(tools: OperationContext) -> OperationContext:
    """Work without a REST API key."""
    return without(tools, PagerDuty)


def test_the_least_event_names_the_run(api: RequestsMock, events_only: OperationContext) -> None:
    accepted(api)
    outcome = Trigger(TriggerInputs(), events_only).run()
    assert sent(api) == {
        "routing_key": "R0123456789ABCDEF0123456789ABCDE",
        "event_action": "trigger",
        "dedup_key": "pdia-key",
        "payload": {
            "summary": "octo/shop: CI needs attention (job test, on main, run 12)",
            "source": "octo/shop",
            "severity": "error",
        },
        "client": "GitHub Actions",
        "client_url": "https://github.com/octo/shop/actions/runs/123",
    }
    assert outcome.response == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "pdia-key",
    }


def test_every_input_has_its_place(api: RequestsMock, events_only: OperationContext) -> None:
    accepted(api)
    given = {
        "summary": "Down",
        "source": "shop",
        "severity": "critical",
        "component": "form",
        "group": "checkout",
        "class_": "http-500",
        "custom_details": '{"rate": 40}',
        "timestamp": "2026-12-01T03:10:00Z",
    }
    around = {
        "dedup_key": "mine",
        "links": '[{"href": "https://a.example", "text": "A"}]',
        "images": "https://a.example/x.png",
        "client": "Port",
        "client_url": "https://app.port.io",
    }
    Trigger(TriggerInputs.model_validate(given | around), events_only).run()
    body = sent(api)
    assert body["payload"] == {
        "summary": "Down",
        "source": "shop",
        "severity": "critical",
        "component": "form",
        "group": "checkout",
        "class": "http-500",
        "custom_details": {"rate": 40},
        "timestamp": "2026-12-01T03:10:00Z",
    }
    assert body["links"] == [{"href": "https://a.example", "text": "A"}]
    assert body["images"] == [{"src": "https://a.example/x.png"}]
    assert (body["client"], body["client_url"]) == ("Port", "https://app.port.io")
    assert body["dedup_key"] == "mine"


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_only_a_trigger_has_a_payload(
    api: RequestsMock, events_only: OperationContext, action: str
) -> None:
    accepted(api)
    Trigger(
        TriggerInputs.model_validate({"event_action": action, "dedup_key": "k"}), events_only
    ).run()
    body = sent(api)
    assert (body["event_action"], body["dedup_key"]) == (action, "k")
    assert set(body) == {"routing_key", "event_action", "dedup_key"}


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [("critical", "high"), ("error", "high"), ("warning", "low"), ("info", "low")],
)
def test_without_a_rest_key_the_event_alone_describes_the_alert(
    api: RequestsMock, events_only: OperationContext, severity: str, urgency: str
) -> None:
    accepted(api)
    outcome = Trigger(
        TriggerInputs.model_validate({"summary": "Down", "severity": severity}), events_only
    ).run()
    assert outcome.incident == Incident(
        id="pdia-key", title="Down", status="triggered", urgency=urgency, dedup_key="pdia-key"
    )
    assert (outcome.created, outcome.write_entity, outcome.warnings) == (None, True, ())
    assert outcome.message == "PagerDuty accepted the trigger event for pdia-key (Down)."


def test_the_key_that_pagerduty_answers_with_counts(
    api: RequestsMock, events_only: OperationContext
) -> None:
    accepted(api, dedup_key="theirs")
    outcome = Trigger(TriggerInputs(), events_only).run()
    assert outcome.dedup_key == "theirs"
    assert outcome.incident is not None
    assert outcome.incident.id == "theirs"


@pytest.mark.parametrize(
    ("action", "status"), [("acknowledge", "acknowledged"), ("resolve", "resolved")]
)
def test_what_an_event_does_not_say_stays_empty(
    api: RequestsMock, events_only: OperationContext, action: str, status: str
) -> None:
    accepted(api, dedup_key="k")
    outcome = Trigger(
        TriggerInputs.model_validate({"event_action": action, "entity": "k"}), events_only
    ).run()
    assert outcome.incident == Incident(id="k", title="", status=status, dedup_key="k")
    assert outcome.message == f"PagerDuty accepted the {action} event for k."
    assert outcome.created is False


def test_with_a_rest_key_the_incident_behind_the_alert_is_found(
    api: RequestsMock, tools: OperationContext
) -> None:
    accepted(api)
    found(api, incident(status="resolved"), incident(status="acknowledged"))
    outcome = Trigger(TriggerInputs(summary="Down"), tools).run()
    assert outcome.message == (
        "PagerDuty accepted the trigger event: incident #42 Down is acknowledged, high urgency, "
        "assigned to Ada."
    )
    assert outcome.response["incident"] == incident(status="acknowledged")
    assert outcome.response["dedup_key"] == "pdia-key"
    params = api.calls[1].request.params  # type: ignore[attr-defined]
    assert params["incident_key"] == "pdia-key"
    assert params["statuses[]"] == ["triggered", "acknowledged"]


@pytest.mark.parametrize(
    ("age", "expected"),
    [(timedelta(0), True), (timedelta(minutes=5), False), (None, None)],
    ids=["new", "older", "unknown"],
)
def test_whether_the_incident_is_new_is_told_by_its_time(
    api: RequestsMock, tools: OperationContext, age: timedelta | None, *, expected: bool | None
) -> None:
    accepted(api)
    created_at = None if age is None else (datetime.now(UTC) - age).isoformat(timespec="seconds")
    found(api, incident(created_at=created_at))
    assert Trigger(TriggerInputs(), tools).run().created is expected


@pytest.mark.parametrize(
    ("action", "status", "others"),
    [
        ("acknowledge", "acknowledged", ["triggered", "resolved"]),
        ("resolve", "resolved", ["triggered", "acknowledged"]),
    ],
)
def test_an_event_worked_when_its_incident_is_in_the_wanted_state(
    api: RequestsMock, tools: OperationContext, action: str, status: str, others: list[str]
) -> None:
    accepted(api, dedup_key="k")
    found(api, *(incident(id="Q0", status=other) for other in others), incident(status=status))
    request = TriggerInputs.model_validate({"event_action": action, "dedup_key": "k"})
    outcome = Trigger(request, tools).run()
    assert outcome.incident is not None
    assert (outcome.incident.id, outcome.incident.status) == ("Q1", status)
    assert (outcome.warnings, outcome.write_entity) == ((), True)
    assert "statuses[]" not in api.calls[1].request.params  # type: ignore[attr-defined]


@pytest.mark.parametrize(("action", "state"), [("acknowledge", "triggered"), ("resolve", None)])
def test_an_event_that_was_dropped_is_not_taken_for_done(
    api: RequestsMock, tools: OperationContext, action: str, state: str | None
) -> None:
    accepted(api, dedup_key="k")
    found(api, *([incident(status=state)] if state else []))
    request = TriggerInputs.model_validate({"event_action": action, "dedup_key": "k"})
    outcome = Trigger(request, tools).run()
    (warning,) = outcome.warnings
    assert "PagerDuty drops events for keys that the integration does not know" in warning
    assert "'k'" in warning
    assert not outcome.write_entity


def test_a_trigger_whose_incident_does_not_appear_may_be_suppressed(
    api: RequestsMock, tools: OperationContext
) -> None:
    accepted(api)
    found(api)
    outcome = Trigger(TriggerInputs(summary="Down"), tools).run()
    (warning,) = outcome.warnings
    assert "no open incident with dedup key 'pdia-key' appeared" in warning
    assert "suppressed or grouped" in warning
    assert outcome.write_entity
    assert outcome.incident is not None
    assert outcome.incident.id == "pdia-key"


@pytest.mark.parametrize("status", [401, 403, 429])
def test_trouble_with_the_look_up_does_not_undo_the_event(
    api: RequestsMock, tools: OperationContext, status: int
) -> None:
    accepted(api)
    api.add("GET", INCIDENTS, status=status, headers={"Retry-After": "3600"})
    outcome = Trigger(TriggerInputs(), tools).run()
    (warning,) = outcome.warnings
    assert warning.startswith("PagerDuty accepted the event, but PagerDuty did not look up")
    assert outcome.incident is not None


def test_a_refused_event_fails(api: RequestsMock, tools: OperationContext) -> None:
    api.add("POST", ENQUEUE, status=400, json={"message": "Event object is invalid"})
    with pytest.raises(ApiRejected, match="Event object is invalid"):
        Trigger(TriggerInputs(), tools).run()
    assert len(api.calls) == 1


def test_a_catalog_entity_that_is_an_incident_stands_for_its_key(
    api: RequestsMock, tools: OperationContext
) -> None:
    body = {"incident": incident(id="Q1ABCDEF234567", incident_key="real-key")}
    api.add("GET", f"{INCIDENTS}/Q1ABCDEF234567", json=body)
    accepted(api, dedup_key="real-key")
    found(api, incident(status="resolved"))
    Trigger(TriggerInputs(event_action="resolve", entity="Q1ABCDEF234567"), tools).run()
    assert sent(api)["dedup_key"] == "real-key"


@pytest.mark.parametrize(
    ("status", "body"), [(404, None), (200, {"incident": {"id": "Q1ABCDEF234567"}})]
)
def test_a_catalog_entity_without_an_incident_is_the_key_itself(
    api: RequestsMock, tools: OperationContext, status: int, body: object
) -> None:
    said: list[str] = []
    api.add("GET", f"{INCIDENTS}/Q1ABCDEF234567", status=status, json=body)
    accepted(api, dedup_key="Q1ABCDEF234567")
    found(api, incident(status="resolved"))
    request = TriggerInputs(event_action="resolve", entity="Q1ABCDEF234567")
    Trigger(request, replace(tools, log=said.append)).run()
    assert sent(api)["dedup_key"] == "Q1ABCDEF234567"
    assert len(said) == (1 if status == 404 else 0)


@pytest.mark.parametrize("entity", ["checkout-down", "pdia-0123", "QUALITY", "q1abcdef234567"])
def test_a_catalog_entity_that_is_no_incidents_id_is_not_looked_up(
    api: RequestsMock, tools: OperationContext, entity: str
) -> None:
    accepted(api, dedup_key=entity)
    found(api, incident(status="acknowledged"))
    Trigger(TriggerInputs(event_action="acknowledge", entity=entity), tools).run()
    assert [call.request.method for call in api.calls] == ["POST", "GET"]
    assert sent(api)["dedup_key"] == entity


def test_no_event_is_sent_with_a_key_that_could_not_be_found_out(
    api: RequestsMock, tools: OperationContext
) -> None:
    url = f"{INCIDENTS}/Q1ABCDEF234567"
    api.add("GET", url, status=503, headers={"Retry-After": "3600"})
    with pytest.raises(ApiUnavailable, match="did not find incident"):
        Trigger(TriggerInputs(event_action="resolve", entity="Q1ABCDEF234567"), tools).run()


def test_a_trigger_never_takes_the_entity_for_its_key(
    api: RequestsMock, events_only: OperationContext
) -> None:
    accepted(api)
    Trigger(TriggerInputs(entity="PSVC123"), events_only).run()
    assert sent(api)["dedup_key"] == "pdia-key"


def test_what_is_too_long_is_cut_and_sent_all_the_same(
    api: RequestsMock, events_only: OperationContext
) -> None:
    accepted(api)
    long = {"summary": "s" * 1025, "source": "o" * 1025, "dedup_key": "k" * 256}
    details = json.dumps({"x": "y" * 500_000})
    outcome = Trigger(
        TriggerInputs.model_validate(long | {"custom_details": details}), events_only
    ).run()
    body = sent(api)
    assert len(body["dedup_key"]) == 255
    assert (len(body["payload"]["summary"]), len(body["payload"]["source"])) == (1024, 1024)
    assert set(outcome.truncated_inputs) == {"summary", "source", "dedup-key", "custom-details"}
    assert len(outcome.warnings) == 4
    assert len(api.calls[0].request.body or "") < 512_000


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_without_a_key_nothing_can_be_acknowledged_or_resolved(action: str) -> None:
    with pytest.raises(ValidationError, match=f"'dedup-key' to {action} an alert"):
        TriggerInputs.model_validate({"event_action": action})


@pytest.mark.parametrize(
    ("identity", "summary"),
    [
        (RunIdentity(), "GitHub Actions: a workflow needs attention"),
        (RunIdentity(repository="o/r", workflow="CI"), "o/r: CI needs attention"),
        (RunIdentity(job="test", run_number="3"), "GitHub Actions: a workflow needs attention "),
    ],
)
def test_the_default_summary_names_what_is_known(identity: RunIdentity, summary: str) -> None:
    assert default_summary(identity).startswith(summary)
    assert default_source(identity) == (identity.repository or "GitHub Actions")
    assert ("(job test, run 3)" in default_summary(identity)) is bool(identity.job)


@pytest.mark.parametrize(
    ("action", "statuses"), [("trigger", ["triggered", "acknowledged"]), ("resolve", None)]
)
def test_after_an_interruption_the_incident_is_found_by_its_key(
    api: RequestsMock, tools: OperationContext, action: str, statuses: list[str] | None
) -> None:
    found(api, incident())
    request = TriggerInputs.model_validate({"event_action": action, "dedup_key": "k"})
    outcome = Trigger(request, tools).recover()
    assert outcome is not None
    assert (outcome.dedup_key, outcome.created) == ("k", None)
    assert outcome.response == {"incident": incident()}
    assert "Incident #42 Down is triggered" in outcome.message
    assert api.calls[0].request.params.get("statuses[]") == statuses  # type: ignore[attr-defined]


def test_after_an_interruption_there_may_be_nothing(
    api: RequestsMock, tools: OperationContext, events_only: OperationContext
) -> None:
    found(api)
    assert Trigger(TriggerInputs(), tools).recover() is None
    assert Trigger(TriggerInputs(), events_only).recover() is None
    assert len(api.calls) == 1

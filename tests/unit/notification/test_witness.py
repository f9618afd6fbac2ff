"""After the page PagerDuty's log is read, for as long as it is of use."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from responses import RequestsMock

from contexts import without
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.verify import verify_notified
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.incidents import PagerDuty

API = "https://api.pagerduty.com"
SERVICE = f"{API}/services/PSVC001"
ADA = {"id": "PUSER1", "summary": "Ada"}
AT = "2026-12-01T03:40:00Z"
NOTIFIED = {"type": "notify_log_entry", "user": ADA}
Json = dict[str, Any]


def json(number: int = 1, **changes: Any) -> Json:  # noqa: ANN401 - members of JSON
    return {
        "id": f"Q{number}",
        "incident_number": number,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "service": {"id": "PSVC001", "summary": "Checkout"},
        "assignments": [{"assignee": ADA}],
        "pending_actions": [{"type": "escalate", "at": AT}],
    } | changes


def outcome(*incidents: Json, response: object = None) -> Outcome:
    several = {"incidents": [*incidents]} if len(incidents) > 1 else {"incident": incidents[0]}
    return Outcome(
        "Created.",
        Incident("Q1", "Down", "triggered"),
        created=True,
        response=several if response is None else response,
        outputs={"own": "1"},
        lines=("a line",),
        warnings=("a warning",),
    )


def log(api: RequestsMock, *entries: Json, number: int = 1) -> None:
    api.add("GET", f"{API}/incidents/Q{number}/log_entries", json={"log_entries": [*entries]})


def asked(api: RequestsMock) -> list[str]:
    return [str(call.request.path_url).split("?")[0] for call in api.calls]


def test_one_look_is_enough_where_somebody_was_notified(
    api: RequestsMock, tools: OperationContext
) -> None:
    log(api, NOTIFIED)
    told = verify_notified(outcome(json()), tools, required=True)
    assert told.outputs == {"own": "1", "notified": "Ada", "next-escalation-at": AT}
    assert told.lines[0] == "a line"
    assert told.lines[1].startswith("Notified of incident #1 Down: Ada;")
    assert (told.warnings, told.failures) == (("a warning",), ())
    assert asked(api) == ["/incidents/Q1/log_entries"]


@pytest.mark.parametrize("required", [True, False])
def test_silence_is_a_warning_or_where_required_a_failure(
    api: RequestsMock, tools: OperationContext, *, required: bool
) -> None:
    log(api)
    api.add("GET", SERVICE, json={"service": {"status": "disabled"}})
    told = verify_notified(outcome(json()), tools, required=required)
    assert told.outputs["notified"] == ""
    messages = [str(error) for error in told.failures] if required else [*told.warnings[1:]]
    assert len(messages) == 1
    assert "service Checkout is disabled" in messages[0]
    assert len(told.warnings) + len(told.failures) == 2
    assert asked(api) == ["/incidents/Q1/log_entries", "/services/PSVC001"]


def test_it_looks_again_until_the_notification_is_there(
    api: RequestsMock, tools: OperationContext
) -> None:
    tools = replace(tools, deadline=Deadline(20))
    log(api)
    log(api, NOTIFIED)
    api.add("GET", SERVICE, json={"service": {"status": "active"}})
    began = time.monotonic()
    told = verify_notified(outcome(json()), tools, required=False)
    assert told.outputs["notified"] == "Ada"
    assert 0.15 < time.monotonic() - began < 10
    assert len(api.calls) == 3


@pytest.mark.parametrize("answer", [{"status": 403, "json": {}}, {"status": 404, "json": {}}])
def test_a_service_that_cannot_be_read_is_one_reason_less(
    api: RequestsMock, tools: OperationContext, answer: Json
) -> None:
    log(api)
    api.add("GET", SERVICE, **answer)
    told = verify_notified(outcome(json(pending_actions=[])), tools, required=False)
    assert "its escalation policy has no further level" in told.warnings[1]


def test_without_a_service_none_is_asked_for(api: RequestsMock, tools: OperationContext) -> None:
    log(api)
    told = verify_notified(outcome(json(service=None)), tools, required=False)
    assert "PagerDuty has not reached Ada yet" in told.warnings[1]


@pytest.mark.parametrize("required", [True, False])
def test_a_log_that_cannot_be_read_is_said(
    api: RequestsMock, tools: OperationContext, *, required: bool
) -> None:
    api.add("GET", f"{API}/incidents/Q1/log_entries", status=403, json={})
    told = verify_notified(outcome(json()), tools, required=required)
    (text,) = map(str, told.failures) if required else told.warnings[1:]
    assert text.startswith(
        "The page is out, but nobody can tell who was notified: PagerDuty did not tell who was "
        "notified: it answered 403"
    )


def test_several_incidents_are_each_looked_at(api: RequestsMock, tools: OperationContext) -> None:
    log(api, NOTIFIED, number=1)
    api.add("GET", f"{API}/incidents/Q2/log_entries", status=403, json={})
    told = verify_notified(outcome(json(1), json(2, pending_actions=[])), tools, required=False)
    assert told.outputs["notified"] == "Ada"
    assert told.outputs["next-escalation-at"] == AT
    assert len(told.lines) == len(told.warnings) == 2
    assert "nobody can tell who was notified" in told.warnings[1]


@pytest.mark.parametrize("response", [{"status": "success"}, {"incident": {"id": "dry-run"}}, None])
@pytest.mark.parametrize("required", [True, False])
def test_an_alert_without_a_known_incident_cannot_be_seen(
    tools: OperationContext, response: object, *, required: bool
) -> None:
    alert = replace(outcome(json()), response=response)
    told = verify_notified(alert, tools, required=required)
    assert told.outputs["notified"] == told.outputs["next-escalation-at"] == ""
    assert [error.what for error in told.failures] == (
        ["Nobody can tell whether anybody was notified"] if required else []
    )


def test_without_a_rest_key_nobody_can_tell(tools: OperationContext) -> None:
    told = verify_notified(outcome(json()), without(tools, PagerDuty), required=True)
    (failure,) = told.failures
    assert "give pagerduty-token as well" in str(failure)


def test_what_was_not_opened_needs_no_proof(tools: OperationContext) -> None:
    nothing = Outcome("No incident was opened on any of 2 services.")
    assert verify_notified(nothing, tools, required=True).failures == ()

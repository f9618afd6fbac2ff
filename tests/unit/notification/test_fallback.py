"""Break-glass: an alert in place of an incident, when the REST API doesn't hear us."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from contexts import without
from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    InputError,
    NotApplicable,
)
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.events_fallback import with_fallback
from pd_incident_action.operations._shared.incident_request import CreateInputs
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.create import Create
from pd_incident_action.pagerduty.events import PagerDutyEvents

ENQUEUE = "https://events.pagerduty.com/v2/enqueue"
INCIDENTS = "https://api.pagerduty.com/incidents"
REQUEST = CreateInputs(title="Down", service=("PSVC001",), fallback="events")
OPENED = Outcome("Created.", Incident("Q1", "Down", "triggered", number=1), created=True)
Opening = Callable[[CreateInputs, OperationContext], Outcome]


def failing(error: ActionError) -> Opening:
    def open_incident(_request: CreateInputs, _tools: OperationContext) -> Outcome:
        raise error

    return open_incident


def in_part(*causes: ActionError, opened: bool) -> Opening:
    """Fail on several services."""
    failures = []
    for cause in causes:
        failure = NotApplicable(f"No incident was opened: {cause.summary}")
        failure.__cause__ = cause
        failures.append(failure)
    outcome = OPENED if opened else Outcome("None.")
    return lambda _request, _tools: replace(outcome, failures=tuple(failures))


def accepted(api: RequestsMock) -> None:
    api.add("POST", ENQUEUE, status=202, json={"status": "success", "dedup_key": "k"})


def sent(api: RequestsMock) -> dict[str, Any]:
    (body,) = [json.loads(c.request.body or "") for c in api.calls if c.request.url == ENQUEUE]
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    "error",
    [
        ApiUnavailable("It answered 503"),
        ApiUnreachable("It gave no answer"),
        ApiRejected("It answered 401", status=401),
        ApiRejected("It answered 403", status=403),
        ApiRejected("It answered 400", status=400, code=1008),
    ],
)
def test_who_is_not_heard_sends_an_alert(
    api: RequestsMock, tools: OperationContext, error: ActionError
) -> None:
    accepted(api)
    said: list[str] = []
    outcome = with_fallback(failing(error), REQUEST, "k", replace(tools, log=said.append))
    assert outcome.message == "Sent an alert instead of opening an incident: Down (dedup key k)."
    assert (outcome.created, outcome.dedup_key) == (None, "k")
    assert outcome.incident == Incident("k", "Down", "triggered", urgency="high", dedup_key="k")
    assert outcome.write_entity
    assert said == [f"{error.summary}; sending the alert through PagerDuty's Events API instead"]
    (warning,) = outcome.warnings
    assert warning.endswith(f"only in the alert's details. {error}")


@pytest.mark.parametrize(
    "error",
    [
        ApiRejected("It answered 400", status=400, code=2001),
        ApiRejected("It answered 404", status=404),
        NotApplicable("There is no service 'X'"),
    ],
)
def test_a_wish_that_was_judged_is_not_sent_in_another_way(
    tools: OperationContext, error: ActionError
) -> None:
    with pytest.raises(type(error), match=error.summary):
        with_fallback(failing(error), REQUEST, "k", tools)


def test_what_was_opened_needs_no_alert(tools: OperationContext) -> None:
    assert with_fallback(lambda _request, _tools: OPENED, REQUEST, "k", tools) is OPENED


def test_the_rest_api_gets_less_time_than_there_is(
    api: RequestsMock, tools: OperationContext
) -> None:
    given: list[OperationContext] = []

    def open_incident(_request: CreateInputs, hurried: OperationContext) -> Outcome:
        given.append(hurried)
        return OPENED

    with_fallback(open_incident, REQUEST, "k", tools)
    assert given[0].pagerduty is not tools.pagerduty
    assert given[0].pagerduty.requester == tools.pagerduty.requester
    assert given[0].deadline is tools.deadline
    assert len(api.calls) == 0


def test_the_alert_holds_all_that_was_asked_for(api: RequestsMock, tools: OperationContext) -> None:
    accepted(api)
    request = REQUEST.model_copy(
        update={
            "urgency": "low",
            "details": "40 % errors",
            "priority": "P1",
            "assignee": "ada@example.com",
            "incident_type": "major_incident",
            "conference_url": "https://meet.example.com/x",
            "service": ("Checkout", "Payments"),
        }
    )
    with_fallback(failing(ApiUnavailable("Down")), request, "k", tools)
    event = sent(api)
    assert (event["event_action"], event["dedup_key"]) == ("trigger", "k")
    assert event["client_url"] == "https://github.com/octo/shop/actions/runs/123"
    assert event["payload"] == {
        "summary": "Down",
        "source": "Checkout, Payments",
        "severity": "warning",
        "custom_details": {
            "details": "40 % errors",
            "service": "Checkout, Payments",
            "urgency": "low",
            "priority": "P1",
            "assignee": "ada@example.com",
            "incident_type": "major_incident",
            "conference_url": "https://meet.example.com/x",
        },
    }


def test_a_title_that_is_too_long_is_cut_and_kept(
    api: RequestsMock, tools: OperationContext
) -> None:
    accepted(api)
    request = REQUEST.model_copy(update={"title": "x" * 2000})
    outcome = with_fallback(failing(ApiUnavailable("Down")), request, "k", tools)
    assert len(sent(api)["payload"]["summary"]) == 1024
    assert outcome.truncated_inputs == {"title": "x" * 2000}
    assert "Input 'title' has 2000 characters" in outcome.warnings[1]


def test_when_the_alert_is_refused_as_well_both_are_named(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", ENQUEUE, status=400, json={"status": "invalid event", "message": "No"})
    first = ApiUnavailable("PagerDuty answered 503", remedy="wait")
    with pytest.raises(NotApplicable) as caught:
        with_fallback(failing(first), REQUEST, "k", tools)
    assert caught.value.summary.startswith(
        "PagerDuty answered 503. The fallback did not work either: PagerDuty Events did not "
        "accept the trigger event: it answered 400"
    )
    assert str(caught.value).endswith("; wait.")


def test_without_a_routing_key_it_is_said_at_once(tools: OperationContext) -> None:
    with pytest.raises(InputError, match="'routing-key' is empty, but fallback: events needs it"):
        with_fallback(failing(ApiUnavailable("x")), REQUEST, "k", without(tools, PagerDutyEvents))


def test_of_several_services_an_alert_stands_for_all_that_failed(
    api: RequestsMock, tools: OperationContext
) -> None:
    accepted(api)
    opening = in_part(
        ApiRejected("No", status=404), ApiUnavailable("It answered 503"), opened=False
    )
    outcome = with_fallback(opening, REQUEST, "k", tools)
    assert outcome.created is None
    assert outcome.failures == ()


@pytest.mark.parametrize(
    ("cause", "opened"), [(ApiUnavailable("x"), True), (ApiRejected("x", status=404), False)]
)
def test_where_one_was_opened_or_all_were_judged_there_is_no_alert(
    tools: OperationContext, cause: ActionError, *, opened: bool
) -> None:
    outcome = with_fallback(in_part(cause, opened=opened), REQUEST, "k", tools)
    assert len(outcome.failures) == 1
    assert (outcome.incident is not None) is opened


def test_create_falls_back_only_when_asked_to(api: RequestsMock, tools: OperationContext) -> None:
    api.add("POST", INCIDENTS, status=401, body="Unauthorized")
    accepted(api)
    assert Create(REQUEST, tools).run().created is None
    assert sent(api)["dedup_key"] == "pdia-key"
    with pytest.raises(ApiRejected, match="it answered 401"):
        Create(REQUEST.model_copy(update={"fallback": None}), tools).run()


def test_create_on_several_services_falls_back_as_well(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", INCIDENTS, status=401, body="Unauthorized")
    accepted(api)
    outcome = Create(REQUEST.model_copy(update={"service": ("PSVC001", "PSVC002")}), tools).run()
    assert outcome.message.startswith("Sent an alert instead")
    assert outcome.failures == ()


def test_the_only_fallback_is_events() -> None:
    assert CreateInputs.model_validate(
        {"title": "x", "service": "P1", "fallback": " Events "}
    ).fallback
    with pytest.raises(ValidationError, match="'events'"):
        CreateInputs.model_validate({"title": "x", "service": "P1", "fallback": "phone"})

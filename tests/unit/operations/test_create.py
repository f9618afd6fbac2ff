"""Opening an incident: once, on the right service, whatever gets lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from pydantic import ValidationError
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected, ApiUnavailable, NotApplicable
from pd_incident_action.operations._shared.incident_request import CreateInputs
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.create import Create

API = "https://api.pagerduty.com"
INCIDENTS = f"{API}/incidents"
REQUEST = CreateInputs(title="Checkout is down", service=("PSVC123",))
IN_USE = "Open incident with matching dedup key already exists on this service"


def ago(hours: float = 0) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")


def incident(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Checkout is down",
        "status": "triggered",
        "urgency": "high",
        "service": {"id": "PSVC123", "summary": "Checkout"},
        "assignments": [{"assignee": {"summary": "Ada"}}],
        "incident_key": "pdia-key",
        "created_at": ago(),
    } | changes


def created(api: RequestsMock, **changes: Any) -> None:  # noqa: ANN401 - members of JSON
    api.add("POST", INCIDENTS, status=201, json={"incident": incident(**changes)})


def refused(api: RequestsMock, message: str = IN_USE, code: int = 2002) -> None:
    error = {"error": {"code": code, "message": message}}
    api.add("POST", INCIDENTS, status=400, json=error)


def found(api: RequestsMock, *incidents: dict[str, Any]) -> None:
    api.add("GET", INCIDENTS, json={"incidents": list(incidents)})


def sent(api: RequestsMock) -> dict[str, Any]:
    posts = [call.request for call in api.calls if call.request.method == "POST"]
    body: dict[str, Any] = json.loads(posts[0].body or "")["incident"]
    return body


def test_the_least_that_pages_is_a_title_and_a_service(
    api: RequestsMock, tools: OperationContext
) -> None:
    created(api)
    outcome = Create(REQUEST, tools).run()
    assert sent(api) == {
        "type": "incident",
        "title": "Checkout is down",
        "service": {"id": "PSVC123", "type": "service_reference"},
        "urgency": "high",
        "incident_key": "pdia-key",
    }
    assert (outcome.created, outcome.dedup_key, outcome.warnings) == (True, "pdia-key", ())
    assert outcome.response == {"incident": incident()}
    assert outcome.message == (
        "Created incident #42 Checkout is down: triggered, high urgency, assigned to Ada."
    )
    assert len(api.calls) == 1


def test_an_incident_that_nobody_has_yet_names_nobody(
    api: RequestsMock, tools: OperationContext
) -> None:
    created(api, assignments=[])
    assert Create(REQUEST, tools).run().message.endswith("triggered, high urgency.")


@pytest.mark.parametrize(
    ("given", "member", "value"),
    [
        ({"urgency": "low"}, "urgency", "low"),
        ({"details": '"\n:('}, "body", {"type": "incident_body", "details": '"\n:('}),
        (
            {"escalation_policy": "PE12345"},
            "escalation_policy",
            {"id": "PE12345", "type": "escalation_policy_reference"},
        ),
        ({"priority": "PP12345"}, "priority", {"id": "PP12345", "type": "priority_reference"}),
        ({"incident_type": "major"}, "incident_type", {"name": "major"}),
        ({"conference_number": "+1"}, "conference_bridge", {"conference_number": "+1"}),
        (
            {"conference_number": "+1", "conference_url": "https://x.example"},
            "conference_bridge",
            {"conference_number": "+1", "conference_url": "https://x.example"},
        ),
        ({"incident_key": "mine"}, "incident_key", "mine"),
        (
            {"assignee": "PU12345"},
            "assignments",
            [{"assignee": {"id": "PU12345", "type": "user_reference"}}],
        ),
    ],
)
def test_each_input_has_its_place(
    api: RequestsMock, tools: OperationContext, given: dict[str, Any], member: str, value: object
) -> None:
    created(api, priority={"name": "PP12345"})
    Create(CreateInputs.model_validate({"title": "x", "service": "PSVC123", **given}), tools).run()
    assert sent(api)[member] == value
    assert len(api.calls) == 1


def test_an_assignees_address_is_looked_up_first(
    api: RequestsMock, tools: OperationContext
) -> None:
    users = [{"id": "PU9", "email": "bob@example.com"}]
    api.add("GET", f"{API}/users", json={"users": users})
    created(api)
    Create(CreateInputs(title="x", service=("PSVC123",), assignee="bob@example.com"), tools).run()
    assert sent(api)["assignments"] == [{"assignee": {"id": "PU9", "type": "user_reference"}}]


def test_nobody_is_paged_for_an_assignee_who_does_not_exist(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{API}/users", json={"users": []})
    with pytest.raises(NotApplicable, match="no user"):
        Create(
            CreateInputs(title="x", service=("PSVC123",), assignee="bob@example.com"), tools
        ).run()
    assert {call.request.method for call in api.calls} == {"GET"}


def test_what_is_too_long_is_cut_and_pages_all_the_same(
    api: RequestsMock, tools: OperationContext
) -> None:
    created(api)
    long = {"title": "t" * 1025, "details": "d" * 65_536, "incident_key": "k" * 256}
    outcome = Create(CreateInputs.model_validate({"service": "PSVC123", **long}), tools).run()
    body = sent(api)
    lengths = (len(body["title"]), len(body["body"]["details"]), len(body["incident_key"]))
    assert lengths == (1024, 65_535, 255)
    assert outcome.truncated_inputs == {name.replace("_", "-"): text for name, text in long.items()}
    assert len(outcome.warnings) == 3


@pytest.mark.parametrize(
    ("message", "code"),
    [(IN_USE, 2002), ("Arguments caused an error", 2002), (IN_USE, 2001)],
)
def test_an_incident_that_is_open_already_is_gone_on_with(
    api: RequestsMock, tools: OperationContext, message: str, code: int
) -> None:
    refused(api, message, code)
    found(api, incident(id="Q7", service={"id": "POTHER1"}), incident(id="Q8"))
    outcome = Create(REQUEST, tools).run()
    assert outcome.incident is not None
    assert (outcome.incident.id, outcome.created) == ("Q8", False)
    assert outcome.message.startswith("Found the open incident that was asked for before, #42")
    params = api.calls[1].request.params  # type: ignore[attr-defined]
    assert params["incident_key"] == "pdia-key"
    assert params["statuses[]"] == ["triggered", "acknowledged"]


LOST = requests.ReadTimeout("Read timed out.")


@pytest.mark.parametrize(
    ("created_at", "ours"),
    [(ago, True), (lambda: ago(1), False), (str, True), (lambda: "nonsense", True)],
    ids=["now", "long ago", "unknown", "unreadable"],
)
def test_an_incident_whose_answer_was_lost_was_opened_by_this_run(
    api: RequestsMock, tools: OperationContext, created_at: Callable[[], str], *, ours: bool
) -> None:
    api.add("POST", INCIDENTS, body=LOST)
    refused(api)
    found(api, incident(created_at=created_at()))
    assert Create(REQUEST, tools).run().created is ours


def test_a_time_without_zone_does_not_break_a_page_that_is_out(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", INCIDENTS, body=LOST)
    refused(api)
    found(api, incident(created_at=ago().removesuffix("+00:00")))
    assert Create(REQUEST, tools).run().created is True


def test_an_incident_that_was_resolved_in_between_is_opened_anew(
    api: RequestsMock, tools: OperationContext
) -> None:
    refused(api)
    created(api, id="Q9")
    found(api)
    outcome = Create(REQUEST, tools).run()
    assert outcome.incident is not None
    assert (outcome.incident.id, outcome.created) == ("Q9", True)
    assert [call.request.method for call in api.calls] == ["POST", "GET", "POST"]


def test_other_wrong_arguments_are_not_taken_for_a_key_in_use(
    api: RequestsMock, tools: OperationContext
) -> None:
    refused(api, "Service not found")
    found(api)
    with pytest.raises(ApiRejected, match="Service not found"):
        Create(REQUEST, tools).run()
    assert [call.request.method for call in api.calls] == ["POST", "GET"]


@pytest.mark.parametrize("code", [2001, 1008, 2016])
def test_a_refusal_for_another_reason_looks_nothing_up(
    api: RequestsMock, tools: OperationContext, code: int
) -> None:
    refused(api, "No", code)
    with pytest.raises(ApiRejected) as caught:
        Create(REQUEST, tools).run()
    assert (caught.value.code, len(api.calls)) == (code, 1)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_at_pagerduty_is_outlived_with_the_same_key(
    api: RequestsMock, tools: OperationContext, status: int
) -> None:
    api.add("POST", INCIDENTS, status=status)
    created(api)
    assert Create(REQUEST, tools).run().created is True
    bodies = [json.loads(call.request.body or "") for call in api.calls]
    assert bodies[0] == bodies[1]


PRIORITIES = {"priorities": [{"id": "PP1", "name": "P1"}, {"id": "PP2", "name": "P2"}]}


@pytest.mark.parametrize("name", ["P2", "p2", " P2 "])
def test_a_named_priority_is_set_after_the_page(
    api: RequestsMock, tools: OperationContext, name: str
) -> None:
    created(api)
    api.add("GET", f"{API}/priorities", json=PRIORITIES)
    changed = incident(priority={"id": "PP2", "summary": "P2"})
    wanted = {"type": "incident_reference", "priority": {"id": "PP2", "type": "priority_reference"}}
    matcher = matchers.json_params_matcher({"incident": wanted})
    api.add("PUT", f"{INCIDENTS}/Q1", json={"incident": changed}, match=[matcher])
    outcome = Create(CreateInputs(title="x", service=("PSVC123",), priority=name), tools).run()
    assert [call.request.method for call in api.calls] == ["POST", "GET", "PUT"]
    assert "priority" not in sent(api)
    assert outcome.incident is not None
    assert (outcome.incident.priority, outcome.warnings) == ("P2", ())
    assert outcome.response == {"incident": changed}


def test_a_priority_that_is_set_already_is_left_alone(
    api: RequestsMock, tools: OperationContext
) -> None:
    created(api, priority={"summary": "p1"})
    Create(CreateInputs(title="x", service=("PSVC123",), priority="P1"), tools).run()
    assert len(api.calls) == 1


def test_an_unknown_priority_is_a_warning_that_names_the_known_ones(
    api: RequestsMock, tools: OperationContext
) -> None:
    created(api)
    api.add("GET", f"{API}/priorities", json=PRIORITIES)
    outcome = Create(CreateInputs(title="x", service=("PSVC123",), priority="urgent"), tools).run()
    (warning,) = outcome.warnings
    assert warning == (
        "The page is out, but without its priority: PagerDuty has no priority 'urgent': neither "
        "the configuration file nor this account knows that name; did you mean P1 (PP1), P2 (PP2)."
    )
    assert outcome.created is True


@pytest.mark.parametrize("where", ["list", "set"])
def test_priority_trouble_does_not_undo_the_page(
    api: RequestsMock, tools: OperationContext, where: str
) -> None:
    created(api)
    if where == "list":
        api.add("GET", f"{API}/priorities", status=402)
    else:
        api.add("GET", f"{API}/priorities", json=PRIORITIES)
        api.add("PUT", f"{INCIDENTS}/Q1", status=403)
    outcome = Create(CreateInputs(title="x", service=("PSVC123",), priority="P1"), tools).run()
    (warning,) = outcome.warnings
    assert warning.startswith("The page is out, but without its priority: PagerDuty did not")
    assert outcome.created is True


def test_only_one_kind_of_recipient_can_be_given() -> None:
    with pytest.raises(ValidationError, match="PagerDuty takes one"):
        CreateInputs(title="x", service=("P1",), assignee="PU1", escalation_policy="PE12345")
    assert CreateInputs(title="x", service=("P1",), assignee="PU1").assignee == "PU1"


def test_after_an_interruption_the_open_incident_is_found(
    api: RequestsMock, tools: OperationContext
) -> None:
    found(api, incident())
    outcome = Create(REQUEST, tools).recover()
    assert outcome is not None
    assert outcome.incident is not None
    assert (outcome.incident.id, outcome.created) == ("Q1", None)
    assert (outcome.dedup_key, outcome.response) == ("pdia-key", {"incident": incident()})


def test_after_an_interruption_there_may_be_nothing(
    api: RequestsMock, tools: OperationContext
) -> None:
    found(api)
    assert Create(REQUEST, tools).recover() is None


def test_after_an_interruption_another_services_incident_is_not_ours(
    api: RequestsMock, tools: OperationContext
) -> None:
    found(api, incident(id="Q7", service={"id": "POTHER1"}, incident_key="mine"))
    request = CreateInputs(title="x", service=("PSVC123",), incident_key="mine")
    assert Create(request, tools).recover() is None


def test_trouble_that_does_not_end_in_time_is_reported(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", INCIDENTS, status=503, headers={"Retry-After": "3600"})
    with pytest.raises(ApiUnavailable, match="did not create the incident: it answered 503"):
        Create(REQUEST, tools).run()

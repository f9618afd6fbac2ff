"""Where each input comes from, in which order, and how all that is wrong is said at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from pd_incident_action.errors import InputProblem
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec
from pd_incident_action.inputs.given import normalize_name
from pd_incident_action.inputs.port_context import PortContext
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import (
    Sources,
    build,
    build_partial,
    described,
    gather,
    read_sources,
)
from pd_incident_action.inputs.validation_errors import choices, public_name
from pd_incident_action.operations._shared.alert_request import TriggerInputs
from pd_incident_action.operations._shared.incident_request import CreateInputs
from pd_incident_action.operations.escalate import Escalate

CONTEXT = {"entity": "PENT123", "run_id": "r_Ctx"}


def sources(
    given: Mapping[str, str] | None = None, dispatched: Mapping[str, Any] | None = None
) -> Sources:
    environment = {f"INPUT_{name.upper()}": value for name, value in (given or {}).items()}
    read, problems = read_sources(environment, {"inputs": dispatched or {}})
    assert problems == []
    return read


@pytest.mark.parametrize(
    "name",
    ["extra-details", "extra_details", "extraDetails", "EXTRA-DETAILS", "Extra Details"],
)
def test_all_spellings_of_a_name_are_one(name: str) -> None:
    assert normalize_name(name) == "extradetails"


@pytest.mark.parametrize("given", ["from", "from_"])
def test_a_fields_public_name_has_hyphens_only_inside(given: str) -> None:
    assert public_name(given) == "from"
    assert public_name("escalation_policy") == "escalation-policy"


@pytest.mark.parametrize(
    ("given", "dispatched", "title"),
    [
        ({"title": "with"}, {"title": "event"}, "with"),
        ({"title": ""}, {"title": "event"}, "event"),
        ({"title": " \n"}, {"title": "event"}, "event"),
        ({}, {"title": "event"}, "event"),
        ({}, {"title": "  "}, "context"),
        ({}, {"title": None}, "context"),
        ({}, {"title": "null"}, "context"),
        ({}, {}, "context"),
    ],
)
def test_with_comes_before_the_event_and_the_event_before_the_context(
    given: dict[str, str], dispatched: dict[str, Any], title: str
) -> None:
    payload = json.dumps({"payload": {"properties": {"title": "context"}}})
    found = gather(CreateInputs, sources(given, {**dispatched, "port_payload": payload}))
    assert found["title"] == title


@pytest.mark.parametrize(
    ("given", "dispatched", "service"),
    [
        ({"service": "PWITH01"}, {"service": "PEVT001"}, "PWITH01"),
        ({}, {"service": "PEVT001"}, "PEVT001"),
        ({}, {"service_id": "PEVT001"}, "PEVT001"),
        ({}, {"serviceId": "PEVT001"}, "PEVT001"),
        ({}, {}, "PENT123"),
    ],
)
def test_the_context_stands_in_for_a_service_that_nobody_gave(
    given: dict[str, str], dispatched: dict[str, str], service: str
) -> None:
    read = sources(given, {**dispatched, "port_context": json.dumps(CONTEXT)})
    assert gather(CreateInputs, read)["service"] == service


def test_without_any_value_an_input_is_absent_and_its_default_holds() -> None:
    model, problems = build(CreateInputs, sources({"title": "Down", "service": "PSVC123"}))
    assert problems == []
    assert model == CreateInputs(title="Down", service=("PSVC123",), urgency="high")


@pytest.mark.parametrize(
    ("model", "name", "field"),
    [
        (CreateInputs, "incidentTitle", "title"),
        (CreateInputs, "INCIDENT-TITLE", "title"),
        (CreateInputs, "extra_details", "details"),
        (CreateInputs, "extraDetails", "details"),
        (CreateInputs, "description", "details"),
        (CreateInputs, "escalation_policy_id", "escalation_policy"),
        (CreateInputs, "escalationPolicy", "escalation_policy"),
        (CreateInputs, "new_owner", "assignee"),
        (CreateInputs, "priority_id", "priority"),
        (Escalate.Inputs, "incident_id", "incident"),
        (TriggerInputs, "title", "summary"),
        (TriggerInputs, "event_action", "event_action"),
        (TriggerInputs, "class", "class_"),
        (Settings, "actorEmail", "from_"),
        (Settings, "blueprintIdentifier", "blueprint"),
        (Settings, "routing_key", "routing_key"),
        (Settings, "portRunId", "port_run_id"),
        (Settings, "run_id", "port_run_id"),
    ],
)
def test_an_input_is_known_by_every_name_it_has_or_had(
    model: type[BaseModel], name: str, field: str
) -> None:
    assert gather(model, sources({name: "x1"}))[field] == "x1"
    assert gather(model, sources({}, {name: "x1"}))[field] == "x1"


@pytest.mark.parametrize("name", ["titel", "escalation", "own_er"])
def test_a_name_that_no_input_has_is_ignored(name: str) -> None:
    assert gather(CreateInputs, sources({name: "x1"}, {name: "x1"})) == {}


TRUSTED = [
    ("pagerduty-token", "pagerduty_token"),
    ("token", "pagerduty_token"),
    ("port-client-id", "port_client_id"),
    ("portClientSecret", "port_client_secret"),
    ("pagerduty-api-url", "pagerduty_api_url"),
    ("pagerduty-events-url", "pagerduty_events_url"),
    ("port-api-url", "port_api_url"),
]


@pytest.mark.parametrize(("name", "field"), TRUSTED)
def test_what_decides_where_credentials_go_is_taken_from_with_only(name: str, field: str) -> None:
    payload = json.dumps({"payload": {"properties": {name: "x1"}}})
    assert gather(Settings, sources({name: "x1"}))[field] == "x1"
    assert field not in gather(Settings, sources({}, {name: "x1", "port_payload": payload}))


@pytest.mark.parametrize("name", ["port_context", "portContext", "port-context", "port_payload"])
@pytest.mark.parametrize("given", [True, False])
def test_the_context_is_read_from_with_and_from_the_event(name: str, *, given: bool) -> None:
    text = json.dumps(CONTEXT)
    read = sources({name: text}) if given else sources({}, {name: text})
    assert (read.context.entity, read.context.run_id) == ("PENT123", "r_Ctx")


def test_context_and_payload_fill_each_other_in_and_the_context_decides() -> None:
    context = json.dumps({"run_id": "r_Ctx"})
    payload = json.dumps({"context": {"runId": "r_Pay", "entity": "PPAY001"}})
    read = sources({}, {"port_payload": payload, "port_context": context})
    assert (read.context.run_id, read.context.entity) == ("r_Ctx", "PPAY001")


def test_an_object_in_the_event_counts_as_a_context_too() -> None:
    assert sources({}, {"port_context": CONTEXT}).context.run_id == "r_Ctx"


@pytest.mark.parametrize("name", ["port_context", "port_payload"])
def test_a_context_that_cannot_be_read_is_complained_about(name: str) -> None:
    read, problems = read_sources({}, {"inputs": {name: "{oops"}})
    (problem,) = problems
    assert problem.input == name.replace("_", "-")
    assert "not valid JSON" in problem.problem
    assert json.loads(problem.example)
    assert read.context == PortContext()


@pytest.mark.parametrize("text", ["", "  ", "null"])
def test_a_blank_context_is_no_context_and_no_complaint(text: str) -> None:
    read, problems = read_sources({}, {"inputs": {"port_context": text}})
    assert (read.context, problems) == (PortContext(), [])


def test_the_older_guides_payload_of_fields_is_read() -> None:
    payload = json.dumps({"summary": "Down", "severity": "critical"})
    read = sources({}, {"payload": payload, "source": "shop"})
    found = gather(TriggerInputs, read)
    assert (found["summary"], found["severity"], found["source"]) == ("Down", "critical", "shop")


@pytest.mark.parametrize("payload", ["plain text", "{broken", "[1]", "", "null", 12])
def test_a_payload_that_is_no_object_holds_no_fields(payload: object) -> None:
    assert gather(TriggerInputs, sources({}, {"payload": payload})) == {}


def test_a_composite_action_passes_its_inputs_as_json() -> None:
    environment = {"INPUTS_JSON": json.dumps({"title": "Down", "port-run-id": "r_1", "from": ""})}
    read, _ = read_sources(environment, {"inputs": {"from": "ada@example.com"}})
    assert gather(CreateInputs, read) == {"title": "Down"}
    assert gather(Settings, read) == {"port_run_id": "r_1", "from_": "ada@example.com"}


OLDER = [
    ("port-client-id", "portClientId", "port_client_id"),
    ("port-client-secret", "portClientSecret", "port_client_secret"),
    ("port-run-id", "portRunId", "port_run_id"),
]


@pytest.mark.parametrize(("name", "older", "field"), OLDER)
@pytest.mark.parametrize("composite", [True, False])
def test_a_blank_older_name_does_not_hide_the_name_that_was_given(
    name: str, older: str, field: str, *, composite: bool
) -> None:
    given = {name: "x1", older: ""}
    variables = {f"INPUT_{key.upper()}": value for key, value in given.items()}
    environment = {"INPUTS_JSON": json.dumps(given)} if composite else variables
    read, _ = read_sources(environment, {})
    assert gather(Settings, read) == {field: "x1"}


@pytest.mark.parametrize(("name", "older", "field"), OLDER)
def test_an_older_name_works_beside_a_blank_new_one(name: str, older: str, field: str) -> None:
    environment = {f"INPUT_{name.upper()}": "", f"INPUT_{older.upper()}": "x1"}
    read, _ = read_sources(environment, {})
    assert gather(Settings, read) == {field: "x1"}


@pytest.mark.parametrize("event", [{}, {"inputs": None}, {"inputs": ["x"]}, {"inputs": "x"}])
def test_an_event_without_inputs_has_none(event: dict[str, Any]) -> None:
    assert read_sources({"PATH": "/bin"}, event) == (Sources({}, {}), [])


@pytest.mark.parametrize(
    ("value", "text"), [(12, "12"), (True, "true"), ({"a": "ü"}, '{"a": "\\u00fc"}')]
)
def test_what_the_event_holds_in_json_is_read_as_text(value: object, text: str) -> None:
    assert gather(TriggerInputs, sources({}, {"details": value}))["custom_details"] == text


@pytest.mark.parametrize(
    ("payload", "field", "value"),
    [
        ({"trigger": {"by": {"user": {"email": "a@b.cd"}}}}, "from_", "a@b.cd"),
        ({"context": {"runId": "r_1"}}, "port_run_id", "r_1"),
    ],
)
def test_the_context_stands_in_for_settings(
    payload: dict[str, Any], field: str, value: str
) -> None:
    text = json.dumps(payload)
    assert gather(Settings, sources({}, {"port_payload": text})) == {field: value}


def test_a_hidden_field_is_taken_from_the_context_alone() -> None:
    read = sources({"entity": "x"}, {"entity": "y", "port_context": json.dumps(CONTEXT)})
    assert gather(TriggerInputs, read)["entity"] == "PENT123"
    assert "entity" not in gather(TriggerInputs, sources({"entity": "x"}, {"entity": "y"}))
    assert "entity" not in [name for name, _, _ in described(TriggerInputs)]


def test_all_that_is_wrong_is_said_at_once_with_examples() -> None:
    wrong = {"service": "not\ta name", "urgency": "loud", "conference-url": "x"}
    model, problems = build(CreateInputs, sources(wrong))
    assert model is None
    assert problems == [
        InputProblem("title", "is missing", "Checkout answers 500"),
        InputProblem(
            "service",
            "must be a name or an id: one line of at most 255 characters",
            "Checkout, Payments",
        ),
        InputProblem("urgency", "must be one of high, low", "low"),
        InputProblem(
            "conference-url", "must be an http(s) URL", "https://meet.example.com/incident"
        ),
    ]


@pytest.mark.parametrize(
    ("timeout", "problem"),
    [
        ("soon", "must be a whole number"),
        ("1.5", "must be a whole number"),
        ("0", "must be at least 1"),
        ("99999", "must be at most 3600"),
    ],
)
def test_a_wrong_number_is_explained(timeout: str, problem: str) -> None:
    _, problems = build(Settings, sources({"timeout": timeout}))
    assert problems == [InputProblem("timeout", problem, "60")]


@pytest.mark.parametrize("level", ["0", "21", "two"])
def test_a_wrong_level_is_not_explained_in_seconds(level: str) -> None:
    _, problems = build(Escalate.Inputs, sources({"incident": "Q1", "escalation-level": level}))
    (problem,) = problems
    assert problem.input == "escalation-level"
    assert "seconds" not in problem.problem


def test_what_is_wrong_between_inputs_is_said_in_their_names() -> None:
    both = {"title": "x", "service": "P1", "assignee": "PU1", "escalation-policy": "PE1"}
    assert build(CreateInputs, sources(both)) == (
        None,
        [
            InputProblem(
                "inputs",
                "must not hold both 'assignee' and 'escalation-policy': PagerDuty takes one",
            )
        ],
    )


def test_a_lenient_build_keeps_what_is_right() -> None:
    mixed = {"from": "nobody", "blueprint": "incident", "timeout": "soon", "port-region": "us"}
    settings = build_partial(Settings, sources(mixed))
    assert (settings.from_, settings.timeout) == (None, 120)
    assert (settings.blueprint, settings.port_region) == ("incident", "us")


def test_a_lenient_build_of_what_is_all_right_is_the_same() -> None:
    right = sources({"blueprint": "incident"})
    assert build_partial(Settings, right) == build(Settings, right)[0]


class _Sample(BaseModel):
    kind: Annotated[Literal["a", "b"] | None, CaseInsensitive, InputSpec("k")] = None
    text: Annotated[str, InputSpec("t")] = ""
    number: Annotated[int, Field(ge=1), InputSpec("n")] = 1
    internal: str = ""


@pytest.mark.parametrize(
    ("field", "expected"), [("kind", ("a", "b")), ("text", ()), ("number", ())]
)
def test_only_a_field_of_fixed_choices_has_choices(field: str, expected: tuple[str, ...]) -> None:
    assert choices(_Sample.model_fields[field]) == expected


def test_what_is_not_offered_is_neither_described_nor_gathered() -> None:
    assert [name for name, _, _ in described(_Sample)] == ["kind", "text", "number"]
    assert gather(_Sample, sources({"internal": "x", "text": "y"})) == {"text": "y"}

"""Where each input comes from, in which order, and how everything that is wrong is reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pd_incident_action.inputs.port_context import PortContext
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import (
    InputSource,
    Sources,
    add_form,
    build,
    build_partial,
    explain_source,
    read_step,
    resolve,
)
from pd_incident_action.inputs.values import normalize_name, public_name
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.operations.create import Create
from pd_incident_action.operations.escalate import Escalate
from pd_incident_action.operations.snooze import Snooze
from pd_incident_action.operations.sync_plan import SyncPlan
from pd_incident_action.operations.trigger import Trigger
from pd_incident_action.pagerduty.provider import PagerDutySettings

CONTEXT = {"entity": "PENT123", "run_id": "r_Ctx"}


def sources(
    given: Mapping[str, str] | None = None, form: Mapping[str, Any] | None = None
) -> Sources:
    """Read what stands under ``with:``, and a form that is ours because it has Port's context."""
    step = read_step({f"INPUT_{name.upper()}": value for name, value in (given or {}).items()})
    read, problems = add_form(step, {"port_context": "", **(form or {})}, OperationInputs)
    assert problems == []
    return read


def values(model: type[BaseModel], read: Sources) -> dict[str, str]:
    return {name: one.value for name, one in resolve(model, read).items()}


def test_all_spellings_of_a_name_are_one() -> None:
    spellings = ["extra-details", "extra_details", "extraDetails", "EXTRA-DETAILS", "Extra Details"]
    assert {normalize_name(name) for name in spellings} == {"extradetails"}
    assert [public_name(name) for name in ("from_", "escalation_policy")] == [
        "from",
        "escalation-policy",
    ]


def test_with_comes_before_the_event_then_ports_payload_and_context() -> None:
    cases: list[tuple[dict[str, str], dict[str, Any], str]] = [
        ({"title": "with"}, {"title": "event"}, "with"),
        ({"title": " \n"}, {"title": "event"}, "event"),
        ({}, {"title": "event"}, "event"),
        ({}, {"title": "  "}, "Port"),
        ({}, {}, "Port"),
    ]
    for given, dispatched, title in cases:
        payload = json.dumps({"payload": {"properties": {"title": "Port"}}})
        read = sources(given, {**dispatched, "port_payload": payload})
        assert values(Create.Inputs, read)["title"] == title
    for given, dispatched, service in [
        ({"service": "PWITH01"}, {"service": "PEVT001"}, "PWITH01"),
        ({}, {"service_id": "PEVT001"}, "PEVT001"),
        ({}, {}, "PENT123"),
    ]:
        read = sources(given, {**dispatched, "port_context": json.dumps(CONTEXT)})
        assert values(Create.Inputs, read)["service"] == service


def test_an_input_is_known_by_every_name_it_has_or_had() -> None:
    cases: list[tuple[type[BaseModel], str, str]] = [
        (Create.Inputs, "incidentTitle", "title"),
        (Create.Inputs, "INCIDENT-TITLE", "title"),
        (Create.Inputs, "extra_details", "details"),
        (Create.Inputs, "extraDetails", "details"),
        (Create.Inputs, "description", "details"),
        (Create.Inputs, "escalation_policy_id", "escalation_policy"),
        (Create.Inputs, "new_owner", "assignee"),
        (Create.Inputs, "priority_id", "priority"),
        (Escalate.Inputs, "incident_id", "incident"),
        (Trigger.Inputs, "title", "summary"),
        (Trigger.Inputs, "class", "class_"),
        (PagerDutySettings, "actorEmail", "from_"),
        (PagerDutySettings, "routing_key", "routing_key"),
        (Settings, "blueprintIdentifier", "blueprint"),
        (Settings, "portRunId", "port_run_id"),
        (Settings, "run_id", "port_run_id"),
    ]
    for model, name, field in cases:
        assert values(model, sources({name: "x1"}))[field] == "x1"
        form = values(model, sources({}, {name: "x1"}))
        assert form == ({} if model is Settings else {field: "x1"})
        assert values(model, sources({f"{name}r": "x1"}, {f"{name}r": "x1"})) == {}


def test_what_decides_where_credentials_go_is_taken_from_with_only() -> None:
    cases: list[tuple[type[BaseModel], str, str]] = [
        (PagerDutySettings, "pagerduty-token", "pagerduty_token"),
        (PagerDutySettings, "token", "pagerduty_token"),
        (PagerDutySettings, "pagerduty-api-url", "pagerduty_api_url"),
        (PagerDutySettings, "pagerduty-events-url", "pagerduty_events_url"),
        (Settings, "port-client-id", "port_client_id"),
        (Settings, "portClientSecret", "port_client_secret"),
        (Settings, "port-api-url", "port_api_url"),
    ]
    for model, name, field in cases:
        payload = json.dumps({"payload": {"properties": {name: "x1"}}})
        assert values(model, sources({name: "x1"}))[field] == "x1"
        assert field not in values(model, sources({}, {name: "x1", "port_payload": payload}))


def test_the_context_is_read_from_with_and_from_the_event() -> None:
    text = json.dumps(CONTEXT)
    for name in ("port_context", "portContext", "port-context", "port_payload"):
        for read in (sources({name: text}), sources({}, {name: text})):
            assert (read.context.entity, read.context.run_id) == ("PENT123", "r_Ctx")
    assert sources({}, {"port_context": CONTEXT}).context.run_id == "r_Ctx"


def test_the_context_comes_before_the_payload() -> None:
    assert sources({}, {"port_context": " null "}).context == PortContext()
    context = json.dumps({"run_id": "r_Ctx"})
    payload = json.dumps({"context": {"runId": "r_Pay", "entity": "PPAY001"}})
    read = sources({}, {"port_payload": payload, "port_context": context})
    assert (read.context.run_id, read.context.entity) == ("r_Ctx", "PPAY001")


def test_a_context_that_cannot_be_read_is_a_problem() -> None:
    for name in ["port_context", "port_payload"]:
        read, (problem,) = add_form(Sources(), {name: "{oops"}, OperationInputs)
        assert problem.input == name.replace("_", "-")
        assert "not valid JSON" in problem.problem
        assert json.loads(problem.example)
        assert read.context == PortContext()


def test_the_payload_of_ports_older_guide_is_read() -> None:
    payload = json.dumps({"summary": "Down", "severity": "critical"})
    found = values(Trigger.Inputs, sources({}, {"payload": payload, "source": "shop"}))
    assert (found["summary"], found["severity"], found["source"]) == ("Down", "critical", "shop")
    for odd in ("plain text", "{broken", "[1]", "", "null", 12):
        assert values(Trigger.Inputs, sources({}, {"payload": odd})) == {}


def test_only_inputs_count_and_what_only_with_may_set_has_its_exact_name() -> None:
    """A workflow's own variables have underscores: a shell can't set others."""
    spoofed = {
        "INPUTS_JSON": json.dumps({"title": "Up", "pagerduty-api-url": "https://evil.example.com"}),
        "INPUT_PAGERDUTY_API_URL": "https://evil.example.com",
        "INPUT_PAGERDUTYAPIURL": "https://evil.example.com",
        "INPUT_PAGERDUTY-API-URL": "",
        "PAGERDUTY-API-URL": "https://evil.example.com",
    }
    read = read_step(spoofed)
    assert values(Create.Inputs, read) == values(PagerDutySettings, read) == {}
    own = {"INPUT_PAGERDUTY-API-URL": "https://proxy.example.com", "INPUT_TITLE": "Down"}
    read = read_step(spoofed | own)
    assert values(Create.Inputs, read) == {"title": "Down"}
    assert values(PagerDutySettings, read) == {"pagerduty_api_url": "https://proxy.example.com"}


def test_a_blank_spelling_of_a_name_hides_no_other() -> None:
    for given in ({"port-run-id": "x1", "portRunId": ""}, {"port-run-id": "", "portRunId": "x1"}):
        variables = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        read = read_step(variables)
        assert values(Settings, read) == {"port_run_id": "x1"}


def test_json_in_the_event_is_read_as_text() -> None:
    for value, text in [(12, "12"), (True, "true"), ({"a": "ü"}, '{"a": "\\u00fc"}')]:
        assert values(Trigger.Inputs, sources({}, {"details": value}))["custom_details"] == text


def test_the_context_provides_settings() -> None:
    cases: list[tuple[type[BaseModel], dict[str, Any], dict[str, str]]] = [
        (PagerDutySettings, {"trigger": {"by": {"user": {"email": "x"}}}}, {"from_": "x"}),
        (Settings, {"context": {"runId": "r_1"}}, {"port_run_id": "r_1"}),
    ]
    for model, payload, found in cases:
        assert values(model, sources({}, {"port_payload": json.dumps(payload)})) == found


def test_a_hidden_field_is_taken_from_the_context_alone() -> None:
    given = {"entity": "x"}, {"entity": "y"}
    assert "entity" not in values(Trigger.Inputs, sources(*given))
    read = sources(given[0], {**given[1], "port_context": json.dumps(CONTEXT)})
    assert values(Trigger.Inputs, read)["entity"] == "PENT123"


def test_everything_that_is_wrong_is_reported_at_once() -> None:
    wrong = {"service": "not\ta name", "urgency": "loud", "conference-url": "x"}
    model, problems, _ = build(Create.Inputs, sources(wrong), without_decoration=True)
    assert model is None
    assert [(one.input, one.is_decoration) for one in problems] == [
        ("title", False),
        ("service", False),
        ("urgency", True),
        ("conference-url", True),
    ]
    assert str(problems[0]) == "Input 'title' is missing; for example title: Checkout answers 500."


def test_a_wrong_value_is_explained() -> None:
    many = ",".join(f"P{number}" for number in range(51))
    cases: list[tuple[type[BaseModel], dict[str, str], str]] = [
        (Settings, {"timeout": "soon"}, "must be a duration such as 30m, 2h or 1d12h"),
        (Settings, {"timeout": "60"}, "has no unit: is it 60m, 60h or 60s?"),
        (Settings, {"timeout": "2h"}, "must be at most 1h"),
        (SyncPlan.Inputs, {"shards": "x"}, "must be a whole number, not 'x'"),
        (SyncPlan.Inputs, {"shards": "0"}, "must be at least 1"),
        (SyncPlan.Inputs, {"shards": "999"}, "must be at most 256"),
        (Settings, {"dry-run": "perhaps"}, "must be true or false, not 'perhaps'"),
        (Settings, {"catalog-errors": "x" * 99}, f"must be one of warn, fail, not '{'x' * 49}…'"),
        (Create.Inputs, {"title": "x", "service": ","}, "must name at least one"),
        (Create.Inputs, {"title": "x", "service": many}, "must name at most 50"),
    ]
    for model, given, problem in cases:
        _, (found,), _ = build(model, sources(given))
        assert found.problem == problem


def test_a_wrong_value_is_named_as_it_was_given() -> None:
    for given, form in (({"duration": "30"}, {}), ({}, {"duration": "30"})):
        _, (problem,), _ = build(Snooze.Inputs, sources({"incident": "Q1", **given}, form))
        assert str(problem) == (
            "Input 'until' (given as 'duration') has no unit: is it 30m, 30h or 30s?"
        )
    _, (problem,) = build_partial(PagerDutySettings, sources({"actorEmail": "ada"}))
    assert problem.as_warning() == (
        "Input 'from' (given as 'actorEmail') was left out: it must be a single e-mail address."
    )


def test_a_partial_model_keeps_what_is_right() -> None:
    mixed = {"blueprint": "incident", "timeout": "soon", "port-region": "us"}
    settings, (problem,) = build_partial(Settings, sources(mixed))
    assert (settings.blueprint, settings.port_region, settings.timeout) == ("incident", "us", 120)
    assert problem.input == "timeout"
    assert build_partial(Settings, sources({"blueprint": "x"})) == (Settings(blueprint="x"), [])


def test_each_place_has_a_name() -> None:
    clicked = Sources(context=PortContext(entity="Q1ABC"))
    for read, name, value, where in [
        (Sources({"incidentid": "Q1ABC"}), "incident", "Q1ABC", "the step's `with:`"),
        (Sources(dispatch_inputs={"incident": "Q1"}), "incident", "Q1", "the workflow's inputs"),
        (Sources(port_inputs={"incidentid": "Q1ABC"}), "incident", "Q1ABC", "Port's form"),
        (clicked, "incident", "Q1ABC", "the entity that the Port action was run on"),
        (Sources(config_defaults={"urgency": "high"}), "urgency", "high", "the configuration file"),
    ]:
        assert resolve(Escalate.Inputs, read) == {name: InputSource(name, value, where)}


def test_a_text_names_the_input_whose_value_it_mentions() -> None:
    for text, sentence in [
        (
            "PagerDuty failed to find incident Q2ABCDEF: it answered 404",
            "Q2ABCDEF is input 'incident', from the workflow's inputs.",
        ),
        ("PagerDuty failed to find incident Q2ABCDEFG", ""),
        ("urgency high", ""),
        ("", ""),
    ]:
        inputs = (
            InputSource("incident", "Q1ABCDEF, Q2ABCDEF", "the workflow's inputs"),
            InputSource("urgency", "high", "the step's `with:`"),
        )
        assert explain_source(text, inputs) == sentence

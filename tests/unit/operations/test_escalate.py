"""Handing an incident on never reopens it, and says where it went."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.inputs.validation_errors import choices
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.escalate import Escalate

URL = "https://api.pagerduty.com/incidents/Q1"


def incident(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "assignments": [{"assignee": {"summary": "Ada"}}],
        "escalation_policy": {"summary": "Shop"},
        "incident_key": "k",
    } | changes


@pytest.mark.parametrize(
    ("given", "change", "steps"),
    [
        (
            {"escalation_policy": "PESC123"},
            {"escalation_policy": {"id": "PESC123", "type": "escalation_policy_reference"}},
            "to policy Managers",
        ),
        ({"escalation_level": 2}, {"escalation_level": 2}, "to level 2"),
        ({"urgency": "low"}, {"urgency": "low"}, "with low urgency"),
        (
            {"escalation_level": "3", "urgency": "HIGH"},
            {"escalation_level": 3, "urgency": "high"},
            "to level 3 with high urgency",
        ),
    ],
)
def test_an_open_incident_is_changed_as_asked(
    api: RequestsMock,
    tools: OperationContext,
    given: dict[str, Any],
    change: dict[str, Any],
    steps: str,
) -> None:
    urgency = change.get("urgency", "low")
    after = incident(urgency=urgency, escalation_policy={"summary": "Managers"})
    api.add("GET", URL, json={"incident": incident()})
    api.add("PUT", URL, json={"incident": after})
    outcome = Escalate(Escalate.Inputs.model_validate({"incident": "Q1", **given}), tools).run()
    body = json.loads(api.calls[1].request.body or "")
    assert body == {"incident": {"type": "incident_reference"} | change}
    assert outcome.message == f"Escalated incident #42 Down {steps}, now assigned to Ada."
    assert (outcome.created, outcome.dedup_key) == (False, "k")
    assert outcome.response == {"incident": after}
    assert outcome.incident is not None
    assert outcome.incident.urgency == urgency


def test_an_incident_that_is_assigned_to_nobody_names_nobody(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": incident()})
    api.add("PUT", URL, json={"incident": incident(assignments=[])})
    message = Escalate(Escalate.Inputs(incident="Q1", urgency="high"), tools).run().message
    assert message == "Escalated incident #42 Down with high urgency."


def test_a_resolved_incident_is_not_reopened(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident(status="resolved")})
    with pytest.raises(NotApplicable, match="#42 Down is already resolved and was not escalated"):
        Escalate(Escalate.Inputs(incident="Q1", urgency="high"), tools).run()
    assert [call.request.method for call in api.calls] == ["GET"]


def test_an_unknown_incident_is_not_changed(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, status=404)
    with pytest.raises(ApiRejected, match="did not find incident Q1"):
        Escalate(Escalate.Inputs(incident="Q1", urgency="high"), tools).run()
    assert len(api.calls) == 1


def test_a_refused_change_is_reported(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident()})
    api.add("PUT", URL, status=400, json={"error": {"code": 1006, "message": "No"}})
    with pytest.raises(
        ApiRejected, match="did not escalate the incident: it answered 400, code 1006"
    ):
        Escalate(Escalate.Inputs(incident="Q1", escalation_level=9), tools).run()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "must say what to change"),
        ({"escalation_policy": "PESC123", "escalation_level": 2}, "choose one"),
        ({"escalation_level": 0}, "'next' or a level from 1 to 20"),
        ({"escalation_level": "21"}, "'next' or a level from 1 to 20"),
        ({"escalation_level": "first"}, "'next' or a level from 1 to 20"),
        ({"urgency": "loud"}, "'high' or 'low'"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Escalate.Inputs.model_validate({"incident": "Q1", **given})


def test_forms_take_any_level() -> None:
    # A list of choices would have `next` for its only one.
    assert choices(Escalate.Inputs.model_fields["escalation_level"]) == ()
    for given, meant in (("NEXT ", "next"), ("2", 2), (2, 2), (None, None)):
        request = Escalate.Inputs.model_validate(
            {"incident": "Q1", "urgency": "high", "escalation_level": given}
        )
        assert request.escalation_level == meant


@pytest.mark.parametrize(("after", "warned"), [("PUSER01", True), ("PUSER02", False)])
def test_a_level_that_changed_nothing_is_pointed_out(
    api: RequestsMock, tools: OperationContext, after: str, *, warned: bool
) -> None:
    had, has = (
        incident(assignments=[{"assignee": {"id": user, "summary": "Ada"}}])
        for user in ("PUSER01", after)
    )
    api.add("GET", URL, json={"incident": had})
    api.add("PUT", URL, json={"incident": has})
    outcome = Escalate(Escalate.Inputs(incident="Q1", escalation_level=2), tools).run()
    assert [text[:46] for text in outcome.warnings] == (
        ["Incident #42 Down is assigned to Ada as before"] if warned else []
    )


@pytest.mark.parametrize(
    ("assignments", "who"), [([{"assignee": {"summary": "Ada"}}], ", assigned to Ada"), ([], "")]
)
def test_after_an_interruption_the_incident_is_shown_as_it_is(
    api: RequestsMock, tools: OperationContext, assignments: list[Any], who: str
) -> None:
    api.add("GET", URL, json={"incident": incident(assignments=assignments)})
    outcome = Escalate(Escalate.Inputs(incident="Q1", urgency="high"), tools).recover()
    assert outcome is not None
    assert outcome.message == (f"Incident #42 Down is triggered, high urgency{who}.")
    assert outcome.dedup_key == "k"

"""Updating: only what is given, and only what is different is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.update import OPERATION, Update, run

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {
    "id": "Q1",
    "incident_number": 42,
    "title": "Down",
    "urgency": "low",
    "priority": None,
    "conference_bridge": {"conference_number": "+1", "conference_url": "https://old.example"},
}


@pytest.mark.parametrize(
    ("given", "sent", "after", "told"),
    [
        ({"title": "Up"}, {"title": "Up"}, {"title": "Up"}, "title Up"),
        ({"urgency": "high"}, {"urgency": "high"}, {"urgency": "high"}, "urgency high"),
        (
            {"priority": "PPRIO01"},
            {"priority": {"id": "PPRIO01", "type": "priority_reference"}},
            {"priority": {"summary": "P1"}},
            "priority P1",
        ),
        (
            {"incident_type": "major"},
            {"incident_type": {"name": "major"}},
            {"incident_type": {"name": "major"}},
            "incident type",
        ),
        (
            {"conference_url": "https://new.example"},
            {
                "conference_bridge": {
                    "conference_number": "+1",
                    "conference_url": "https://new.example",
                }
            },
            {"conference_bridge": {"conference_url": "https://new.example"}},
            "conference bridge",
        ),
    ],
)
def test_each_input_has_its_place(  # noqa: PLR0913, PLR0917 - a table's columns
    api: RequestsMock,
    tools: OperationContext,
    given: dict[str, str],
    sent: dict[str, Any],
    after: dict[str, Any],
    told: str,
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT | after})
    outcome = run(Update.model_validate({"incident": "Q1", **given}), tools)
    body = json.loads(api.calls[-1].request.body or "")["incident"]
    assert body == {"type": "incident_reference", **sent}
    title = (INCIDENT | after)["title"]
    assert outcome.message == f"Updated incident #42 {title}: {told}."


def test_what_is_so_already_is_said(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT})
    outcome = run(Update(incident="Q1", urgency="low"), tools)
    assert outcome.message == "Nothing to do: incident #42 Down is so already."


def test_a_title_that_is_too_long_is_cut(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT | {"title": "t"}})
    outcome = run(Update(incident="Q1", title="t" * 5000), tools)
    assert outcome.truncated_inputs == {"title": "t" * 5000}
    assert len(outcome.warnings) == 1


def test_a_dry_run_names_the_priority_as_the_user_did(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    unnamed = {"priority": {"id": "PPRIO01", "type": "priority_reference"}}
    api.add("PUT", URL, json={"incident": INCIDENT | unnamed})
    outcome = run(Update(incident="Q1", priority="PPRIO01"), tools)
    assert outcome.message == "Updated incident #42 Down: priority PPRIO01."


def test_a_plan_without_priorities_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    url = "https://api.pagerduty.com/priorities"
    api.add("GET", url, status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include incident priorities"):
        run(Update(incident="Q1", priority="P1"), tools)


def test_a_resolved_incident_gets_another_title_but_no_other_urgency(
    api: RequestsMock, tools: OperationContext
) -> None:
    resolved = INCIDENT | {"status": "resolved"}
    api.add("GET", URL, json={"incident": resolved})
    with pytest.raises(NotApplicable, match="#42 Down is already resolved and was not updated"):
        run(Update(incident="Q1", title="Up", urgency="high"), tools)
    api.add("PUT", URL, json={"incident": resolved | {"title": "Up"}})
    outcome = run(Update(incident="Q1", title="Up", urgency="low"), tools)
    assert outcome.message == "Updated incident #42 Up: title Up."


def test_pagerdutys_refusal_is_told(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, status=400, json={"error": {"code": 2001, "message": "Resolved"}})
    with pytest.raises(ApiRejected, match="Resolved"):
        run(Update(incident="Q1", urgency="high"), tools)


def test_something_has_to_change() -> None:
    with pytest.raises(ValidationError, match="must say what to change"):
        Update(incident="Q1")
    assert OPERATION.announce(Update(incident="Q1", title="x")) == "Updating PagerDuty incident Q1"

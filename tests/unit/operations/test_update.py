"""Updating: only what is given, and only what is different is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.update import Update

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
    outcome = Update(Update.Inputs.model_validate({"incident": "Q1", **given}), tools).run()
    body = json.loads(api.calls[-1].request.body or "")["incident"]
    assert body == {"type": "incident_reference", **sent}
    title = (INCIDENT | after)["title"]
    assert outcome.message == f"Updated incident #42 {title}: {told}."


def test_what_is_so_already_is_said(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT})
    outcome = Update(Update.Inputs(incident="Q1", urgency="low"), tools).run()
    assert outcome.message == "Nothing to do: incident #42 Down is so already."


def test_a_title_that_is_too_long_is_cut(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, json={"incident": INCIDENT | {"title": "t"}})
    outcome = Update(Update.Inputs(incident="Q1", title="t" * 5000), tools).run()
    assert outcome.truncated_inputs == {"title": "t" * 5000}
    assert len(outcome.warnings) == 1


def test_a_dry_run_names_the_priority_as_the_user_did(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    unnamed = {"priority": {"id": "PPRIO01", "type": "priority_reference"}}
    api.add("PUT", URL, json={"incident": INCIDENT | unnamed})
    outcome = Update(Update.Inputs(incident="Q1", priority="PPRIO01"), tools).run()
    assert outcome.message == "Updated incident #42 Down: priority PPRIO01."


def test_a_plan_without_priorities_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    url = "https://api.pagerduty.com/priorities"
    api.add("GET", url, status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include incident priorities"):
        Update(Update.Inputs(incident="Q1", priority="P1"), tools).run()


def test_a_resolved_incident_gets_another_title_but_no_other_urgency(
    api: RequestsMock, tools: OperationContext
) -> None:
    resolved = INCIDENT | {"status": "resolved"}
    api.add("GET", URL, json={"incident": resolved})
    with pytest.raises(NotApplicable, match="#42 Down is already resolved and was not updated"):
        Update(Update.Inputs(incident="Q1", title="Up", urgency="high"), tools).run()
    api.add("PUT", URL, json={"incident": resolved | {"title": "Up"}})
    outcome = Update(Update.Inputs(incident="Q1", title="Up", urgency="low"), tools).run()
    assert outcome.message == "Updated incident #42 Up: title Up."


def test_pagerdutys_refusal_is_told(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("PUT", URL, status=400, json={"error": {"code": 2001, "message": "Resolved"}})
    with pytest.raises(ApiRejected, match="Resolved"):
        Update(Update.Inputs(incident="Q1", urgency="high"), tools).run()

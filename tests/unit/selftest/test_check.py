"""The self-test's check is content with what is right, and says of each thing that it is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from selftest.check import problems, summary_problems

TITLE = 'It\'s "down"\n::error::'
URL = "https://acme.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 7, "html_url": URL, "incident_key": "k", "title": TITLE}
STATE: dict[str, Any] = {
    "incidents": {"Q1": INCIDENT, "Q2": {}},
    "runs": {"r_1": {"logs": ["Created incident #7"], "link": [URL]}},
    "entities": {
        "pagerdutyIncident": {"Q1": {"identifier": "Q1", "properties": {"url": URL}}},
    },
}
CREATED = {
    "incident-id": "Q1",
    "incident-number": "7",
    "incident-url": URL,
    "incident-status": "triggered",
    "incident-urgency": "high",
    "dedup-key": "k",
    "assignees": "Ada Lovelace",
    "escalation-policy": "Platform",
    "created": "true",
    "entity-identifier": "Q1",
}
STEPS: dict[str, Any] = {
    "create": {"outcome": "success", "outputs": CREATED},
    "again": {"outcome": "success", "outputs": {"incident-id": "Q1", "created": "false"}},
    "escalate": {
        "outcome": "success",
        "outputs": {"incident-id": "Q1", "assignees": "Grace Hopper"},
    },
    "trigger": {"outcome": "success", "outputs": {"dedup-key": "selftest"}},
    "refused": {"outcome": "failure", "outputs": {}},
    "incomplete": {"outcome": "failure", "outputs": {"incident-id": ""}},
}
Break = Callable[[dict[str, Any], dict[str, Any]], object]


def test_what_is_right_has_no_problems() -> None:
    assert list(problems(STEPS, STATE, TITLE)) == []


def test_each_output_that_is_wrong_is_told() -> None:
    for output in CREATED:
        steps = copy.deepcopy(STEPS)
        del steps["create"]["outputs"][output]
        (found,) = problems(steps, STATE, TITLE)
        assert output in found or (output, found.split()[0]) == ("incident-id", "create")


def test_what_is_wrong_is_told() -> None:
    cases: list[tuple[Break, str]] = [
        (lambda steps, _: steps["refused"].update(outcome="success"), "refused ended with success"),
        (lambda steps, _: steps["create"].update(outcome="failure"), "create ended with failure"),
        (lambda steps, _: steps.pop("incomplete"), "incomplete ended with None"),
        (
            lambda steps, _: steps["refused"]["outputs"].update({"incident-id": "Q9"}),
            "refused gave",
        ),
        (
            lambda steps, _: steps["again"]["outputs"].update(created="true"),
            "again: output created",
        ),
        (lambda steps, _: steps["escalate"]["outputs"].update(assignees=""), "escalate: output"),
        (lambda steps, _: steps["trigger"]["outputs"].clear(), "trigger: output dedup-key"),
        (lambda _, state: state["incidents"].update(Q3={}), "there are 3 incidents instead of 2"),
        (lambda _, state: state["incidents"]["Q1"].update(title="x"), "title arrived as 'x'"),
        (lambda _, state: state["runs"]["r_1"]["logs"].clear(), "Port's run doesn't tell"),
        (lambda _, state: state["runs"]["r_1"].update(link=[]), "Port's run doesn't tell"),
        (lambda _, state: state["entities"].clear(), "Port's catalog holds {}"),
    ]
    for damage, problem in cases:
        steps, state = copy.deepcopy(STEPS), copy.deepcopy(STATE)
        damage(steps, state)
        assert any(problem in found for found in problems(steps, state, TITLE))


def test_a_summary_without_the_incident_is_told() -> None:
    good = f"### Paged: 🔴 <a href={URL}>…</a> Assigned to Ada Lovelace Time to page 0.1 s"
    assert list(summary_problems(good)) == []
    assert list(summary_problems(good.replace("🔴", ""))) != []
    assert len(list(summary_problems(""))) == 5

"""Priorities: by name or id, and none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.set_priority import SetPriority

API = "https://api.pagerduty.com"
URL = f"{API}/incidents/Q1"
PRIORITIES = {"priorities": [{"id": "PPRIO01", "name": "P1"}, {"id": "PPRIO02", "name": "P2"}]}


def incident(priority: str | None) -> dict[str, Any]:
    known = {one["name"]: one["id"] for one in PRIORITIES["priorities"]}
    given = {"priority": priority and {"id": known[priority], "summary": priority}}
    return {"incident": {"id": "Q1", "incident_number": 42, "title": "Down", **given}}


@pytest.mark.parametrize(
    ("wanted", "before", "after", "reference", "message"),
    [
        ("p1", "P2", "P1", "PPRIO01", "Incident #42 Down has priority P1 now, it was P2."),
        ("PPRIO02", None, "P2", "PPRIO02", "Incident #42 Down has priority P2 now."),
    ],
)
def test_a_priority_is_set(  # noqa: PLR0913, PLR0917 - a table's columns
    api: RequestsMock,
    tools: OperationContext,
    wanted: str,
    before: str | None,
    after: str,
    reference: str,
    message: str,
) -> None:
    api.add("GET", URL, json=incident(before))
    if wanted.lower() == "p1":
        api.add("GET", f"{API}/priorities", json=PRIORITIES)
    api.add("PUT", URL, json=incident(after))
    assert (
        SetPriority(SetPriority.Inputs(incident="Q1", priority=wanted), tools).run().message
        == message
    )
    sent = json.loads(api.calls[-1].request.body or "")["incident"]["priority"]
    assert sent == {"id": reference, "type": "priority_reference"}


@pytest.mark.parametrize("wanted", ["p1", "PPRIO01"])
def test_what_is_so_already_is_not_sent(
    api: RequestsMock, tools: OperationContext, wanted: str
) -> None:
    api.add("GET", URL, json=incident("P1"))
    if wanted == "p1":
        api.add("GET", f"{API}/priorities", json=PRIORITIES)
    outcome = SetPriority(SetPriority.Inputs(incident="Q1", priority=wanted), tools).run()
    assert outcome.message == "Nothing to do: #42 Down has priority P1 already."
    assert {call.request.method for call in api.calls} == {"GET"}


def test_a_dry_run_names_the_priority_as_the_user_did(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json=incident("P1"))
    shown = incident("P1")
    shown["incident"]["priority"] = {"id": "PPRIO02", "type": "priority_reference"}
    api.add("PUT", URL, json=shown)
    outcome = SetPriority(SetPriority.Inputs(incident="Q1", priority="PPRIO02"), tools).run()
    assert outcome.message == "Incident #42 Down has priority PPRIO02 now, it was P1."


def test_a_plan_without_priorities_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json=incident(None))
    api.add("GET", f"{API}/priorities", status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include incident priorities"):
        SetPriority(SetPriority.Inputs(incident="Q1", priority="P1"), tools).run()


def test_an_unknown_priority_lists_the_known_ones(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json=incident(None))
    api.add("GET", f"{API}/priorities", json=PRIORITIES)
    with pytest.raises(NotApplicable, match=r"no priority 'P9'.*P1 \(PPRIO01\), P2"):
        SetPriority(SetPriority.Inputs(incident="Q1", priority="P9"), tools).run()

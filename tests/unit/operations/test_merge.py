"""Merging: into one that stays; what is merged already is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.merge import Merge

API = "https://api.pagerduty.com/incidents"
REQUEST = Merge.Inputs(incident="Q1", source_incidents=("Q2", "Q3"))


def incident(identifier: str, *, merged: bool = False) -> dict[str, Any]:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q1"}}
    return {
        "id": identifier,
        "incident_number": int(identifier[1:]),
        "title": "Down",
        "status": "resolved" if merged else "triggered",
        **({"resolve_reason": reason} if merged else {}),
    }


def shown(api: RequestsMock, *incidents: dict[str, Any]) -> None:
    for one in incidents:
        api.add("GET", f"{API}/{one['id']}", json={"incident": one})


def test_the_sources_are_merged_and_resolved(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q2"), incident("Q3", merged=True), incident("Q1"))
    api.add("PUT", f"{API}/Q1/merge", json={"incident": {"id": "Q1"}})
    shown(api, incident("Q2", merged=True), incident("Q3", merged=True))
    outcome = Merge(REQUEST, tools).run()
    (body,) = [json.loads(c.request.body or "") for c in api.calls if c.request.method == "PUT"]
    assert body == {"source_incidents": [{"id": "Q2", "type": "incident_reference"}]}
    assert outcome.message == "Merged #2 Down into #1 Down; #3 Down was before."
    assert [one.status for one in outcome.incidents] == ["triggered", "resolved", "resolved"]


def test_a_repetition_changes_nothing(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q2", merged=True), incident("Q3", merged=True), incident("Q1"))
    outcome = Merge(REQUEST, tools).run()
    assert outcome.message == "Nothing to do: #2 Down, #3 Down were merged into #1 Down before."
    assert {call.request.method for call in api.calls} == {"GET"}


def test_an_incident_is_not_merged_into_itself() -> None:
    with pytest.raises(ValidationError, match="the same id in 'incident' and 'source-incidents'"):
        Merge.Inputs(incident="Q1", source_incidents=("Q2", "Q1"))


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        (1001, "resolved", r"did not merge the incidents.*: #2 Down is resolved.*into an open one"),
        (1019, "triggered", r"code 1019: the incident was merged into another"),
    ],
)
def test_an_incident_in_the_way_is_named_where_it_can_be(
    api: RequestsMock, tools: OperationContext, code: int, status: str, problem: str
) -> None:
    shown(api, incident("Q1"), incident("Q2") | {"status": status}, incident("Q3"))
    api.add("PUT", f"{API}/Q1/merge", status=400, json={"error": {"code": code}})
    with pytest.raises((NotApplicable, ApiRejected), match=problem):
        Merge(REQUEST, tools).run()


def test_what_was_merged_before_the_answer_got_lost_is_a_success(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2"), incident("Q3"))
    api.add("PUT", f"{API}/Q1/merge", status=400, json={"error": {"code": 1019}})
    shown(api, incident("Q2", merged=True), incident("Q3", merged=True))
    outcome = Merge(REQUEST, tools).run()
    assert outcome.message == "Merged #2 Down, #3 Down into #1 Down."
    assert [one.status for one in outcome.others] == ["resolved"] * 2


def test_any_other_refusal_is_told_at_once(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"), incident("Q2"), incident("Q3"))
    api.add("PUT", f"{API}/Q1/merge", status=403, json={"error": {"code": 2010}})
    with pytest.raises(ApiRejected, match=r"did not merge the incidents.*code 2010"):
        Merge(REQUEST, tools).run()
    assert [call.request.method for call in api.calls][-1] == "PUT"

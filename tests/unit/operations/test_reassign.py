"""Reassigning: to people, who end escalation, or to a policy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.reassign import Reassign

API = "https://api.pagerduty.com"
URL = f"{API}/incidents/Q1"


def incident(*users: tuple[str, str], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    assignments = [{"assignee": {"id": one, "summary": name}} for one, name in users]
    return {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "assigned_via": "escalation_policy",
        "assignments": assignments,
    } | changes


def sent(api: RequestsMock) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(api.calls[-1].request.body or "")["incident"]
    return body


ADA, BOB = ("PUSER01", "Ada"), ("PUSER02", "Bob")


def test_people_get_it_by_id_or_address_and_escalation_ends(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": incident(ADA)})
    users = [{"id": "PUSER02", "email": "bob@example.com"}]
    api.add("GET", f"{API}/users", json={"users": users})
    api.add("PUT", URL, json={"incident": incident(ADA, BOB)})
    outcome = Reassign(
        Reassign.Inputs(incident="Q1", assignee=("PUSER01", "bob@example.com")), tools
    ).run()
    assert sent(api)["assignments"] == [
        {"assignee": {"id": "PUSER01", "type": "user_reference"}},
        {"assignee": {"id": "PUSER02", "type": "user_reference"}},
    ]
    assert outcome.message == "Incident #42 Down is assigned to Ada, Bob now."
    (warning,) = outcome.warnings
    assert "no longer escalates it" in warning


def test_whoever_is_named_twice_gets_it_once(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident(ADA)})
    api.add("GET", f"{API}/users", json={"users": [{"id": "PUSER02", "email": "b@example.com"}]})
    api.add("PUT", URL, json={"incident": incident(BOB)})
    Reassign(Reassign.Inputs(incident="Q1", assignee=("PUSER02", "b@example.com")), tools).run()
    assert len(sent(api)["assignments"]) == 1


def test_a_dry_run_names_the_new_owner_as_the_user_did(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": incident(ADA)})
    unnamed = [{"assignee": {"id": "PUSER02", "type": "user_reference"}}]
    api.add("PUT", URL, json={"incident": incident(assignments=unnamed)})
    outcome = Reassign(Reassign.Inputs(incident="Q1", assignee=("PUSER02",)), tools).run()
    assert outcome.message == "Incident #42 Down is assigned to PUSER02 now."


def test_a_policy_gets_it_without_a_warning(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident(ADA)})
    api.add("PUT", URL, json={"incident": incident(BOB)})
    outcome = Reassign(Reassign.Inputs(incident="Q1", escalation_policy="PESC123"), tools).run()
    reference = {"id": "PESC123", "type": "escalation_policy_reference"}
    assert sent(api)["escalation_policy"] == reference
    assert outcome.warnings == ()


def test_whoever_has_it_already_keeps_it(api: RequestsMock, tools: OperationContext) -> None:
    body = incident(ADA, assigned_via="direct_assignment")
    api.add("GET", URL, json={"incident": body})
    outcome = Reassign(Reassign.Inputs(incident="Q1", assignee=("PUSER01",)), tools).run()
    assert outcome.message == "Nothing to do: incident #42 Down is assigned to Ada already."
    assert len(api.calls) == 1


def test_a_resolved_incident_is_not_reopened(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident(status="resolved")})
    with pytest.raises(NotApplicable, match="already resolved and was not reassigned"):
        Reassign(Reassign.Inputs(incident="Q1", assignee=("PUSER01",)), tools).run()


def test_an_unknown_user_is_told(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": incident(ADA)})
    api.add("PUT", URL, status=400, json={"error": {"code": 1007}})
    with pytest.raises(ApiRejected, match="check the assignee's id"):
        Reassign(Reassign.Inputs(incident="Q1", assignee=("PUSER09",)), tools).run()


@pytest.mark.parametrize("to", [{}, {"assignee": ("PU1",), "escalation_policy": "PE1"}])
def test_one_kind_of_recipient_is_needed(to: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="one of them"):
        Reassign.Inputs.model_validate({"incident": "Q1", **to})

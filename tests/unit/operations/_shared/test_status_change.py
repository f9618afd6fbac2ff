"""Another status for one incident, several, or all of a service; nobody's is changed twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.operations._shared.incident_selection import IncidentSelection
from pd_incident_action.operations._shared.status_transition import (
    Change,
    change_status,
    refetch_selected,
)
from pd_incident_action.operations.base import OperationContext

API = "https://api.pagerduty.com/incidents"
ACKNOWLEDGE = Change(
    "acknowledged",
    "acknowledge",
    "acknowledged",
    frozenset({"acknowledged"}),
    forbidden_from=frozenset({"resolved"}),
)


def incident(identifier: str, status: str = "triggered") -> dict[str, Any]:
    number = int(identifier[1:])
    return {
        "id": identifier,
        "incident_number": number,
        "title": "Down",
        "status": status,
        "urgency": "high",
    }


def shown(api: RequestsMock, *incidents: dict[str, Any]) -> None:
    for one in incidents:
        api.add("GET", f"{API}/{one['id']}", json={"incident": one})


def request(ids: str) -> IncidentSelection:
    return IncidentSelection.model_validate({"incident": ids})


def sent(api: RequestsMock) -> list[Any]:
    return [json.loads(c.request.body or "") for c in api.calls if c.request.method == "PUT"]


def test_a_single_one_is_changed_alone(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"))
    api.add("PUT", f"{API}/Q1", json={"incident": incident("Q1", "acknowledged")})
    outcome, changed = change_status(request("Q1"), tools, ACKNOWLEDGE)
    (body,) = sent(api)
    assert body == {"incident": {"type": "incident_reference", "status": "acknowledged"}}
    assert outcome.message == "Acknowledged incident #1 Down."
    assert [one.id for one in changed] == ["Q1"]
    assert (outcome.others, outcome.lines, outcome.failures) == ((), (), ())


def test_what_is_there_already_is_a_success_without_a_change(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1", "acknowledged"))
    outcome, changed = change_status(request("Q1"), tools, ACKNOWLEDGE)
    assert outcome.message == "Nothing to do: incident #1 Down is already acknowledged."
    assert changed == ()


def test_several_that_are_there_already_are_told_one_by_one(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1", "acknowledged"), incident("Q2", "acknowledged"))
    outcome, _ = change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    assert outcome.message == "Nothing to do for any of the 2 incidents."
    assert outcome.lines == (
        "#1 Down is already acknowledged.",
        "#2 Down is already acknowledged.",
    )


def test_what_pagerduty_would_reopen_is_refused(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1", "resolved"))
    with pytest.raises(
        NotApplicable, match="is resolved and was not acknowledged: PagerDuty would"
    ):
        change_status(request("Q1"), tools, ACKNOWLEDGE)


def test_several_are_changed_in_one_request(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"), incident("Q2", "acknowledged"), incident("Q3"))
    shown(api, incident("Q4", "resolved"))
    done = [incident("Q1", "acknowledged"), incident("Q3", "acknowledged")]
    api.add("PUT", API, json={"incidents": done})
    outcome, changed = change_status(request("Q1,Q2,Q3,Q4"), tools, ACKNOWLEDGE)
    (body,) = sent(api)
    assert [one["id"] for one in body["incidents"]] == ["Q1", "Q3"]
    assert outcome.message == "Acknowledged 2 of 4 incidents; nothing to do for 1."
    assert [one.status for one in outcome.incidents] == [*["acknowledged"] * 3, "resolved"]
    assert [one.id for one in changed] == ["Q1", "Q3"]
    assert ["#4 Down" in str(failure) for failure in outcome.failures] == [True]
    assert outcome.lines[:2] == (
        "#1 Down is acknowledged, high urgency.",
        "#2 Down is already acknowledged.",
    )


def test_more_than_250_take_more_requests(api: RequestsMock, tools: OperationContext) -> None:
    everything = [incident(f"Q{n}") for n in range(1, 301)]
    api.add("GET", API, json={"incidents": everything})
    for some in (everything[:250], everything[250:]):
        done = [one | {"status": "acknowledged"} for one in some]
        api.add("PUT", API, json={"incidents": done})
    everyone = IncidentSelection.model_validate({"service": "PSVC001"})
    outcome, changed = change_status(everyone, tools, ACKNOWLEDGE)
    assert [len(body["incidents"]) for body in sent(api)] == [250, 50]
    assert len(outcome.incidents) == len(changed) == 300


def test_a_service_without_open_incidents_has_nothing_to_do(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", API, json={"incidents": []})
    everyone = IncidentSelection.model_validate({"service": "PSVC001"})
    outcome, _ = change_status(everyone, tools, ACKNOWLEDGE)
    assert outcome.message == "Nothing to do: there are no open incidents of service PSVC001."
    assert refetch_selected(everyone, tools) is None


def test_when_somebody_was_faster_the_others_are_still_changed(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2"))
    api.add("PUT", API, status=400, json={"error": {"code": 1002}})
    shown(api, incident("Q1", "acknowledged"))
    api.add("PUT", f"{API}/Q2", json={"incident": incident("Q2", "acknowledged")})
    outcome, changed = change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    assert outcome.message == "Acknowledged 1 of 2 incidents; nothing to do for 1."
    assert [one.id for one in changed] == ["Q2"]
    assert outcome.failures == ()


def test_what_was_resolved_meanwhile_is_not_reopened(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2"))
    api.add("PUT", API, status=400, json={"error": {"code": 1001}})
    shown(api, incident("Q1", "resolved"))
    api.add("PUT", f"{API}/Q2", json={"incident": incident("Q2", "acknowledged")})
    outcome, _ = change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    assert [one.status for one in outcome.incidents] == ["resolved", "acknowledged"]
    (failure,) = outcome.failures
    assert "Incident #1 Down is resolved and was not acknowledged" in str(failure)


def test_the_only_one_was_acknowledged_meanwhile(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"))
    api.add("PUT", f"{API}/Q1", status=400, json={"error": {"code": 1002}})
    shown(api, incident("Q1", "acknowledged"))
    outcome, changed = change_status(request("Q1"), tools, ACKNOWLEDGE)
    assert outcome.message == "Nothing to do: incident #1 Down is already acknowledged."
    assert changed == ()


def test_the_only_one_was_resolved_meanwhile(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"))
    api.add("PUT", f"{API}/Q1", status=400, json={"error": {"code": 1001}})
    shown(api, incident("Q1", "resolved"))
    with pytest.raises(NotApplicable, match="#1 Down is resolved and was not acknowledged"):
        change_status(request("Q1"), tools, ACKNOWLEDGE)
    assert len(sent(api)) == 1


@pytest.mark.usefixtures("no_jitter")
def test_what_was_done_before_the_answer_got_lost_counts_as_changed(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"))
    api.add("PUT", f"{API}/Q1", status=502)
    api.add("PUT", f"{API}/Q1", status=400, json={"error": {"code": 1002}})
    shown(api, incident("Q1", "acknowledged"))
    outcome, changed = change_status(request("Q1"), tools, ACKNOWLEDGE)
    assert outcome.message == "Acknowledged incident #1 Down."
    assert [one.id for one in changed] == ["Q1"]


def test_one_that_pagerduty_leaves_out_is_changed_alone(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2"))
    api.add("PUT", API, json={"incidents": [incident("Q1", "acknowledged")]})
    shown(api, incident("Q2"))
    api.add("PUT", f"{API}/Q2", json={"incident": incident("Q2", "acknowledged")})
    outcome, _ = change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    assert outcome.message == "Acknowledged 2 of 2 incidents."


def test_one_that_cannot_be_changed_is_told_and_the_others_are(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2"))
    api.add("PUT", API, status=403, json={"error": {"code": 1018}})
    api.add("PUT", f"{API}/Q1", status=403, json={"error": {"code": 1018}})
    api.add("PUT", f"{API}/Q2", json={"incident": incident("Q2", "acknowledged")})
    outcome, changed = change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    (failure,) = outcome.failures
    assert "did not acknowledge incident #1 Down" in str(failure)
    assert "code 1018" in str(failure)
    assert [one.id for one in changed] == ["Q2"]


def test_a_wrong_requester_is_told_once(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"), incident("Q2"))
    api.add("PUT", API, status=400, json={"error": {"code": 1008}})
    with pytest.raises(ApiRejected, match=r"did not acknowledge 2 incidents.*'from'"):
        change_status(request("Q1,Q2"), tools, ACKNOWLEDGE)
    assert len(sent(api)) == 1


def test_an_outage_half_way_leaves_what_was_done_standing(
    api: RequestsMock, tools: OperationContext
) -> None:
    everything = [incident(f"Q{n}") for n in range(1, 261)]
    api.add("GET", API, json={"incidents": everything})
    done = [one | {"status": "acknowledged"} for one in everything[:250]]
    api.add("PUT", API, json={"incidents": done})
    api.add("PUT", API, status=503, headers={"Retry-After": "3600"})
    everyone = IncidentSelection.model_validate({"service": "PSVC001"})
    outcome, changed = change_status(everyone, tools, ACKNOWLEDGE)
    assert outcome.message == "Acknowledged 250 of 260 incidents."
    assert len(changed) == 250
    assert ["did not acknowledge 10 incidents" in str(one) for one in outcome.failures] == [True]


def test_a_refusal_of_the_only_one_is_the_error(api: RequestsMock, tools: OperationContext) -> None:
    shown(api, incident("Q1"))
    api.add("PUT", f"{API}/Q1", status=403, json={"error": {"code": 1018}})
    with pytest.raises(ApiRejected, match="did not acknowledge incident #1 Down"):
        change_status(request("Q1"), tools, ACKNOWLEDGE)


def test_after_an_interruption_all_of_them_are_shown(
    api: RequestsMock, tools: OperationContext
) -> None:
    shown(api, incident("Q1"), incident("Q2", "resolved"))
    outcome = refetch_selected(request("Q1,Q2"), tools)
    assert outcome is not None
    assert outcome.message == (
        "Incident #1 Down is triggered, high urgency. Incident #2 Down is resolved, high urgency."
    )
    assert [one.id for one in outcome.incidents] == ["Q1", "Q2"]

"""Services are shared out among jobs, by what they have to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.sync_plan import SyncPlan

API = "https://api.pagerduty.com"
INCIDENTS = {"P1": 300, "P2": 100, "P3": 100, "P4": 0}


def lists_services(api: RequestsMock) -> None:
    api.add("GET", f"{API}/services", json={"services": [{"id": one} for one in INCIDENTS]})


def counts_incidents(api: RequestsMock, *statuses: str) -> None:
    for service, count in INCIDENTS.items():
        params: dict[str, Any] = {"service_ids[]": service, "total": "true"}
        params["statuses[]"] = list(statuses) if len(statuses) > 1 else statuses[0]
        match = matchers.query_param_matcher(params, strict_match=False)
        api.add("GET", f"{API}/incidents", json={"incidents": [], "total": count}, match=[match])


def test_jobs_get_as_many_incidents_as_the_others(
    api: RequestsMock, tools: OperationContext
) -> None:
    lists_services(api)
    counts_incidents(api, "triggered", "acknowledged")
    outcome = SyncPlan(SyncPlan.Inputs(shards=2), tools).run()
    assert json.loads(outcome.outputs["matrix"]) == {
        "include": [{"shard": "1", "services": "P1"}, {"shard": "2", "services": "P2,P3,P4"}]
    }
    assert outcome.outputs["count"] == "2"
    assert outcome.message == "Shared 4 services out among 2 jobs."
    assert outcome.tables[0].rows == (("1", "1", "300"), ("2", "3", "200"))


def test_the_statuses_that_are_copied_count(api: RequestsMock, tools: OperationContext) -> None:
    lists_services(api)
    counts_incidents(api, "resolved")
    outcome = SyncPlan(
        SyncPlan.Inputs.model_validate({"shards": 4, "status": "Resolved"}), tools
    ).run()
    assert outcome.outputs["count"] == "4"


def test_jobs_can_get_as_many_services_instead(api: RequestsMock, tools: OperationContext) -> None:
    lists_services(api)
    outcome = SyncPlan(
        SyncPlan.Inputs.model_validate({"shards": "3", "balance": "Services"}), tools
    ).run()
    groups = [one["services"] for one in json.loads(outcome.outputs["matrix"])["include"]]
    assert groups == ["P1,P4", "P2", "P3"]
    assert outcome.tables[0].columns == ("Shard", "Services")
    assert len(api.calls) == 1


def test_some_services_can_be_chosen(api: RequestsMock, tools: OperationContext) -> None:
    request = SyncPlan.Inputs.model_validate({"service": "P1SHOP1", "balance": "services"})
    outcome = SyncPlan(request, tools).run()
    assert outcome.message == "Shared 1 service out among 1 job."
    assert json.loads(outcome.outputs["matrix"]) == {
        "include": [{"shard": "1", "services": "P1SHOP1"}]
    }
    assert len(api.calls) == 0


def test_without_services_there_are_no_jobs(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", f"{API}/services", json={"services": []})
    outcome = SyncPlan(SyncPlan.Inputs(), tools).run()
    assert outcome.outputs == {"matrix": '{"include": []}', "count": "0"}
    assert outcome.message == "There are no services to share out."
    assert outcome.tables == ()


@pytest.mark.parametrize("path", ["services", "incidents"])
def test_a_refusal_is_passed_on(api: RequestsMock, tools: OperationContext, path: str) -> None:
    if path == "incidents":
        lists_services(api)
    api.add("GET", f"{API}/{path}", status=403, json={"error": {"message": "No"}})
    with pytest.raises(ApiRejected, match="it answered 403"):
        SyncPlan(SyncPlan.Inputs(), tools).run()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"shards": "0"}, "greater than or equal to 1"),
        ({"shards": "257"}, "less than or equal to 256"),
        ({"balance": "teams"}, "'incidents' or 'services'"),
        ({"status": "open"}, "must name one or more of"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        SyncPlan.Inputs.model_validate(given)

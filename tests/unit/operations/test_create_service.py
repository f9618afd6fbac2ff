"""A service is added once, with one integration, and its routing key stays hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock
from responses.matchers import query_param_matcher

from pd_incident_action.errors import ApiRejected, ApiUnreachable
from pd_incident_action.models import Service
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.create_service import CreateService

API = "https://api.pagerduty.com"
KEY = "R9999999999999999999999999999999"
REQUEST = CreateService.Inputs(name="Search", escalation_policy="PPOL001")
INTEGRATION = {
    "id": "PINT1",
    "type": "events_api_v2_inbound_integration",
    "integration_key": KEY,
}


def service(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - members of JSON
    shown = {
        "id": "PSVC009",
        "name": "Search",
        "status": "active",
        "html_url": "https://x.example/S",
        "escalation_policy": {"id": "PPOL001", "summary": "Platform"},
        "integrations": [],
    }
    return shown | changes


def add_search(api: RequestsMock, *found: dict[str, Any]) -> None:
    query = query_param_matcher({"query": "Search"}, strict_match=False)
    api.add("GET", f"{API}/services", json={"services": list(found)}, match=[query])


def add_details(api: RequestsMock, **changes: Any) -> None:  # noqa: ANN401 - members of JSON
    included = query_param_matcher({"include[]": "integrations"})
    shown = {"service": service(**changes)}
    api.add("GET", f"{API}/services/PSVC009", json=shown, match=[included])


def add_oncalls(api: RequestsMock, *emails: str) -> None:
    oncalls = [{"escalation_level": 1, "user": {"email": email}} for email in emails]
    api.add("GET", f"{API}/oncalls", json={"oncalls": oncalls})


def posts(api: RequestsMock) -> list[Any]:
    """List the bodies of every POST."""
    made = (call.request for call in api.calls if call.request.method == "POST")
    return [json.loads(request.body or "") for request in made]


def test_a_service_is_added_with_an_integration(api: RequestsMock, tools: OperationContext) -> None:
    masked: list[str] = []
    add_search(api, service(name="Search engine"))
    api.add("POST", f"{API}/services", status=201, json={"service": service()})
    path = f"{API}/services/PSVC009/integrations"
    api.add("POST", path, status=201, json={"integration": INTEGRATION})
    add_oncalls(api, "ada@example.com", "grace@example.com")
    request = CreateService.Inputs(
        name="Search", escalation_policy="PPOL001", description="Finds things"
    )
    outcome = CreateService(request, replace(tools, mask=masked.append)).run()
    policy = {"id": "PPOL001", "type": "escalation_policy_reference"}
    wanted = {"type": "service", "name": "Search", "escalation_policy": policy}
    assert posts(api) == [
        {"service": wanted | {"description": "Finds things"}},
        {"integration": {"type": INTEGRATION["type"], "name": "Events API v2"}},
    ]
    assert outcome.message == "Created service Search, which pages Platform."
    assert outcome.outputs == {
        "service-id": "PSVC009",
        "service-url": "https://x.example/S",
        "integration-id": "PINT1",
    }
    assert (outcome.secrets, masked) == ({"integration-key": KEY}, [KEY])
    on_call = ("ada@example.com", "grace@example.com")
    assert outcome.service == Service("PSVC009", "Search", "active", "https://x.example/S", on_call)
    assert (outcome.created, outcome.warnings, outcome.failures) == (True, (), ())


def test_without_an_integration_there_is_no_key(api: RequestsMock, tools: OperationContext) -> None:
    add_search(api)
    api.add("POST", f"{API}/services", status=201, json={"service": service()})
    add_oncalls(api)
    request = CreateService.Inputs(name="Search", escalation_policy="PPOL001", integration="none")
    outcome = CreateService(request, tools).run()
    assert (outcome.secrets, outcome.outputs["integration-id"]) == ({}, "")
    assert "description" not in posts(api)[0]["service"]
    assert outcome.warnings == ("A page for the service would reach nobody: nobody is on call.",)


def test_a_service_that_is_there_is_used(api: RequestsMock, tools: OperationContext) -> None:
    add_search(api, service(name="search"))
    add_details(api, integrations=[{"id": "PX", "type": "nagios"}, INTEGRATION])
    add_oncalls(api, "ada@example.com")
    outcome = CreateService(REQUEST, tools).run()
    assert outcome.message == "There is already a service Search, which pages Platform."
    assert (outcome.created, outcome.secrets) == (False, {"integration-key": KEY})
    assert (posts(api), outcome.warnings) == ([], ())


def test_a_service_that_is_there_and_pages_others_is_a_warning(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_search(api, service())
    policy = {"id": "PPOL002", "summary": "Payments"}
    reference = {"id": "PINT1", "type": f"{INTEGRATION['type']}_reference"}
    add_details(api, escalation_policy=policy, integrations=[reference])
    path = f"{API}/services/PSVC009/integrations/PINT1"
    api.add("GET", path, json={"integration": INTEGRATION})
    add_oncalls(api, "ada@example.com")
    outcome = CreateService(REQUEST, tools).run()
    assert outcome.secrets == {"integration-key": KEY}
    assert outcome.warnings == (
        (
            "Service Search pages escalation policy Payments, not PPOL001: change that in "
            "PagerDuty if need be."
        ),
    )


def test_an_integration_that_an_earlier_run_did_not_get_to_is_added(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_search(api, service())
    add_details(api)
    path = f"{API}/services/PSVC009/integrations"
    api.add("POST", path, status=201, json={"integration": INTEGRATION})
    add_oncalls(api, "ada@example.com")
    outcome = CreateService(REQUEST, tools).run()
    assert (outcome.created, outcome.secrets) == (False, {"integration-key": KEY})


def test_a_failed_integration_leaves_the_service_and_fails_the_step(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_search(api)
    api.add("POST", f"{API}/services", status=201, json={"service": service()})
    error = {"error": {"message": "Ability missing", "code": 2014}}
    api.add("POST", f"{API}/services/PSVC009/integrations", status=402, json=error)
    api.add("GET", f"{API}/oncalls", status=404)
    outcome = CreateService(REQUEST, tools).run()
    assert outcome.created is True
    (failure,) = outcome.failures
    assert str(failure).startswith("PagerDuty did not add the Events API v2 integration: it")
    assert "the account's plan does not include this feature" in str(failure)
    assert outcome.warnings[0].startswith("The service is there, but PagerDuty did not tell who")


def test_a_key_that_is_not_shown_fails_the_step(api: RequestsMock, tools: OperationContext) -> None:
    add_search(api)
    api.add("POST", f"{API}/services", status=201, json={"service": service()})
    path = f"{API}/services/PSVC009/integrations"
    shown = {"id": "PINT1", "type": INTEGRATION["type"]}
    api.add("POST", path, status=201, json={"integration": shown})
    add_oncalls(api, "ada@example.com")
    outcome = CreateService(REQUEST, tools).run()
    assert outcome.secrets == {}
    assert "did not show the key of service PSVC009's integration" in str(outcome.failures[0])


def test_after_a_lost_answer_the_service_is_found_by_its_name(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_search(api)
    api.add("POST", f"{API}/services", body=ConnectionResetError("reset"))
    add_search(api, service())
    add_details(api, integrations=[])
    path = f"{API}/services/PSVC009/integrations"
    api.add("POST", path, body=ConnectionResetError("reset"))
    add_details(api, integrations=[INTEGRATION])
    add_oncalls(api, "ada@example.com")
    outcome = CreateService(REQUEST, tools).run()
    assert (outcome.created, outcome.secrets) == (True, {"integration-key": KEY})
    assert len(posts(api)) == 2


def test_after_a_lost_answer_nothing_is_added_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_search(api)
    api.add("POST", f"{API}/services", body=ConnectionResetError("reset"))
    add_search(api)
    with pytest.raises(ApiUnreachable, match="did not create service 'Search'"):
        CreateService(REQUEST, tools).run()
    assert len(posts(api)) == 1


@pytest.mark.parametrize("added_meanwhile", [True, False])
def test_a_refusal_counts_unless_somebody_was_faster(
    api: RequestsMock, tools: OperationContext, *, added_meanwhile: bool
) -> None:
    add_search(api)
    error = {"error": {"message": "Name has already been taken", "code": 2001}}
    api.add("POST", f"{API}/services", status=400, json=error)
    if not added_meanwhile:
        add_search(api)
        with pytest.raises(ApiRejected, match="Name has already been taken"):
            CreateService(REQUEST, tools).run()
        return
    add_search(api, service())
    add_details(api, integrations=[INTEGRATION])
    add_oncalls(api, "ada@example.com")
    assert CreateService(REQUEST, tools).run().created is False


@pytest.mark.parametrize("there", [True, False])
def test_after_an_interruption_the_service_is_looked_up(
    api: RequestsMock, tools: OperationContext, *, there: bool
) -> None:
    if not there:
        add_search(api)
        assert CreateService(REQUEST, tools).recover() is None
        return
    add_search(api, service())
    add_details(api, integrations=[INTEGRATION])
    outcome = CreateService(REQUEST, tools).recover()
    assert outcome is not None
    assert outcome.outputs["integration-id"] == "PINT1"
    assert (outcome.created, outcome.secrets) == (None, {})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"name": ""}, "must be a name or an id"),
        ({"integration": "email"}, "'events-v2' or 'none'"),
        ({"escalation_policy": None}, "string"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        CreateService.Inputs.model_validate(
            {"name": "Search", "escalation_policy": "PPOL001"} | given
        )

"""Maintenance is opened once, and says from when until when nobody is paged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock
from responses.matchers import query_param_matcher

from pd_incident_action.errors import ApiRejected, ApiUnreachable, InputError
from pd_incident_action.models import Service
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.maintenance import Maintenance

API = "https://api.pagerduty.com"
WINDOWS = f"{API}/maintenance_windows"
START, END = "2099-12-01T09:00:00Z", "2099-12-01T11:00:00Z"
SPAN = f"from {START} until {END} (2 h)"
ONE = Maintenance.Inputs(service=("PSVC001",), start=START, end="2h")
TWO = Maintenance.Inputs(service=("PSVC001", "PSVC002", "PSVC001"), start=START, end=END)
CHECKOUT = {"id": "PSVC001", "summary": "Checkout"}
PAYMENTS = {"id": "PSVC002", "summary": "Payments"}


def window(*services: dict[str, str], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    shown = {"id": "PMW1", "start_time": START, "end_time": END}
    return shown | {"services": list(services or (CHECKOUT,))} | changes


def add_windows(api: RequestsMock, *windows: dict[str, Any]) -> None:
    wanted = query_param_matcher({"filter": "open"}, strict_match=False)
    api.add("GET", WINDOWS, json={"maintenance_windows": list(windows)}, match=[wanted])


def add_service(api: RequestsMock, status: str = "maintenance") -> None:
    shown = {"id": "PSVC001", "name": "Checkout", "status": status, "html_url": "https://x.y/S"}
    api.add("GET", f"{API}/services/PSVC001", json={"service": shown})


def test_a_window_is_opened_and_the_service_shown_as_it_is(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_windows(api)
    api.add("POST", WINDOWS, status=201, json={"maintenance_window": window()})
    add_service(api)
    request = Maintenance.Inputs(service=("PSVC001",), start=START, end="2h", description="Moving")
    outcome = Maintenance(request, tools).run()
    assert json.loads(api.calls[1].request.body or "")["maintenance_window"] == {
        "type": "maintenance_window",
        "start_time": START,
        "end_time": END,
        "services": [{"id": "PSVC001", "type": "service_reference"}],
        "description": "Moving",
    }
    assert api.calls[1].request.headers["From"] == "ada@example.com"
    assert outcome.message == (
        f"Maintenance on Checkout {SPAN}: PagerDuty opens no incidents for it meanwhile."
    )
    assert outcome.outputs == {"maintenance-window-id": "PMW1", "until": END}
    assert outcome.service == Service("PSVC001", "Checkout", "maintenance", "https://x.y/S")
    assert (outcome.created, outcome.warnings) == (True, ())


def test_several_services_share_a_window(api: RequestsMock, tools: OperationContext) -> None:
    add_windows(api, window(), window(PAYMENTS))
    opened = {"maintenance_window": window(CHECKOUT, PAYMENTS)}
    api.add("POST", WINDOWS, status=201, json=opened)
    outcome = Maintenance(TWO, tools).run()
    sent = json.loads(api.calls[1].request.body or "")["maintenance_window"]
    assert [service["id"] for service in sent["services"]] == ["PSVC001", "PSVC002"]
    assert "description" not in sent
    assert "service_ids%5B%5D=PSVC001&service_ids%5B%5D=PSVC002" in str(api.calls[0].request.url)
    assert outcome.message.startswith(f"Maintenance on Checkout, Payments {SPAN}")
    assert outcome.service is None


@pytest.mark.parametrize(
    "there",
    [
        window(),
        window(CHECKOUT, PAYMENTS, end_time="2099-12-02T00:00:00Z"),
    ],
)
def test_a_window_that_holds_the_wish_is_enough(
    api: RequestsMock, tools: OperationContext, there: dict[str, Any]
) -> None:
    add_windows(api, window(start_time="bad"), there)
    add_service(api)
    outcome = Maintenance(ONE, tools).run()
    assert outcome.message.startswith("There is already maintenance on Checkout")
    assert (outcome.created, outcome.outputs["until"]) == (False, there["end_time"])
    assert all(call.request.method == "GET" for call in api.calls)


def test_a_window_that_is_too_short_is_not_enough(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_windows(api, window(end_time="2099-12-01T10:00:00Z"))
    api.add("POST", WINDOWS, status=201, json={"maintenance_window": window()})
    add_service(api)
    assert Maintenance(ONE, tools).run().created is True


def test_after_a_lost_answer_the_window_is_looked_up(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_windows(api)
    api.add("POST", WINDOWS, body=ConnectionResetError("reset"))
    add_windows(api, window())
    add_service(api)
    outcome = Maintenance(ONE, tools).run()
    assert (outcome.created, outcome.outputs["maintenance-window-id"]) == (True, "PMW1")


def test_a_lost_answer_without_a_window_is_reported(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_windows(api)
    api.add("POST", WINDOWS, body=ConnectionResetError("reset"))
    add_windows(api)
    with pytest.raises(ApiUnreachable, match="did not open the maintenance window on PSVC001"):
        Maintenance(ONE, tools).run()
    assert [call.request.method for call in api.calls] == ["GET", "POST", "GET"]


def test_a_refused_window_names_the_input(api: RequestsMock, tools: OperationContext) -> None:
    add_windows(api)
    error = {"error": {"message": "Invalid", "code": 2001, "errors": ["Service not found"]}}
    api.add("POST", WINDOWS, status=400, json=error)
    with pytest.raises(ApiRejected, match="window on PSVC001 of input 'service': it answered 400"):
        Maintenance(ONE, tools).run()


def test_a_service_that_cannot_be_read_is_only_a_warning(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_windows(api)
    api.add("POST", WINDOWS, status=201, json={"maintenance_window": window()})
    api.add("GET", f"{API}/services/PSVC001", status=404)
    outcome = Maintenance(ONE, tools).run()
    assert (outcome.created, outcome.service) == (True, None)
    assert outcome.warnings[0].startswith("The maintenance window is there, but PagerDuty did not")


def test_a_time_that_is_over_is_refused_before_anything_is_sent(tools: OperationContext) -> None:
    with pytest.raises(InputError, match="'end' is in the past"):
        Maintenance(Maintenance.Inputs(service=("PSVC001",), end="2020-01-01"), tools).run()


@pytest.mark.parametrize("there", [True, False])
def test_after_an_interruption_the_window_is_looked_up(
    api: RequestsMock, tools: OperationContext, *, there: bool
) -> None:
    add_windows(api, *([window()] if there else []))
    if not there:
        assert Maintenance(ONE, tools).recover() is None
        return
    add_service(api)
    outcome = Maintenance(ONE, tools).recover()
    assert outcome is not None
    assert (outcome.created, outcome.outputs["maintenance-window-id"]) == (None, "PMW1")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"service": ""}, "at least 1 item"),
        ({"end": "whenever"}, "must be a time such as"),
        ({"start": "yesterday"}, "must be a time such as"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Maintenance.Inputs.model_validate({"service": "PSVC001", "end": "2h"} | given)

"""Status updates: sent once to those who follow the incident."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiUnavailable, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.status_update import StatusUpdate

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "triggered"}


@pytest.mark.parametrize("more", [{}, {"subject": "Checkout is down", "html_message": "<p>y</p>"}])
def test_only_what_is_given_is_sent(
    api: RequestsMock, tools: OperationContext, more: dict[str, str]
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/status_updates", json={"status_update": {"id": "S1"}})
    request = StatusUpdate.Inputs.model_validate({"incident": "Q1", "message": "On it", **more})
    message = StatusUpdate(request, tools).run().message
    assert message == "Told those who follow incident #42 Down: On it"
    assert json.loads(api.calls[-1].request.body or "") == {"message": "On it", **more}


def test_a_plan_without_status_updates_is_named(api: RequestsMock, tools: OperationContext) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/status_updates", status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match="plan does not include Status updates"):
        StatusUpdate(StatusUpdate.Inputs(incident="Q1", message="x"), tools).run()


def test_an_update_whose_answer_got_lost_is_not_sent_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/status_updates", status=502)
    with pytest.raises(ApiUnavailable):
        StatusUpdate(StatusUpdate.Inputs(incident="Q1", message="x"), tools).run()
    assert len(api.calls) == 2


@pytest.mark.parametrize("alone", [{"subject": "x"}, {"html_message": "<p>y</p>"}])
def test_half_an_e_mail_is_refused(alone: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="'subject' and 'html-message' together"):
        StatusUpdate.Inputs.model_validate({"incident": "Q1", "message": "x"} | alone)

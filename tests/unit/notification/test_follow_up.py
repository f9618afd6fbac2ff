"""What follows a page: the note where it is wanted, and the look at who was notified."""

from __future__ import annotations

import json
from typing import Any

import pytest
from responses import RequestsMock

from pd_incident_action import operations
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.notification.post_page import OUTPUTS, follow_up
from pd_incident_action.operations._shared.alert_request import TriggerInputs
from pd_incident_action.operations._shared.incident_request import CreateInputs
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.escalate import Escalate
from pd_incident_action.operations.trigger import Trigger

INCIDENT = "https://api.pagerduty.com/incidents/Q1"
ADA = {"id": "PUSER1", "summary": "Ada"}
JSON: dict[str, Any] = {
    "id": "Q1",
    "incident_number": 42,
    "status": "triggered",
    "assignments": [{"assignee": ADA}],
}
OPENED = Outcome(
    "Created.",
    Incident("Q1", "Down", "triggered", number=42),
    created=True,
    response={"incident": JSON},
)


def notified(api: RequestsMock) -> None:
    entry = {"type": "notify_log_entry", "user": ADA}
    api.add("GET", f"{INCIDENT}/log_entries", json={"log_entries": [entry]})


@pytest.mark.parametrize(
    "request_",
    [
        CreateInputs(title="Down", service=("P1",)),
        TriggerInputs(),
        Escalate.Inputs(incident="Q1", urgency="high"),
    ],
)
def test_who_was_notified_is_always_looked_at(
    api: RequestsMock,
    tools: OperationContext,
    request_: Any,  # noqa: ANN401 - requests of any kind
) -> None:
    notified(api)
    assert follow_up(request_, OPENED, tools).outputs["notified"] == "Ada"
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    "request_",
    [CreateInputs(title="Down", service=("P1",), enrich=True), TriggerInputs(enrich=True)],
)
def test_the_note_is_written_where_it_is_wanted(
    api: RequestsMock,
    tools: OperationContext,
    request_: Any,  # noqa: ANN401 - requests of any kind
) -> None:
    api.add("GET", f"{INCIDENT}/related_change_events", json={"change_events": []})
    api.add("GET", f"{INCIDENT}/past_incidents", json={"past_incidents": []})
    api.add("POST", f"{INCIDENT}/notes", json={"note": {"id": "N1"}})
    notified(api)
    assert follow_up(request_, OPENED, tools).outputs["notified"] == "Ada"
    (note,) = [c.request.body for c in api.calls if c.request.method == "POST"]
    assert json.loads(note or "")["note"]["content"].startswith("Workflow run\nhttps://")


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_an_event_that_ends_a_page_is_not_followed_up(tools: OperationContext, action: str) -> None:
    request = TriggerInputs.model_validate({"event_action": action, "dedup_key": "k"})
    assert Trigger(request, tools).after(OPENED) is OPENED


@pytest.mark.parametrize("name", ["create", "trigger", "escalate", "reassign"])
def test_every_operation_that_pages_has_the_input_and_the_outputs(name: str) -> None:
    operation = operations.load(name)
    assert operation.Inputs.model_fields["require_responder"].default is False
    assert OUTPUTS.items() <= operation.outputs.items()

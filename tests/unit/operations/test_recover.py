"""What is reported of incidents after an interrupted run."""

from __future__ import annotations

import pytest
from responses import RequestsMock

from pd_incident_action.operations.acknowledge import Acknowledge
from pd_incident_action.operations.base import Operation, OperationContext
from pd_incident_action.operations.note import Note

API = "https://api.pagerduty.com/incidents"


@pytest.mark.parametrize(
    ("operation", "inputs"),
    [(Acknowledge, {"incident": "Q1, Q2"}), (Note, {"incident": "Q1", "note": "x"})],
)
def test_the_incidents_are_shown_as_they_now_are(
    api: RequestsMock, tools: OperationContext, operation: type[Operation], inputs: dict[str, str]
) -> None:
    ids = inputs["incident"].split(", ")
    for one in ids:
        incident = {"id": one, "title": "Down", "status": "triggered", "urgency": "high"}
        api.add("GET", f"{API}/{one}", json={"incident": incident})
    outcome = operation(operation.Inputs.model_validate(inputs), tools).recover()
    assert outcome is not None
    assert [one.id for one in outcome.incidents] == ids
    assert outcome.message == " ".join("Incident Down is triggered, high urgency." for _ in ids)


def test_a_service_may_have_no_open_incidents_any_more(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", API, json={"incidents": []})
    assert Acknowledge(Acknowledge.Inputs(service="PSVC001"), tools).recover() is None

"""Notes: written once, never twice."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.note import Note

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {"id": "Q1", "incident_number": 42, "title": "Down", "status": "triggered"}
REQUEST = Note.Inputs(incident="Q1", note='It\'s\n"down"')


@pytest.mark.parametrize(("user", "by"), [({"summary": "Ada"}, " by Ada"), (None, "")])
def test_a_note_is_written_as_it_is(
    api: RequestsMock, tools: OperationContext, user: dict[str, str] | None, by: str
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/notes", json={"note": {"id": "N1", "user": user}})
    outcome = Note(REQUEST, tools).run()
    assert outcome.message == f"Noted{by} on incident #42 Down."
    assert outcome.incident is not None
    assert outcome.incident.status == "triggered"
    assert json.loads(api.calls[-1].request.body or "") == {"note": {"content": REQUEST.note}}


def test_a_note_on_an_unknown_incident_is_not_sent(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, status=404, json={"error": {"code": 2100}})
    with pytest.raises(ApiRejected, match="did not find incident Q1"):
        Note(REQUEST, tools).run()
    assert len(api.calls) == 1


def test_a_note_whose_answer_got_lost_is_not_sent_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("POST", f"{URL}/notes", status=502)
    with pytest.raises(ApiUnavailable, match="did not take the note"):
        Note(REQUEST, tools).run()
    assert [call.request.method for call in api.calls] == ["GET", "POST"]


def test_a_note_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 25000"):
        Note.Inputs(incident="Q1", note="x" * 25_001)

"""A change event tells what was changed, by whom, and where to read more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.change_event import ChangeEvent

URL = "https://events.pagerduty.com/v2/change/enqueue"
SHA = "0123456789abcdef0123456789abcdef01234567"
ACCEPTED = {"status": "success", "message": "Change event processed"}
RUN_URL = "https://github.com/octo/shop/actions/runs/123"
COMMIT_URL = f"https://github.com/octo/shop/commit/{SHA}"


@pytest.fixture
def on_commit(tools: OperationContext) -> OperationContext:
    """Run on a commit, as GitHub does."""
    return replace(tools, identity=replace(tools.identity, sha=SHA, actor="ada"))


def sent(api: RequestsMock) -> dict[str, Any]:
    """Give the event that was sent."""
    event: dict[str, Any] = json.loads(api.calls[0].request.body or "")
    return event


def test_the_run_says_by_itself_what_was_changed(
    api: RequestsMock, on_commit: OperationContext
) -> None:
    api.add("POST", URL, status=202, json=ACCEPTED)
    outcome = ChangeEvent(ChangeEvent.Inputs(), on_commit).run()
    summary = "octo/shop: CI ran (on main, at 0123456, run 12)"
    assert sent(api) == {
        "routing_key": "R0123456789ABCDEF0123456789ABCDE",
        "payload": {
            "summary": summary,
            "source": "octo/shop",
            "custom_details": {
                "repository": "octo/shop",
                "commit": SHA,
                "ref": "main",
                "run": RUN_URL,
                "actor": "ada",
            },
        },
        "links": [
            {"href": RUN_URL, "text": "Workflow run"},
            {"href": COMMIT_URL, "text": "Commit"},
        ],
    }
    assert outcome.message == f"PagerDuty accepted the change event: {summary}."
    assert (outcome.created, outcome.response) == (True, ACCEPTED)
    assert (outcome.incidents, outcome.service) == ((), None)


def test_what_the_user_says_comes_first(api: RequestsMock, on_commit: OperationContext) -> None:
    api.add("POST", URL, status=202, json=ACCEPTED)
    request = ChangeEvent.Inputs.model_validate(
        {
            "summary": "Checkout 1.4.2",
            "source": "checkout",
            "custom_details": '{"version": "1.4.2", "actor": "the bot"}',
            "links": "https://grafana.example.com",
            "timestamp": "2026-12-01T03:10:00Z",
        }
    )
    ChangeEvent(request, on_commit).run()
    payload = sent(api)["payload"]
    assert (payload["summary"], payload["source"]) == ("Checkout 1.4.2", "checkout")
    assert payload["timestamp"] == "2026-12-01T03:10:00Z"
    assert payload["custom_details"]["version"] == "1.4.2"
    assert payload["custom_details"]["actor"] == "the bot"
    assert sent(api)["links"][0] == {"href": "https://grafana.example.com"}
    assert len(sent(api)["links"]) == 3


def test_outside_of_github_only_what_is_known_is_sent(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", URL, status=202, body="")
    outcome = ChangeEvent(ChangeEvent.Inputs(), replace(tools, identity=RunIdentity())).run()
    payload = {"summary": "GitHub Actions: a workflow ran", "source": "GitHub Actions"}
    assert sent(api) == {"routing_key": "R0123456789ABCDEF0123456789ABCDE", "payload": payload}
    assert outcome.response == {}


def test_what_is_too_long_is_cut_and_said(api: RequestsMock, tools: OperationContext) -> None:
    api.add("POST", URL, status=202, json=ACCEPTED)
    outcome = ChangeEvent(ChangeEvent.Inputs(summary="x" * 2000), tools).run()
    assert len(sent(api)["payload"]["summary"]) == 1024
    assert outcome.truncated_inputs == {"summary": "x" * 2000}
    assert "Input 'summary' has 2000 characters" in outcome.warnings[0]


def test_a_refusal_is_reported(api: RequestsMock, tools: OperationContext) -> None:
    body = {"status": "invalid event", "message": "Event object is invalid"}
    api.add("POST", URL, status=400, json=body)
    with pytest.raises(ApiRejected, match="did not accept the change event: it answered 400"):
        ChangeEvent(ChangeEvent.Inputs(), tools).run()


def test_what_may_have_been_taken_is_not_sent_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", URL, status=500)
    with pytest.raises(ApiUnavailable):
        ChangeEvent(ChangeEvent.Inputs(), tools).run()
    assert len(api.calls) == 1


@pytest.mark.usefixtures("no_jitter")
def test_what_was_certainly_not_taken_is_sent_again(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("POST", URL, status=429, headers={"Retry-After": "0"})
    api.add("POST", URL, status=202, json=ACCEPTED)
    ChangeEvent(ChangeEvent.Inputs(), tools).run()
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("given", "problem"),
    [({"links": "ftp://x"}, "must be an http"), ({"timestamp": "noon"}, "ISO 8601")],
)
def test_an_event_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ChangeEvent.Inputs.model_validate(given)


def test_an_interrupted_event_leaves_nothing_to_look_up(tools: OperationContext) -> None:
    assert ChangeEvent(ChangeEvent.Inputs(), tools).recover() is None

"""What is past its target is told once on the incident, and every time to those who check."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.errors import ApiRejected, NotApplicable, SlaBreached
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.check_sla import CheckSla

API = "https://api.pagerduty.com"
CONFIG = Config(
    severities={
        "SEV-1": SeverityPolicy("high", "P1", None, timedelta(minutes=5), timedelta(hours=4)),
        "SEV-4": SeverityPolicy("low", acknowledge_within=timedelta(hours=8)),
    }
)
NOT_TAKEN = "Target of SEV-1 missed: not acknowledged within 5 min."
NOT_DONE = "Target of SEV-1 missed: not resolved within 4 h."


@pytest.fixture
def tools(tools: OperationContext) -> OperationContext:
    """Promise something."""
    return replace(tools, config=CONFIG)


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def incident(number: int, minutes: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "id": f"Q{number}",
        "incident_number": number,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "priority": {"id": "PPRIO1", "summary": "P1"},
        "service": {"id": "PSVC001", "summary": "Checkout"},
        "created_at": ago(minutes),
    } | changes


def taken(number: int, minutes: float, taken_ago: float) -> dict[str, Any]:
    acknowledgements = [{"at": ago(taken_ago), "acknowledger": {"id": "PUSER1"}}]
    return incident(number, minutes, status="acknowledged", acknowledgements=acknowledgements)


def add_open(api: RequestsMock, *incidents: dict[str, Any]) -> None:
    api.add("GET", f"{API}/incidents", json={"incidents": incidents})


def add_log(api: RequestsMock, number: int, *kinds: str) -> None:
    entries = [
        {"type": f"{kind}_log_entry", "created_at": ago(1), "incident": {"id": f"Q{number}"}}
        for kind in ("trigger", *kinds)
    ]
    api.add("GET", f"{API}/incidents/Q{number}/log_entries", json={"log_entries": entries})


def add_notes(api: RequestsMock, number: int, *there: str) -> None:
    notes = [{"content": text} for text in there]
    api.add("GET", f"{API}/incidents/Q{number}/notes", json={"notes": notes})


def add_post(api: RequestsMock, number: int, **answer: Any) -> None:  # noqa: ANN401 - of any kind
    answer = answer or {"json": {"note": {"content": "x"}}}
    api.add("POST", f"{API}/incidents/Q{number}/notes", **answer)


def written(api: RequestsMock) -> list[str]:
    bodies = [call.request.body for call in api.calls if call.request.method == "POST"]
    return [json.loads(body or "")["note"]["content"] for body in bodies]


def test_what_nobody_acknowledged_in_time_is_a_warning_and_a_note(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api, incident(1, 6.5), incident(2, 4), taken(3, 100, 99))
    add_log(api, 1)
    add_notes(api, 1, "Looking into it")
    add_post(api, 1)
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    assert outcome.message == "1 of 3 open incidents is past its target: #1 Down."
    (warning,) = outcome.warnings
    assert warning == (
        "#1 Down on Checkout is triggered 6 min after it began; SEV-1 wants it acknowledged "
        "within 5 min."
    )
    assert written(api) == [NOT_TAKEN]
    assert outcome.outputs == {"breached": "Q1", "count": "1"}
    assert outcome.failures == ()
    assert [one.id for one in outcome.incidents] == ["Q1"]


def test_what_is_not_resolved_in_time_counts_whoever_has_it(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api, taken(1, 241, 200))
    add_notes(api, 1)
    add_post(api, 1)
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    (warning,) = outcome.warnings
    assert warning == (
        "#1 Down on Checkout is acknowledged 4 h 1 min after it began; SEV-1 wants it resolved "
        "within 4 h."
    )
    assert written(api) == [NOT_DONE]


def test_both_targets_are_one_warning_and_two_notes(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api, incident(1, 300, service=None))
    add_log(api, 1)
    add_notes(api, 1)
    add_post(api, 1)
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    (warning,) = outcome.warnings
    assert warning == (
        "#1 Down is triggered 5 h after it began; SEV-1 wants it acknowledged within 5 min and "
        "resolved within 4 h."
    )
    assert written(api) == [NOT_TAKEN, NOT_DONE]


def test_a_target_is_noted_once(api: RequestsMock, tools: OperationContext) -> None:
    add_open(api, incident(1, 300))
    add_log(api, 1)
    add_notes(api, 1, f"{NOT_TAKEN}\n")
    add_post(api, 1)
    CheckSla(CheckSla.Inputs(), tools).run()
    assert written(api) == [NOT_DONE]


def test_a_note_whose_answer_was_lost_is_not_written_twice(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api, incident(1, 60))
    add_log(api, 1)
    add_notes(api, 1)
    add_post(api, 1, status=502)
    add_notes(api, 1, NOT_TAKEN)
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    assert written(api) == [NOT_TAKEN]
    assert len(outcome.warnings) == 1


def test_what_is_triggered_again_had_been_acknowledged(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api, incident(1, 60))
    add_log(api, 1, "acknowledge", "unacknowledge")
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    assert outcome.message == "Of 1 open incident none is past its target."
    assert outcome.outputs == {"breached": "", "count": "0"}
    assert outcome.incident is None


def test_on_request_it_is_a_failure_for_each(api: RequestsMock, tools: OperationContext) -> None:
    add_open(api, incident(1, 60), incident(2, 50))
    for number in (1, 2):
        add_log(api, number)
        add_notes(api, number)
        add_post(api, number)
    outcome = CheckSla(CheckSla.Inputs.model_validate({"fail": "true"}), tools).run()
    assert outcome.message == "2 of 2 open incidents are past their targets: #1 Down, #2 Down."
    assert [type(one) for one in outcome.failures] == [SlaBreached, SlaBreached]
    assert str(outcome.failures[0]).startswith("#1 Down on Checkout is triggered 1 h")
    assert outcome.failures[0].title == "Past its target"
    assert outcome.warnings == ()
    assert outcome.outputs["breached"] == "Q1,Q2"


def test_a_note_that_is_refused_is_a_warning(api: RequestsMock, tools: OperationContext) -> None:
    add_open(api, incident(1, 60))
    add_log(api, 1)
    add_notes(api, 1)
    add_post(api, 1, status=400, json={"error": {"code": 2016, "message": "From Header Missing"}})
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    assert outcome.outputs["count"] == "1"
    problem = outcome.warnings[1]
    assert problem.startswith("Incident #1 Down has no note of its missed target: PagerDuty did ")
    assert "set from, for example from: ada@example.com" in problem


@pytest.mark.parametrize(
    ("incidents", "message"),
    [
        (list, "No incident is open."),
        (
            lambda: [incident(1, 300, urgency="low", priority=None)],
            "Of 1 open incident none is past its target.",
        ),
        (
            lambda: [incident(1, 1), incident(2, 1)],
            "Of 2 open incidents none is past its target.",
        ),
        (
            lambda: [{"id": "Q1", "status": "triggered"}],
            "Of 1 open incident none is past its target.",
        ),
    ],
)
def test_in_time_is_a_success(
    api: RequestsMock,
    tools: OperationContext,
    incidents: Callable[[], list[dict[str, Any]]],
    message: str,
) -> None:
    add_open(api, *incidents())
    outcome = CheckSla(CheckSla.Inputs(fail=True), tools).run()
    assert outcome.message == message
    assert (outcome.warnings, outcome.failures) == ((), ())
    assert len(api.calls) == 1


def test_of_very_many_some_are_named(api: RequestsMock, tools: OperationContext) -> None:
    add_open(api, *(taken(number, 300, 299) for number in range(1, 13)))
    for number in range(1, 13):
        add_notes(api, number, NOT_DONE)
    outcome = CheckSla(CheckSla.Inputs(), tools).run()
    assert outcome.message.endswith("#9 Down, #10 Down and 2 more.")
    assert len(outcome.warnings) == 12


def test_without_targets_nothing_is_asked(tools: OperationContext) -> None:
    with pytest.raises(NotApplicable) as caught:
        CheckSla(CheckSla.Inputs(), replace(tools, config=Config())).run()
    assert str(caught.value) == (
        "There are no targets to check: no severity of the configuration file has "
        "acknowledge-within or resolve-within; add them to .github/pd-incident.yml, and check the "
        "repository out before this step."
    )


def test_a_service_that_does_not_exist_is_not_mistaken_for_a_quiet_one(
    api: RequestsMock, tools: OperationContext
) -> None:
    add_open(api)
    api.add("GET", f"{API}/services/PSVC999", status=404)
    with pytest.raises(ApiRejected, match="did not find service PSVC999 of input 'service'"):
        CheckSla(CheckSla.Inputs(service=("PSVC999",)), tools).run()


def test_a_log_that_cannot_be_read_ends_it(api: RequestsMock, tools: OperationContext) -> None:
    add_open(api, incident(1, 60))
    api.add("GET", f"{API}/incidents/Q1/log_entries", status=403)
    with pytest.raises(ApiRejected, match="did not show the log of incident Q1"):
        CheckSla(CheckSla.Inputs(), tools).run()


def test_a_wish_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValidationError, match="valid boolean"):
        CheckSla.Inputs.model_validate({"fail": "maybe"})

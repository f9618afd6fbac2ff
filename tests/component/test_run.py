"""The flow of a run: page first, then everybody hears of it, and the exit code is honest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness import Action, Anew, from_port, run_id_of
from pd_incident_action.errors import Cancelled, NobodyNotified
from pd_incident_action.models import Outcome
from pd_incident_action.operations.base import Operation
from pd_incident_action.operations.create import Create
from pd_incident_action.operations.follow import Follow
from pd_incident_action.operations.guard import Guard
from pd_incident_action.port import URLS
from pd_incident_simulator import Fault, Simulator

BUG_TITLE = "Bug in pd-incident-action"
REPORT_IT = "please report it, with the log: "
PUBLISH = "pd_incident_action.reporting.publish"


def raising(error: BaseException) -> Callable[..., Any]:
    """Make a function that raises."""

    def run(*_arguments: object) -> Any:  # noqa: ANN401 - it never returns
        raise error

    return run


BUG = raising(ZeroDivisionError("division by zero"))
HIT = "The action hit a bug (ZeroDivisionError: division by zero)"


def plain(markdown: str) -> str:
    return markdown.replace("&#58;", ":").replace("`", "").replace("\\", "")


def test_a_bug_before_the_run_begins_is_reported(
    act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pd_incident_action.invocation.parse_invocation", BUG)
    result = act(title="Down")
    assert result.code == 1
    assert f"::error title={BUG_TITLE}::Nobody was paged: {HIT}; {REPORT_IT}https://" in result.log
    assert "The action hit a bug" in result.summary
    assert "Traceback" in result.log


@pytest.mark.parametrize("was_sent", [False, True])
def test_a_bug_is_reported_everywhere_with_what_is_known_of_the_page(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch, *, was_sent: bool
) -> None:
    run = Create.run

    def fail(operation: Create) -> Outcome:
        if was_sent:
            run(operation)
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(Create, "run", fail)
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event)
    assert result.code == 1
    begins = "Unknown whether anybody was paged" if was_sent else "Nobody was paged"
    look = ": look in PagerDuty before you page again" if was_sent else ""
    text = f"{HIT}{look}; {REPORT_IT}"
    assert f"::error title={begins}%3A {BUG_TITLE}::{begins}: {text}" in result.log
    assert "in fail\n" in result.log
    port_run = sim.port.state.runs[run_id_of(event)]
    for shown in ("\n".join(port_run.logs), result.summary):
        assert text in plain(shown)
    assert (port_run.status, port_run.status_label) == ("FAILURE", f"{begins}: {BUG_TITLE}")


@pytest.mark.parametrize(
    "where",
    [
        f"{PUBLISH}.publish_early",
        f"{PUBLISH}.write_entities",
        "pd_incident_action.operations.create.Create.after",
    ],
)
def test_a_bug_after_the_page_is_a_warning(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(where, BUG)
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event, report_status="always")
    assert result.code == 0, result.log
    (warning,) = result.annotations("warning")
    assert "the operation itself succeeded" in warning
    assert REPORT_IT in warning
    assert result.outputs["incident-id"] in sim.pagerduty.state.incidents
    assert sim.port.state.runs[run_id_of(event)].status == "SUCCESS"


def test_a_bug_while_it_is_reported_leaves_the_exit_code_and_the_rest(
    anew: Anew, monkeypatch: pytest.MonkeyPatch
) -> None:
    after, nobody = Create.after, (NobodyNotified("Nobody hears"),)

    def fail_in_part(operation: Create, outcome: Outcome) -> Outcome:
        return replace(after(operation, outcome), failures=nobody)

    for where, failures in [
        ("to_entities", ()),
        ("summary.render_success", nobody),
        ("metrics_of", ()),
    ]:
        with anew() as (sim, act), monkeypatch.context() as patch:
            patch.setattr(f"{PUBLISH}.{where}", BUG)
            if failures:
                patch.setattr(Create, "after", fail_in_part)
            event = from_port(sim, "PSVC001", title="Down")
            result = act(event=event, report_status="always")
            assert result.code == (1 if failures else 0)
            level = "error" if failures else "warning"
            (text,) = [one for one in result.annotations(level) if "hit a bug" in one]
            assert re.search(r": this was done before: .*Created incident #\d", text)
            run = sim.port.state.runs[run_id_of(event)]
            assert run.status == ("FAILURE" if failures else "SUCCESS")
            assert BUG_TITLE in result.summary
            if where != "metrics_of":
                assert result.outputs["incident-id"] in sim.pagerduty.state.incidents


def test_what_follows_is_done_once_the_page_was_reported(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[str] = []

    def follow(operation: Operation, outcome: Outcome) -> Outcome:
        before.append(outcome.headline)
        operation.context.log("looking")
        failures = (NobodyNotified("Nobody hears"),)
        return replace(outcome, log_lines=("Notified: Ada.",), failures=failures)

    monkeypatch.setattr(Create, "after", follow)
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event)
    assert result.code == 1
    lines = [one for one in result.log.splitlines() if not one.startswith("::add-mask::")]
    (headline,) = before
    at = lines.index(headline)
    assert lines[at + 1 : at + 3] == ["looking", "Notified: Ada."]
    assert lines[at + 3].startswith(f"::notice title=Page accepted::{headline} http")
    assert lines[at + 4] == "::error title=Nobody was paged::Nobody hears."
    run = sim.port.state.runs[run_id_of(event)]
    logged = [plain(line) for lines in run.logs for line in lines.splitlines()]
    assert logged.count(plain(headline)) == 1
    assert logged.index(plain(headline)) < logged.index("looking") < logged.index("Notified: Ada.")
    assert (run.status, run.status_label) == ("FAILURE", "Nobody was paged")


def test_a_run_that_is_cancelled_after_the_page_keeps_it(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Create, "after", raising(Cancelled("SIGTERM")))
    node_run = sim.port.state.start_run("wfnr_AbC123")
    result = act(title="Down", service="PSVC001", port_run_id=node_run)
    assert result.code == 1
    assert sim.port.state.runs[node_run].status == "CANCELLED"
    assert result.outputs["incident-id"] in sim.pagerduty.state.incidents
    assert "Before cancellation: Created incident" in result.summary


def test_a_cancelled_run_has_little_time_to_look_up_what_it_did_and_no_bug_in_that_hides_why(
    act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[float] = []

    def recover(operation: Operation) -> Outcome:
        operation.context.deadline.cancellation.check()
        left.append(operation.context.deadline.remaining())
        raise ZeroDivisionError

    monkeypatch.setattr(Create, "run", raising(Cancelled("SIGINT")))
    monkeypatch.setattr(Create, "recover", recover)
    result = act(title="Down", service="PSVC001", port_client_id=None)
    assert result.code == 1
    assert left[0] < 1.5
    (error,) = result.annotations("error")
    assert "(SIGINT)" in error
    assert "Before cancellation" not in result.summary


def test_port_run_is_ended_as_far_as_that_was_asked_for(anew: Anew) -> None:
    for report_status, works, ended in [
        ("never", True, None),
        ("never", False, None),
        ("failure", True, None),
        ("failure", False, "FAILURE"),
        ("always", True, "SUCCESS"),
        ("always", False, "FAILURE"),
    ]:
        with anew() as (sim, act):
            if not works:
                sim.faults.add(Fault("status", "pagerduty", "POST", status=400, count=None))
            event = from_port(sim, "PSVC001", title="Down")
            result = act(event=event, report_status=report_status)
            assert result.code == (0 if works else 1)
            run = sim.port.state.runs[run_id_of(event)]
            assert run.ended is (ended is not None)
            if ended:
                assert run.status == ended
            if ended == "FAILURE":
                assert run.status_label == "Nobody was paged: PagerDuty rejected the request"


def test_what_an_operation_waits_for_comes_on_top_of_the_timeout(
    act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[float] = []

    def run(operation: Operation) -> Outcome:
        left.append(operation.context.deadline.remaining())
        return Outcome("Done.")

    monkeypatch.setattr(Create, "run", run)
    monkeypatch.setattr(Create, "seconds_to_wait", lambda _inputs: 1000)
    act(title="Down", service="PSVC001", timeout="60s", port_client_id=None)
    assert 1000 < left[0] <= 1060
    cases: list[tuple[type[Operation], dict[str, Any], float]] = [
        (Follow, {"status": "failure"}, 0),
        (Follow, {"status": "failure", "policy_after": "5m"}, 300),
        (Guard, {"service": "Checkout", "watch": "10m"}, 600),
    ]
    for kind, given, seconds in cases:
        assert kind.seconds_to_wait(kind.Inputs.model_validate(given)) == seconds


def test_the_entity_is_written_to_the_blueprint_that_is_given(sim: Simulator, act: Action) -> None:
    blueprints = sim.port.state.blueprints
    blueprints["outage"] = {**blueprints["pagerdutyIncident"], "identifier": "outage"}
    sim.port.state.entities["outage"] = {}
    result = act(title="Down", service="PSVC001", blueprint="outage")
    assert list(sim.port.state.entities["outage"]) == [result.outputs["incident-id"]]


def test_the_entity_is_linked_where_its_page_is_known(
    sim: Simulator, act: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "app." not in act(title="Down", service="PSVC001").summary
    monkeypatch.setitem(URLS, "us", sim.port.url)
    result = act(title="Down", service="PSVC001", port_region="us", port_api_url=None)
    assert "https://app.us.port.io/pagerdutyIncidentEntity?identifier=Q" in result.summary


def test_a_retry_is_reported_to_everybody(sim: Simulator, act: Action) -> None:
    sim.faults.add(Fault("status", "pagerduty", "POST", status=503, count=1))
    event = from_port(sim, "PSVC001", title="Down")
    result = act(event=event)
    logs = "\n".join(sim.port.state.runs[run_id_of(event)].logs)
    assert "it answered 503" in result.log
    assert "trying again in 0." in logs

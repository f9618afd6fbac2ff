"""A report tells what became of a period's incidents, exactly, with few requests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from responses import RequestsMock

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.errors import ApiRejected, InputError, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.report import Report

API = "https://api.pagerduty.com"
NOW = datetime.now(UTC).replace(microsecond=0)


def at(hours: float) -> str:
    """Write down the moment so many hours ago."""
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def incident(identifier: str, began: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "id": identifier,
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "service": {"id": "PSVC001", "summary": "Checkout"},
        "created_at": at(began),
        "last_status_change_at": at(began),
    } | changes


def resolved(identifier: str, began: float, ended: float) -> dict[str, Any]:
    ends = {"resolved_at": at(ended), "last_status_change_at": at(ended)}
    return incident(identifier, began, status="resolved", **ends)


def taken(identifier: str, hours: float) -> dict[str, Any]:
    entry = {"type": "acknowledge_log_entry", "created_at": at(hours)}
    return entry | {"incident": {"id": identifier}}


def add(api: RequestsMock, path: str, things: list[dict[str, Any]]) -> None:
    api.add("GET", f"{API}{path}", json={path.strip("/"): things, "total": len(things)})


def test_the_figures_are_in_the_message_the_outputs_and_the_summary(
    api: RequestsMock, tools: OperationContext
) -> None:
    add(api, "/incidents", [resolved("Q1", 10, 8), resolved("Q2", 5, 4), incident("Q3", 1)])
    add(api, "/log_entries", [taken("Q1", 9.5), taken("Q1", 9)])
    outcome = Report(Report.Inputs(), tools).run()
    assert outcome.message.startswith("3 incidents from ")
    assert outcome.message.endswith(
        "(7 d); acknowledged after 30 min on average (median 30 min); resolved after 1 h 30 min "
        "on average (median 1 h 30 min)."
    )
    assert outcome.outputs == {
        "report-json": "",
        "report-csv": "",
        "count": "3",
        "mean-time-to-acknowledge": "1800",
        "mean-time-to-resolve": "5400",
    }
    assert outcome.response["all"]["count"] == 3
    assert [chart.split()[0] for chart in outcome.charts] == ["pie", "xychart-beta"]
    assert '"Checkout" : 3' in outcome.charts[0]
    assert "By service: Checkout 3" in outcome.lines
    assert "Open for longest" in [table.title for table in outcome.tables]
    assert outcome.incident is None
    assert len(api.calls) == 4


def test_what_was_acknowledged_after_the_period_is_in_its_own_log(
    api: RequestsMock, tools: OperationContext
) -> None:
    late = incident("Q1", 30, status="acknowledged", last_status_change_at=at(10))
    add(api, "/incidents", [late, incident("Q2", 29)])
    add(api, "/log_entries", [])
    log = [taken("Q1", 10), taken("Q1", 20)]
    api.add("GET", f"{API}/incidents/Q1/log_entries", json={"log_entries": log})
    outcome = Report(Report.Inputs(since="2d", until="1d"), tools).run()
    assert outcome.outputs["mean-time-to-acknowledge"] == str(10 * 3600)


def test_a_log_that_cannot_be_read_ends_it(api: RequestsMock, tools: OperationContext) -> None:
    add(api, "/incidents", [incident("Q1", 30, last_status_change_at=at(10))])
    add(api, "/log_entries", [])
    api.add("GET", f"{API}/incidents/Q1/log_entries", status=403)
    with pytest.raises(ApiRejected, match="did not show the log of incident Q1: it answered 403"):
        Report(Report.Inputs(since="2d", until="1d"), tools).run()


def test_what_began_outside_of_the_period_is_left_out(
    api: RequestsMock, tools: OperationContext
) -> None:
    add(
        api,
        "/incidents",
        [incident("Q1", 25), incident("Q2", 23), incident("Q3", 9, created_at=None)],
    )
    add(api, "/log_entries", [])
    assert Report(Report.Inputs(since="1d"), tools).run().outputs["count"] == "1"


def test_targets_come_from_the_configuration_file(
    api: RequestsMock, tools: OperationContext
) -> None:
    policy = SeverityPolicy("high", None, None, timedelta(minutes=5), timedelta(hours=1))
    tools = replace(tools, config=Config(severities={"SEV-1": policy}))
    add(api, "/incidents", [resolved("Q1", 10, 9.5), incident("Q2", 5)])
    add(api, "/log_entries", [taken("Q1", 9.99)])
    outcome = Report(Report.Inputs(), tools).run()
    assert outcome.lines[-1] == (
        "Targets of SEV-1: acknowledged in time 1 of 2 (50 %), resolved in time 1 of 2 (50 %)"
    )


def test_nothing_happened_is_a_report_as_well(api: RequestsMock, tools: OperationContext) -> None:
    add(api, "/incidents", [])
    outcome = Report(Report.Inputs(since="1d"), tools).run()
    assert outcome.message.startswith("No incidents from ")
    assert outcome.outputs["count"] == "0"
    assert outcome.outputs["mean-time-to-resolve"] == ""
    assert (outcome.charts, outcome.tables, outcome.failures) == ((), (), ())
    assert len(api.calls) == 2


def test_services_are_taken_by_name(api: RequestsMock, tools: OperationContext) -> None:
    tools = replace(tools, config=Config(services={"shop": "PSVC001", "pay": "PSVC002"}))
    add(api, "/incidents", [incident("Q1", 1)])
    add(api, "/log_entries", [])
    Report(Report.Inputs.model_validate({"service": "shop, pay, PSVC002"}), tools).run()
    url = api.calls[1].request.url or ""
    assert url.count("service_ids") == 2
    assert "PSVC001" in url
    assert "PSVC002" in url


def test_a_service_that_does_not_exist_is_not_mistaken_for_a_quiet_one(
    api: RequestsMock, tools: OperationContext
) -> None:
    add(api, "/incidents", [])
    api.add("GET", f"{API}/services/PSVC999", status=404)
    with pytest.raises(ApiRejected, match="did not find service PSVC999 of input 'service'"):
        Report(Report.Inputs(service=("PSVC999",)), tools).run()


def test_files_are_written_below_the_workspace(
    api: RequestsMock, tools: OperationContext, tmp_path: Path
) -> None:
    tools = replace(tools, identity=replace(tools.identity, workspace=str(tmp_path)))
    add(api, "/incidents", [resolved("Q1", 10, 8)])
    add(api, "/log_entries", [])
    outcome = Report(Report.Inputs(folder="out/weekly"), tools).run()
    assert outcome.outputs["report-json"] == "out/weekly/report.json"
    assert outcome.outputs["report-csv"] == "out/weekly/report.csv"
    assert "Written: out/weekly/report.csv" in outcome.lines
    written = json.loads((tmp_path / "out/weekly/report.json").read_text(encoding="utf-8"))
    assert written["incidents"][0]["seconds_to_resolve"] == 7200
    assert "Q1,Down,resolved" in (tmp_path / "out/weekly/report.csv").read_text(encoding="utf-8")


def test_a_dry_run_writes_no_files(
    api: RequestsMock, tools: OperationContext, tmp_path: Path
) -> None:
    identity = replace(tools.identity, workspace=str(tmp_path))
    add(api, "/incidents", [incident("Q1", 1)])
    add(api, "/log_entries", [])
    outcome = Report(
        Report.Inputs(folder="out"), replace(tools, identity=identity, dry_run=True)
    ).run()
    assert outcome.outputs["report-json"] == ""
    assert list(tmp_path.iterdir()) == []


def test_files_that_cannot_be_written_leave_the_rest_of_the_report(
    api: RequestsMock, tools: OperationContext, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    tools = replace(tools, identity=replace(tools.identity, workspace=str(tmp_path)))
    add(api, "/incidents", [incident("Q1", 1)])
    add(api, "/log_entries", [])
    outcome = Report(Report.Inputs(folder="out"), tools).run()
    (failure,) = outcome.failures
    assert isinstance(failure, NotApplicable)
    assert str(failure).startswith("The report was not written to out: ")
    assert (outcome.outputs["count"], outcome.outputs["report-json"]) == ("1", "")


def test_a_period_that_is_none_is_refused_before_anything_is_asked(tools: OperationContext) -> None:
    with pytest.raises(InputError, match="Input 'since' is not before 'until'"):
        Report(Report.Inputs(since="1d", until="2d"), tools).run()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"since": "lately"}, "must be a time such as"),
        ({"until": "soon"}, "must be a time such as"),
        ({"folder": "../x"}, "must be a folder below the workspace"),
        ({"service": " , "}, "at least 1"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Report.Inputs.model_validate(given)

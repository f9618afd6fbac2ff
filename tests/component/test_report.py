"""``operation: report``: what became of a period's incidents, as summary and as files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from harness import ACCOUNT_TOKEN, ROOT, Action, from_port, run_id_of
from pd_incident_simulator import Fault, Simulator
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

CONFIG = """\
severities:
  SEV-1: {urgency: high, acknowledge-within: 5m, resolve-within: 4h}
  SEV-4: {urgency: low, acknowledge-within: 1h}
"""


@pytest.fixture
def workspace(act: Action, tmp_path: Path) -> Path:
    """Check out a repository."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    act.environment["GITHUB_WORKSPACE"] = str(folder)
    return folder


@pytest.fixture
def past(sim: Simulator) -> None:
    """Let some incidents have happened."""
    state = sim.pagerduty.state
    seed_incidents(state, 30, "PSVC001", days=6)
    seed_incidents(state, 3, "PSVC002", days=2, status="triggered", urgency="low", title="=Slow")
    seed_incidents(state, 10, "PSVC003", days=300)


@pytest.mark.usefixtures("past")
def test_a_click_gives_the_figures_of_the_week(
    sim: Simulator, act: Action, workspace: Path
) -> None:
    event = from_port(sim, None)
    result = act("report", event=event, folder="out/weekly", config=CONFIG)

    assert result.code == 0, result.log
    outputs = result.outputs
    assert (outputs["report-json"], outputs["report-csv"]) == (
        "out/weekly/report.json",
        "out/weekly/report.csv",
    )
    assert outputs["count"] == "33"
    assert outputs["mean-time-to-acknowledge"] == "120"
    assert outputs["mean-time-to-resolve"] == "1800"
    assert json.loads(outputs["response"])["by_service"]["Checkout"]["count"] == 30

    written = json.loads((workspace / outputs["report-json"]).read_text(encoding="utf-8"))
    assert len(written["incidents"]) == 33
    assert written["targets_by_severity"]["SEV-1"]["acknowledge"]["kept"] == 30
    assert written["targets_by_severity"]["SEV-4"]["acknowledge"]["missed"] == 3
    with (workspace / outputs["report-csv"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"][:6] for row in rows if row["service"] == "Payments"] == ["'=Slow"] * 3

    assert "```mermaid\npie showData title Incidents by service\n" in result.summary
    assert "xychart-beta" in result.summary
    assert "Open for longest" in result.summary
    run = sim.port.state.runs[run_id_of(event)]
    assert "Reporting on the incidents of all services since 7d until now" in run.logs[0]
    assert "SLA targets of SEV-1: acknowledged in time 30 of 30 (100 %)" in "\n".join(run.logs)
    assert [e for e in sim.exchanges if e.api == "pagerduty" and e.method != "GET"] == []
    assert sim.port.state.entities.get("pagerdutyIncident", {}) == {}


@pytest.mark.usefixtures("past", "workspace")
def test_a_second_report_is_the_same(act: Action) -> None:
    counts = [act("report", folder="out", since="10d", until="1h").outputs for _ in range(2)]
    assert counts[0]["count"] == counts[1]["count"] != "0"
    assert counts[0]["report-csv"] == counts[1]["report-csv"] == "out/report.csv"


@pytest.mark.usefixtures("past")
def test_a_click_on_a_service_reports_on_that_alone_and_writes_no_files(
    sim: Simulator, act: Action
) -> None:
    result = act("report", event=from_port(sim, "PSVC003", since="400d"))
    assert result.code == 0, result.log
    assert result.outputs["count"] == "10"
    assert result.outputs["report-json"] == ""
    windows = {e.query["since"][0] for e in sim.exchanges if e.path == "/incidents"}
    assert len(windows) == 3


def test_files_that_cannot_be_written_leave_the_rest_of_the_report(
    act: Action, workspace: Path
) -> None:
    act("report", folder="out", dry_run="true")
    assert list(workspace.iterdir()) == []
    (workspace / "out").touch()
    result = act("report", folder="out")
    assert (result.code, result.outputs["report-json"], result.outputs["count"]) == (1, "", "0")
    (error,) = result.annotations("error")
    assert error.startswith("The report was not written to out: File exists; use a folder")


def test_who_dispatches_cannot_choose_the_folder(
    sim: Simulator, act: Action, workspace: Path
) -> None:
    result = act("report", event=from_port(sim, None, folder="out"))
    assert result.code == 0, result.log
    assert list(workspace.iterdir()) == []


def test_a_quiet_week_is_said_to_be_one(act: Action) -> None:
    result = act("report", service="Checkout")
    assert result.code == 0, result.log
    assert "No incidents from " in result.log
    assert result.outputs["count"] == "0"


@pytest.mark.usefixtures("past")
def test_a_bad_moment_of_pagerduty_does_not_lose_a_page(sim: Simulator, act: Action) -> None:
    sim.faults.add(
        Fault(
            api="pagerduty", method="GET", path="/log_entries", kind="status", status=502, count=1
        )
    )
    result = act("report", since="7d")
    assert result.outputs["mean-time-to-acknowledge"] == "120"
    assert result.outputs["count"] == "33"


def test_inputs_that_make_no_sense_are_told_together(sim: Simulator, act: Action) -> None:
    result = act("report", since="lately", folder="../outside")
    assert result.code == 1
    errors = "\n".join(result.annotations("error"))
    assert "Input 'since' must be a time such as" in errors
    assert "Input 'folder' must be a folder below the workspace" in errors
    assert [e for e in sim.exchanges if e.api == "pagerduty"] == []


def test_a_period_that_ends_before_it_begins_is_explained(act: Action) -> None:
    result = act("report", since="1d", until="2d")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert error.startswith("Input 'since' is not before 'until' (")


def test_a_service_that_does_not_exist_is_named(act: Action) -> None:
    result = act("report", service="PSVC999")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "failed to find service PSVC999 of input 'service': it answered 404" in error


@pytest.mark.usefixtures("past")
def test_the_scheduled_example_writes_what_it_uploads(act: Action, workspace: Path) -> None:
    example = yaml.safe_load((ROOT / "examples/scheduled/report.yml").read_text(encoding="utf-8"))
    _, report, upload = example["jobs"]["report"]["steps"]
    given = {name.replace("-", "_"): value for name, value in report["with"].items()}
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act(**given | {"pagerduty_token": ACCOUNT_TOKEN})
    assert result.code == 0, result.log
    assert result.outputs["count"] == "33"
    uploaded = workspace / upload["with"]["path"]
    assert sorted(path.name for path in uploaded.iterdir()) == ["report.csv", "report.json"]

"""``operation: report``: what became of a period's incidents, as summary and as files."""

from __future__ import annotations

import csv
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from harness import ACCOUNT_TOKEN, ROOT, Action, from_port, run_id_of
from markdown import plain
from pd_incident_simulator import Simulator
from pd_incident_simulator.pagerduty.incident_log import log
from pd_incident_simulator.pagerduty.seed_history import seed_incidents

NOTE: dict[str, Any] = {"channel": {"type": "note", "summary": "</li><img src=x>"}}
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
    assert written["targets_by_severity"]["SEV-1"]["acknowledge"]["met"] == 30
    assert written["targets_by_severity"]["SEV-4"]["acknowledge"]["breached"] == 3
    with (workspace / outputs["report-csv"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"][:6] for row in rows if row["service"] == "Payments"] == ["'=Slow"] * 3

    assert "```mermaid\npie showData title Incidents by service\n" in result.summary
    assert "xychart-beta" in result.summary
    assert "Longest open" in result.summary
    run = sim.port.state.runs[run_id_of(event)]
    assert "Reporting on the incidents of all services since 7d until now" in run.logs[0]
    assert "SLA targets of SEV-1: acknowledged in time 30 of 30 (100 %)" in "\n".join(run.logs)
    assert [e for e in sim.exchanges if e.api == "pagerduty" and e.method != "GET"] == []
    assert sim.port.state.entities.get("pagerdutyIncident", {}) == {}


@pytest.mark.usefixtures("past")
def test_a_click_on_a_service_reports_on_that_alone_and_cannot_choose_a_folder(
    sim: Simulator, act: Action, workspace: Path
) -> None:
    result = act("report", event=from_port(sim, "PSVC003", since="400d", folder="out"))
    assert result.code == 0, result.log
    assert result.outputs["count"] == "10"
    assert result.outputs["report-json"] == ""
    assert list(workspace.iterdir()) == []
    windows = {e.query["since"][0] for e in sim.exchanges if e.path == "/incidents"}
    assert len(windows) == 3


@pytest.mark.usefixtures("past")
def test_people_levels_nights_and_timelines_are_told(
    sim: Simulator, act: Action, workspace: Path
) -> None:
    (first, *_) = sim.pagerduty.state.incidents.values()
    first |= {"title": "<script>alert(1)</script> & co"}
    log(sim.pagerduty.state, first, "annotate", created_at=first["updated_at"], **NOTE)
    # The whole day but for a minute in which no incident was opened.
    begin = datetime.now(UTC) + timedelta(hours=1)
    given: dict[str, Any] = {
        "config": CONFIG,
        "night": f"{begin:%H:%M}-{begin - timedelta(minutes=1):%H:%M} UTC",
        "folder": "out",
        "since": "7d",
    }
    result = act("report", **given, format="html, json")
    assert result.code == 0, result.log
    assert result.outputs["report-csv"] == ""
    written = json.loads((workspace / "out/report.json").read_text(encoding="utf-8"))
    ada = written["by_person"]["Ada Lovelace"]
    assert (ada["pages"], ada["at_night"]) == (30, 30)
    assert ada["acknowledge"]["met"] == 30
    assert sum(one["pages"] for one in written["by_level"].values()) == 33
    told = [one["what"] for one in written["incidents"][0]["timeline"]]
    assert told[:3] == ["Triggered", "Assigned to Ada Lovelace", "Acknowledged by Ada Lovelace"]
    assert "Note by Ada Lovelace: </li><img src=x>" in told
    assert "Pages: 33, 30 of them at night" in result.log
    assert "Pages by person" in result.summary

    page = (workspace / result.outputs["report-html"]).read_text(encoding="utf-8")
    assert "Pages by level of the escalation policy" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert re.findall(r"<(?:script|img|iframe|object|link)|url\(|@import|\bon\w+=", page) == []
    tree = ET.fromstring(re.sub(r"<(meta)([^>]*)>|<!doctype html>", "", page))  # noqa: S314 - our own
    *_, hours = charts = tree.findall(".//svg")
    assert len(charts) == 3
    labels = [one.text for one in hours.iter("text") if one.get("y") == "146" and one.text]
    assert labels == [f"{hour:02}" for hour in range(0, 24, 2)]

    act("report", **given, redact_people="true")
    written = json.loads((workspace / "out/report.json").read_text(encoding="utf-8"))
    assert list(written["by_person"]) == ["Person 1", "Person 2"]


def test_runs_of_the_action_are_summed_up(act: Action, workspace: Path) -> None:
    for number in range(2):
        act(title=f"Down {number}", service="PSVC001", metrics_file=f"runs/{number}/a.jsonl")
    act("acknowledge", incident="QUNKNOWN", metrics_file="runs/0/a.jsonl")
    with (workspace / "runs/0/a.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"at": "2020-01-01T00:00:00Z", "exit_code": 0, "seconds": 1}\n{}\n')
    result = act("report", runs="runs", since="1d")
    assert result.code == 0, result.log
    assert "Runs of this action" in plain(result.summary)
    assert re.search(r"create</td><td>2</td><td>2 of 2 \(100 %\)</td><td>[\d.]+ s", result.summary)
    assert "all</td><td>3</td><td>2 of 3 (66 %)" in result.summary
    assert result.annotations("warning") == [
        "Left out 1 line of runs, which metrics-file hasn't written."
    ]
    # An artifact's folder has its name, which may be that of the file in it.
    (workspace / "runs/b.jsonl").mkdir()
    (workspace / "runs/c.jsonl").symlink_to("/nowhere")
    os.mkfifo(workspace / "runs/d.jsonl")
    assert "all</td><td>3</td>" in act("report", runs=".", since="1d").summary
    result = act("report", runs="nowhere.jsonl")
    (error,) = result.annotations("error")
    assert error.startswith("The runs in nowhere.jsonl are unknown: No such file or directory; ")


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


def test_without_incidents_it_is_said_why(sim: Simulator, act: Action, workspace: Path) -> None:
    result = act("report", service="Checkout", folder=".", format="html")
    assert (result.code, result.outputs["count"]) == (0, "0")
    assert "No incidents from " in result.log
    assert "<svg" not in (workspace / "report.html").read_text(encoding="utf-8")
    cases: list[tuple[dict[str, Any], list[str]]] = [
        (
            {"since": "lately", "folder": "../outside"},
            [
                "Input 'since' must be a time such as",
                "Input 'folder' must be a folder below the workspace",
            ],
        ),
        ({"since": "1d", "until": "2d"}, ["Input 'since' is not before 'until' ("]),
        (
            {"service": "PSVC999"},
            ["PagerDuty failed to find service PSVC999 of input 'service': it answered 404"],
        ),
    ]
    for given, errors in cases:
        asked = len(sim.exchanges)
        result = act("report", **given)
        assert result.code == 1
        told = result.annotations("error")
        assert [text[: len(start)] for text, start in zip(told, errors, strict=True)] == errors
        assert (len(sim.exchanges) > asked) == ("service" in given)


@pytest.mark.usefixtures("past")
def test_the_scheduled_example_writes_what_it_uploads(act: Action, workspace: Path) -> None:
    example = yaml.safe_load((ROOT / "examples/scheduled/report.yml").read_text(encoding="utf-8"))
    _, report, print_to_pdf, upload = example["jobs"]["report"]["steps"]
    given = {name.replace("-", "_"): value for name, value in report["with"].items()}
    act.urls = {name: url for name, url in act.urls.items() if name.endswith("-url")}
    result = act(**given | {"pagerduty_token": ACCOUNT_TOKEN})
    assert result.code == 0, result.log
    assert result.outputs["count"] == "33"
    uploaded = workspace / upload["with"]["path"]
    assert sorted(path.suffix for path in uploaded.iterdir()) == [".csv", ".html", ".json"]
    assert result.outputs["report-html"] in print_to_pdf["run"]

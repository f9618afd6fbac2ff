"""The report's files hold what they say, run nothing, and stay in the workspace."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.files import csv_text, json_text
from pd_incident_action.metrics.lifecycle import Timeline
from pd_incident_action.metrics.report import COLUMNS, IncidentReport
from pd_incident_action.metrics.targets import Targets
from pd_incident_action.models import Incident

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
INCIDENT = Incident("Q1", "Down", "resolved", "high", 42, "https://x.example/Q1", service="Shop")
TIMELINE = Timeline(
    INCIDENT,
    BEGAN,
    BEGAN + timedelta(minutes=1),
    BEGAN + timedelta(minutes=10),
    targets=Targets("SEV-1", timedelta(minutes=5), timedelta(minutes=5)),
)


def report(*timelines: Timeline) -> IncidentReport:
    return IncidentReport(
        Interval(BEGAN, BEGAN + timedelta(days=1)), timelines, BEGAN + timedelta(days=2)
    )


def titled(title: str) -> Timeline:
    return replace(TIMELINE, incident=replace(INCIDENT, title=title))


def test_the_json_holds_figures_and_incidents() -> None:
    whole = json.loads(json_text(report(TIMELINE)))
    assert whole["since"] == "2026-11-01T00:00:00Z"
    assert whole["all"] == {
        "count": 1,
        "to_acknowledge": {"mean": 60, "median": 60},
        "to_resolve": {"mean": 600, "median": 600},
    }
    assert whole["targets_by_severity"]["SEV-1"]["resolve"] == {
        "kept": 0,
        "missed": 1,
        "pending": 0,
    }
    (incident,) = whole["incidents"]
    assert tuple(incident) == COLUMNS
    assert (incident["seconds_to_acknowledge"], incident["acknowledge_target"]) == (60, "kept")
    assert (incident["resolved_at"], incident["resolve_target"]) == (
        "2026-11-01T00:10:00Z",
        "missed",
    )


def test_the_csv_has_a_line_for_each_incident() -> None:
    still_open = replace(TIMELINE, acknowledged=None, resolved=None)
    rows = list(csv.DictReader(StringIO(csv_text(report(TIMELINE, still_open)))))
    assert rows[0]["title"] == "Down"
    assert (rows[0]["number"], rows[0]["seconds_to_resolve"]) == ("42", "600")
    assert (rows[1]["acknowledged_at"], rows[1]["seconds_to_resolve"]) == ("", "")


@pytest.mark.parametrize(
    "title",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =HYPERLINK(1)", "\uff1d1", '=cmd|"/c"!A1'],
)
def test_no_cell_is_a_formula(title: str) -> None:
    (row,) = csv.DictReader(StringIO(csv_text(report(titled(title))), newline=""))
    assert row["title"] == f"'{title}"


@pytest.mark.parametrize("title", ["a=b", 'say "no", now', "two\nlines", "ünï"])
def test_other_text_is_kept_as_it_is(title: str) -> None:
    (row,) = csv.DictReader(StringIO(csv_text(report(titled(title))), newline=""))
    assert row["title"] == title

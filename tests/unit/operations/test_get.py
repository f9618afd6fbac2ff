"""Reading: the incident, and what belongs to it as far as it can be read."""

from __future__ import annotations

import json

from responses import RequestsMock

from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.get import Get

URL = "https://api.pagerduty.com/incidents/Q1"
INCIDENT = {
    "id": "Q1",
    "incident_number": 42,
    "title": "Down",
    "status": "triggered",
    "urgency": "high",
}
LOG = [
    {"created_at": "2026-12-01T03:11:00Z", "summary": "Noted", "agent": {"summary": "Ada"}},
    {"created_at": "2026-12-01T03:10:00Z", "type": "trigger_log_entry", "agent": None},
]


def parts(api: RequestsMock, *, alerts: int = 200, log: object = LOG) -> None:
    api.add("GET", URL, json={"incident": INCIDENT})
    api.add("GET", f"{URL}/alerts", json={"alerts": [{"id": "A1"}]}, status=alerts)
    note = {"created_at": "2026-12-01T03:11:00Z", "user": {"summary": "Ada"}, "content": "Hm"}
    api.add("GET", f"{URL}/notes", json={"notes": [note]})
    api.add("GET", f"{URL}/log_entries", json={"log_entries": log})


def test_all_of_it_is_read(api: RequestsMock, tools: OperationContext) -> None:
    parts(api)
    outcome = Get(Get.Inputs(incident="Q1"), tools).run()
    assert outcome.message == (
        "Incident #42 Down is triggered, high urgency; 1 alerts, 1 notes, 2 log entries."
    )
    assert json.loads(outcome.outputs["alerts"]) == [{"id": "A1"}]
    assert json.loads(outcome.outputs["log"]) == LOG
    notes, log = outcome.tables
    assert notes.rows == (("2026-12-01T03:11:00Z", "Ada", "Hm"),)
    assert [row[2] for row in log.rows] == ["trigger_log_entry", "Noted"]
    assert outcome.warnings == ()


def test_within_a_second_the_log_keeps_its_order(
    api: RequestsMock, tools: OperationContext
) -> None:
    at = "2026-12-01T03:10:00Z"
    newest_first = [{"created_at": at, "summary": text} for text in ("Notified", "Triggered")]
    parts(api, log=newest_first)
    rows = Get(Get.Inputs(incident="Q1"), tools).run().tables[1].rows
    assert [row[2] for row in rows] == ["Triggered", "Notified"]


def test_an_output_that_would_be_cut_stays_json(api: RequestsMock, tools: OperationContext) -> None:
    long = [{"created_at": "2026-12-01T03:10:00Z", "summary": "x" * 200_000}] * 4
    parts(api, log=long)
    assert json.loads(Get(Get.Inputs(incident="Q1"), tools).run().outputs["log"]) == long[:2]


def test_a_part_that_cannot_be_read_is_a_warning(
    api: RequestsMock, tools: OperationContext
) -> None:
    parts(api, alerts=403)
    outcome = Get(Get.Inputs(incident="Q1"), tools).run()
    (warning,) = outcome.warnings
    assert warning.startswith("The alerts could not be read: PagerDuty did not list the alerts")
    assert outcome.outputs["alerts"] == "[]"
    assert json.loads(outcome.outputs["log"]) == LOG

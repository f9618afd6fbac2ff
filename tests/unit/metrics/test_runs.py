"""Lines that `metrics-file` can't have written are left out of the figures of runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pd_incident_action.inputs.intervals import Interval
from pd_incident_action.metrics.runs import read_runs, runs_table

PERIOD = Interval(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
LINE = '{"at": "2026-11-02T03:00:00Z", "operation": "create", "exit_code": 0, "seconds": 1'


@pytest.mark.parametrize("number", ["1e300", "1" + "0" * 400, "-1", "true", '"1"'])
def test_a_number_that_no_run_has_spoils_nothing(tmp_path: Path, number: str) -> None:
    names = ("seconds", "time_to_page_ms", "retries", "rate_limit_remaining")
    lines = [f'{LINE}, "{name}": {number}}}' for name in names]
    (tmp_path / "runs.jsonl").write_text("\n".join([*lines, "[" * 100_000, LINE, f"{LINE}}}"]))
    runs, unknown = read_runs(tmp_path, "runs.jsonl", PERIOD)
    assert unknown == 3
    assert runs_table(runs).rows == (("create", "4", "4 of 4 (100 %)", "1.0 s", "–", "0", "–"),)

"""What workflows say of their jobs: a failure that can be recognised is one, and nothing else."""

from __future__ import annotations

import pytest

from pd_incident_action.github.runs import JobStatus, parse_status


def test_how_jobs_ended() -> None:
    for text, expected in (
        ("Failure", JobStatus("failure")),
        ("timed_out", JobStatus("failure")),
        ('"failed"', JobStatus("failure")),
        ("success, skipped, failure", JobStatus("failure")),  # join(needs.*.result)
        ("success,skipped", JobStatus("success")),
        ("success,cancelled", JobStatus("cancelled")),
        ('["success", "failure"]', JobStatus("failure")),  # toJSON(needs.*.result)
        ('{"result": "failure", "outputs": {}}', JobStatus("failure")),  # toJSON(needs.test)
        ('{"status": "success", "container": {}}', JobStatus("success")),  # toJSON(job)
        ('{"a": {"result": "FAILURE"}, "b": null}', JobStatus("failure", ("a",))),
        ("{'a': {'result': 'failure'}}", JobStatus("failure")),
        ('{"a": {"result": "timed_out"}, "b', JobStatus("failure")),
        # An output may have any name and value.
        (
            '{"a": {"result": "success", "outputs": {"result": "failure"}}}',
            JobStatus("success"),
        ),
    ):
        assert parse_status(text) == expected, text


def test_what_may_not_be_a_status_is_none() -> None:
    for text in (
        "no failure",
        '{"build": ',
        '{"build": {"result": "success"}, "test": {"result": "succ',
        '{"build": {"result": "odd"}}',
    ):
        with pytest.raises(ValueError, match=r"must be the job's status or toJSON\(needs\), not '"):
            parse_status(text)

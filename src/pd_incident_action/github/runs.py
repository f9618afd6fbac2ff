"""A pipeline's runs on GitHub: how many failed in a row, which jobs took too long."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from pd_incident_action.errors import ActionError, ApiRejected
from pd_incident_action.http.concurrency import map_concurrently

from .client import GitHub
from .models import FAILED, Job, WorkflowRun

_MAX_JOBS = 20
# The runner says so of a job that timeout-minutes stopped; its conclusion is `cancelled`.
_TIMED_OUT = "maximum execution time"


@dataclass(frozen=True)
class PipelineRun:
    """A run of a pipeline.

    Attributes:
        workflow: the name of its workflow's file.
        branch: the branch that it follows, or empty for all.
        environment: the environment that it deploys to, or empty.
        run_id: the run's id.
        attempt: the run's attempt.
        sha: the run's commit.
    """

    workflow: str
    branch: str
    environment: str
    run_id: str
    attempt: int
    sha: str


def count_failures_before(github: GitHub, run: PipelineRun, number: int, most: int) -> int:
    """Count the failed runs since the last green one before a run's number, up to a number.

    A cancelled run counts if timeout-minutes stopped it; others don't count.
    """
    count = 0
    for one in github.runs(run.workflow, status="completed", branch=run.branch):
        if (one.run_number or 0) >= number:
            continue
        if one.conclusion == "success" or count >= most:
            break
        count += one.conclusion in FAILED or (
            one.conclusion == "cancelled" and _timed_out(github, one)
        )
    return count


def _timed_out(github: GitHub, run: WorkflowRun) -> bool:
    # What the token may not read says nothing, and that GitHub is down is for the caller to know.
    with suppress(ApiRejected):
        return bool(find_timed_out_jobs(github, str(run.id), run.run_attempt or 1))
    return False


def find_timed_out_jobs(github: GitHub, run_id: str, attempt: int) -> list[str]:
    """Return the names of jobs that were stopped since they took too long.

    Raises:
        ApiError: GitHub doesn't show enough to know whether there is any.
    """

    def has_timed_out(job: Job) -> bool:
        notes = github.annotations(job.id) if job.id and job.conclusion not in FAILED else []
        return job.conclusion in FAILED or any(_TIMED_OUT in one.message for one in notes)

    jobs = github.jobs(run_id, attempt)
    stopped = [one for one in jobs if one.conclusion in {"", "cancelled", "timed_out"}][:_MAX_JOBS]
    results = map_concurrently(has_timed_out, stopped)
    timed_out = [job.name for job, found in zip(stopped, results, strict=True) if found is True]
    errors = [one for one in results if isinstance(one, ActionError)]
    if errors and not timed_out:
        raise errors[0]
    return timed_out

"""A pipeline's runs on GitHub: failures in a row, late jobs, and what may have broken it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pd_incident_action.errors import ActionError, ApiError, ApiRejected
from pd_incident_action.http.concurrency import map_concurrently

from .client import GitHub
from .models import FAILED, Commit, Job, WorkflowRun

_MAX_STOPPED = 20
_MAX_COMMITS = 10
_MAX_JOBS = 10
_MAX_ERRORS = 3
_MAX_CHARACTERS = 300
_SHORT_SHA = 7
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
    stopped = [one for one in jobs if one.conclusion in {"", "cancelled", "timed_out"}][
        :_MAX_STOPPED
    ]
    results = map_concurrently(has_timed_out, stopped)
    timed_out = [job.name for job, found in zip(stopped, results, strict=True) if found is True]
    errors = [one for one in results if isinstance(one, ActionError)]
    if errors and not timed_out:
        raise errors[0]
    return timed_out


@dataclass
class Suspects:
    """What may have broken a pipeline.

    Attributes:
        parts: lines for people, by heading.
        missing: why a part is missing, in a sentence each.
        failed: the jobs that failed.
        last_green: the last run that succeeded, if it is known.
    """

    parts: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)
    last_green: WorkflowRun | None = None


def find_suspects(github: GitHub, pipeline: PipelineRun) -> Suspects:
    """Read what failed and what changed; what GitHub doesn't show is missing."""
    found = Suspects()

    def failed() -> None:
        found.parts["Failed"] = _describe_failures(github, pipeline, found)

    def changed() -> None:
        since, base = _find_base(github, pipeline, found)
        if base and pipeline.sha and base != pipeline.sha:
            found.parts |= _describe_changes(github, since, base, pipeline.sha, found)

    for result in map_concurrently(lambda read: read(), [failed, changed]):
        if isinstance(result, ActionError):
            found.missing.append(str(result))
    return found


def find_fix(github: GitHub, pipeline: PipelineRun, found: Suspects) -> WorkflowRun | None:
    """Return the newer run that is green, and in which what failed succeeded; None if unknown.

    A job that was skipped in it may still be broken, and so may what a run since then did.
    """
    green, failed = found.last_green, {one.name for one in found.failed}
    if not failed or green is None or (green.id or 0) <= int(pipeline.run_id or 0):
        return None
    try:
        runs = github.runs(pipeline.workflow, status="completed", branch=pipeline.branch)
        newest = next((one for one in runs if one.conclusion in {"success", *FAILED}), green)
        jobs = github.jobs(str(green.id), green.run_attempt or 1)
    except ApiError:
        return None
    succeeded = {one.name for one in jobs if one.conclusion == "success"}
    return green if newest.id == green.id and failed <= succeeded else None


def _describe_failures(github: GitHub, pipeline: PipelineRun, found: Suspects) -> list[str]:
    jobs = [one for one in github.jobs(pipeline.run_id, pipeline.attempt) if one.has_failed]
    found.failed = jobs

    def errors(job: Job) -> list[str]:
        notes = github.annotations(job.id) if job.id else []
        texts = (one.message for one in notes if one.annotation_level == "failure")
        return [text[:_MAX_CHARACTERS] for text in texts if text][:_MAX_ERRORS]

    lines = []
    for job, said in zip(jobs, map_concurrently(errors, jobs[:_MAX_JOBS]), strict=False):
        steps = f": {', '.join(job.failed_steps)}" if job.failed_steps else ""
        lines.append(f"{job.name}{steps} {job.html_url}")
        if isinstance(said, ActionError):
            found.missing.append(str(said))
        else:
            lines += [f"  {line}" for text in said for line in text.splitlines()[:_MAX_ERRORS]]
    found.missing[:] = dict.fromkeys(found.missing)
    return lines + _and_more(len(jobs), _MAX_JOBS, "jobs")


def _find_base(github: GitHub, pipeline: PipelineRun, found: Suspects) -> tuple[str, str]:
    """Return what was green for the last time, in words, and its commit."""
    if pipeline.environment:
        for one in github.deployments(pipeline.environment):
            if one.id is None or one.sha == pipeline.sha:
                continue
            if any(status.state == "success" for status in github.deployment_statuses(one.id)):
                return f"the last deployment to {pipeline.environment}", one.sha
        return "", ""
    branch, workflow = pipeline.branch, pipeline.workflow
    green = github.runs(workflow, status="success", branch=branch, limit=1)
    found.last_green = next(iter(green), None)
    if found.last_green is None:
        return "", ""
    return f"run #{found.last_green.run_number}, the last green one", found.last_green.head_sha


def _describe_changes(
    github: GitHub, since: str, base: str, head: str, found: Suspects
) -> dict[str, list[str]]:
    comparison = github.compare(base, head)
    total = comparison.total_commits or len(comparison.commits)
    newest = comparison.commits[::-1][:_MAX_COMMITS]
    commits = [f"{one.sha[:_SHORT_SHA]} {one.author_name}: {one.title}" for one in newest]
    heading = f"Commits since {since}"
    parts = {heading: [*commits, *_and_more(total, _MAX_COMMITS, "commits")]}
    return parts | {"Pull requests": _describe_pulls(github, newest, found)}


def _describe_pulls(github: GitHub, commits: Sequence[Commit], found: Suspects) -> list[str]:
    lines: dict[str, None] = {}
    for pulls in map_concurrently(lambda one: github.pulls(one.sha), commits):
        if isinstance(pulls, ActionError):
            found.missing.append(str(pulls))
            break
        for pull in pulls:
            lines[f"#{pull.number} {pull.user.login}: {pull.title} {pull.html_url}"] = None
    return list(lines)


def _and_more(total: int, shown: int, what: str) -> list[str]:
    return [f"and {total - shown} more {what}"] if total > shown else []

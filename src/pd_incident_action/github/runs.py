"""A pipeline's runs on GitHub: how they ended, and what may have broken it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pd_incident_action.errors import ActionError, ApiError, ApiRejected
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.identity import RunIdentity
from pd_incident_action.text import shorten, try_json

from .client import FAILED, Commit, GitHub, Job, WorkflowRun

SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
_CONCLUSIONS = {
    SUCCESS: SUCCESS,
    CANCELLED: CANCELLED,
    **dict.fromkeys((*FAILED, "failed"), FAILURE),
    **dict.fromkeys((SKIPPED, "neutral", "stale", "action_required"), SKIPPED),
}
_SHOWN_CHARACTERS = 50
_RESULT = re.compile(r"""["'](?:result|status)["']\s*:\s*["'](\w+)["']""")
# Conclusions of jobs that may have been stopped; empty while a job runs.
_STOPPED = ("", CANCELLED, "timed_out")
_MAX_STOPPED = 20
_MAX_COMMITS = 10
_MAX_JOBS = 10
_MAX_ERRORS = 3
_MAX_CHARACTERS = 300
_SHORT_SHA = 7
# The runner says so of a job that timeout-minutes stopped; its conclusion is `cancelled`.
_TIMED_OUT = "maximum execution time"


@dataclass(frozen=True)
class JobStatus:
    """How jobs ended.

    Attributes:
        conclusion: success, failure, cancelled or skipped.
        failed: the ids of jobs that failed, where they are known.
    """

    conclusion: str
    failed: tuple[str, ...] = ()


def parse_status(text: str) -> JobStatus:
    """Parse ``job.status``, a run's conclusion, or ``toJSON(needs)``.

    What can be recognised as a failure is one.

    Raises:
        ValueError: it isn't a status; the message is the predicate of a sentence.
    """
    results = [(job, _CONCLUSIONS.get(str(one).strip().lower())) for job, one in _results(text)]
    conclusions = {conclusion for _, conclusion in results}
    if FAILURE in conclusions:
        return JobStatus(FAILURE, tuple(job for job, one in results if job and one == FAILURE))
    if not conclusions or None in conclusions:
        shown = shorten(text, _SHOWN_CHARACTERS)
        raise ValueError(f"must be the job's status or toJSON(needs), not '{shown}'")
    return JobStatus(next(one for one in (CANCELLED, SUCCESS, SKIPPED) if one in conclusions))


def _results(text: str) -> Iterator[tuple[str, object]]:
    """Yield each job's id, or an empty text, and its result."""
    match try_json(text):
        case {"result": str(result)} | {"status": str(result)}:  # toJSON(needs.test), toJSON(job)
            yield "", result
        case dict() as needs:
            for job, one in needs.items():
                yield job, one.get("result") if isinstance(one, dict) else one
        case list() as results:  # toJSON(needs.*.result)
            yield from (("", one) for one in results)
        case _ if text.lstrip().startswith(("{", "[")):
            # JSON that is cut off may show a failure, and never that all is well.
            yield from (("", one) for one in (*_RESULT.findall(text), ""))
        case _:
            yield from (("", one.strip(" \n\"'")) for one in text.split(","))


def count_failures_before(
    github: GitHub, workflow: str, branch: str, number: int, most: int
) -> int:
    """Count a workflow's failed runs since its last green one before a run's number.

    A cancelled run counts if timeout-minutes stopped it; others don't count.
    """
    count = 0
    for one in github.runs(workflow, status="completed", branch=branch):
        if (one.run_number or 0) >= number:
            continue
        if one.conclusion == SUCCESS or count >= most:
            break
        count += one.conclusion in FAILED or (
            one.conclusion == CANCELLED and _timed_out(github, one)
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
        return job.conclusion in FAILED or any(
            _TIMED_OUT in one.message for one in github.annotations(job)
        )

    jobs = [one for one in github.jobs(run_id, attempt) if one.conclusion in _STOPPED]
    results = map_concurrently(has_timed_out, jobs[:_MAX_STOPPED])
    timed_out = [job.name for job, found in zip(jobs, results, strict=False) if found is True]
    errors = [one for one in results if isinstance(one, ActionError)]
    if errors and not timed_out:
        raise errors[0]
    return timed_out


class Suspects:
    """What failed in a run of a pipeline, and what changed before, as far as GitHub shows it.

    Attributes:
        parts: lines for people, by heading.
        missing: why a part is missing, in a sentence each.
    """

    def __init__(self, github: GitHub, identity: RunIdentity, environment: str) -> None:
        self._github = github
        self._identity = identity
        self._environment = environment
        self._branch = "" if environment else identity.branch
        self._failed: list[Job] = []
        self._last_green: WorkflowRun | None = None
        self.parts: dict[str, list[str]] = {}
        self.missing: dict[str, None] = {}
        reads = [self._describe_failures, self._describe_changes]
        for part in map_concurrently(lambda read: read(), reads):
            if isinstance(part, ActionError):
                self.missing[str(part)] = None
            else:
                self.parts |= part

    def find_fix(self) -> WorkflowRun | None:
        """Return the newer run that is green, and in which what failed succeeded; None if unknown.

        A job that was skipped in it may still be broken, and so may what a run since then did.
        """
        green, failed = self._last_green, {one.name for one in self._failed}
        if not failed or green is None or (green.id or 0) <= int(self._identity.run_id or 0):
            return None
        workflow = self._identity.workflow_file
        try:
            runs = self._github.runs(workflow, status="completed", branch=self._branch)
            newest = next((one for one in runs if one.conclusion in {SUCCESS, *FAILED}), green)
            jobs = self._github.jobs(str(green.id), green.run_attempt or 1)
        except ApiError:
            return None
        succeeded = {one.name for one in jobs if one.conclusion == SUCCESS}
        return green if newest.id == green.id and failed <= succeeded else None

    def _describe_failures(self) -> dict[str, list[str]]:
        jobs = self._github.jobs(self._identity.run_id, self._identity.run_attempt)
        self._failed = [one for one in jobs if one.has_failed]
        shown, lines = self._failed[:_MAX_JOBS], []
        for job, errors in zip(shown, map_concurrently(self._errors_of, shown), strict=True):
            steps = f": {', '.join(job.failed_steps)}" if job.failed_steps else ""
            lines.append(f"{job.name}{steps} {job.html_url}")
            if isinstance(errors, ActionError):
                self.missing[str(errors)] = None
            else:
                lines += errors
        return {"Failed": lines + _and_more(len(self._failed), _MAX_JOBS, "jobs")}

    def _errors_of(self, job: Job) -> list[str]:
        notes = self._github.annotations(job)
        errors = (one.message for one in notes if one.annotation_level == "failure")
        texts = [text[:_MAX_CHARACTERS] for text in errors if text][:_MAX_ERRORS]
        return [f"  {line}" for text in texts for line in text.splitlines()[:_MAX_ERRORS]]

    def _describe_changes(self) -> dict[str, list[str]]:
        since, base = self._find_base()
        head = self._identity.sha
        if not (base and head) or base == head:
            return {}
        comparison = self._github.compare(base, head)
        total = comparison.total_commits or len(comparison.commits)
        newest = comparison.commits[::-1][:_MAX_COMMITS]
        lines = [*map(_describe_commit, newest), *_and_more(total, _MAX_COMMITS, "commits")]
        return {f"Commits since {since}": lines, "Pull requests": self._describe_pulls(newest)}

    def _find_base(self) -> tuple[str, str]:
        """Return what was green for the last time, in words, and its commit."""
        if self._environment:
            for one in self._github.deployments(self._environment):
                if one.sha != self._identity.sha and any(
                    status.state == SUCCESS for status in self._github.deployment_statuses(one)
                ):
                    return f"the last deployment to {self._environment}", one.sha
            return "", ""
        workflow = self._identity.workflow_file
        green = self._github.runs(workflow, status=SUCCESS, branch=self._branch, limit=1)
        if not green:
            return "", ""
        self._last_green = green[0]
        return f"run #{green[0].run_number}, the last green one", green[0].head_sha

    def _describe_pulls(self, commits: Sequence[Commit]) -> list[str]:
        lines: dict[str, None] = {}
        for pulls in map_concurrently(lambda one: self._github.pulls(one.sha), commits):
            if isinstance(pulls, ActionError):
                self.missing[str(pulls)] = None
                break
            for pull in pulls:
                lines[f"#{pull.number} {pull.user.login}: {pull.title} {pull.html_url}"] = None
        return list(lines)


def _describe_commit(commit: Commit) -> str:
    author = commit.author.login or commit.commit.author.name
    title = commit.commit.message.partition("\n")[0]
    return f"{commit.sha[:_SHORT_SHA]} {author}: {title}"


def _and_more(total: int, shown: int, what: str) -> list[str]:
    return [f"and {total - shown} more {what}"] if total > shown else []

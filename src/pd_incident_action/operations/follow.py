"""Follow a pipeline: one incident while it is broken, resolved when it is green again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cached_property, partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pd_incident_action.errors import ActionError, ApiError, NotApplicable
from pd_incident_action.github.client import GitHub, open_github
from pd_incident_action.github.runs import (
    CANCELLED,
    FAILURE,
    SUCCESS,
    JobStatus,
    count_failures_before,
    find_timed_out_jobs,
    parse_status,
)
from pd_incident_action.identity import default_source, derive_key
from pd_incident_action.inputs.fields import CaseInsensitive, CommaSeparated, ShortText, setting
from pd_incident_action.inputs.intervals import FromText
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared.common_inputs import Environment
from ._shared.follow_up import FollowUp, find_deployer, page_policy, page_policy_after
from ._shared.pipeline import (
    BROKEN,
    SECONDS_BEFORE_PAGE,
    STILL_BROKEN,
    Failure,
    PipelineInputs,
    PipelineOperation,
    Position,
    list_some,
    nothing_to_do,
)
from .base import OperationContext, OperationInputs

_SECONDS_AFTER_PAGE = 8.0
_SHORT_SHA = 7
_option = partial(setting, decoration=True)
_BRANCH = re.compile(r"[^\s!^][^\s^]*")


def _branch(pattern: str) -> str:
    """Return a pattern without Git's prefix; what no branch's name has would never match."""
    if not _BRANCH.fullmatch(pattern):
        raise ValueError("must be names of branches, separated by commas, such as main, release/*")
    return pattern.removeprefix("refs/heads/")


class Follow(PipelineOperation):
    name = "follow"
    summary = "Page once while a pipeline is broken, and resolve the incident when it is green"

    class Inputs(PipelineInputs):
        status: Annotated[
            JobStatus,
            BeforeValidator(parse_status),
            setting(
                "How the pipeline ended: `${{ job.status }}` in a last step with `if: always()`, "
                "or `${{ toJSON(needs) }}` in a separate job that needs the others.",
                example="${{ job.status }}",
            ),
        ]
        environment: Environment = None
        branches: Annotated[
            tuple[Annotated[ShortText, AfterValidator(_branch)], ...] | None,
            CommaSeparated,
            _option(
                "Branches to follow, separated by commas; `*` matches any text. Runs on other "
                "branches change nothing.",
                example="main, release/*",
                default_help="all branches, each as its own pipeline",
            ),
        ] = None
        after: Annotated[
            int,
            Field(ge=1, le=50),
            _option(
                "Page only after this many failed runs in a row. Requires the permission "
                "`actions: read`; if GitHub doesn't answer, the first failure pages.",
                example="2",
            ),
        ] = 1
        attempts: Annotated[
            int,
            Field(ge=1, le=10),
            _option(
                "Page only if this attempt of the run fails: with `2`, a run pages if it fails "
                "again when it is re-run.",
                example="2",
            ),
        ] = 1
        follow_key: Annotated[
            ShortText | None,
            setting(
                "Identifies the pipeline: runs with the same key share an incident.",
                example="nightly-backup",
                default_help="the repository, the workflow's file, the job, its matrix "
                "combination, and the branch or environment",
            ),
        ] = None
        notify: Annotated[
            Literal["deployer"] | None,
            CaseInsensitive,
            _option(
                "`deployer` asks the person who started the run to help, in addition to whoever is "
                "on call. Requires `pagerduty-token`.",
                example="deployer",
            ),
        ] = None
        policy_after: Annotated[
            timedelta | None,
            Field(le=timedelta(hours=1)),
            FromText,
            _option(
                "With `notify: deployer`, page that person alone first, and the service's "
                "escalation policy if nobody acknowledges in this time (at most 1 hour). The step "
                "waits for it. Requires `pagerduty-token` and `service`.",
                example="5m",
            ),
        ] = None

    inputs: Inputs

    def __init__(self, inputs: Inputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        identity = context.identity
        self.pages = inputs.status.conclusion != SUCCESS
        self._where = inputs.environment or identity.ref
        self._workflow = identity.workflow or "a workflow"
        self._cancellation = context.deadline.cancellation
        self._paged_first: PagerDutyIncident | None = None

    def start_message(self) -> str:
        on = f" ({self._where})" if self._where else ""
        return f"Following {self._workflow}{on}: {self.inputs.status.conclusion}"

    @property
    def pipeline_key(self) -> str:
        identity, trial = self.context.identity, self.context.trial_clients
        if self.inputs.follow_key:
            return derive_key([identity.server_url, identity.repository, self.inputs.follow_key])
        workflow = identity.workflow_file or identity.workflow
        combination = (trial.settings.matrix if trial else None) or ""
        kind = "environment" if self.inputs.environment else "branch"
        job = [workflow, identity.job, combination, kind, self._where]
        return derive_key([identity.server_url, identity.repository, *job])

    def run(self) -> Outcome:
        """Page for a failure, resolve for a success, and leave the rest alone."""
        ref, branches = self.context.identity.ref, self.inputs.branches
        if ref and branches and not any(fnmatchcase(ref, one) for one in branches):
            return nothing_to_do(f"{ref} isn't among the branches to follow")
        status = self.inputs.status
        if status.conclusion == CANCELLED:
            status = self._detect_timeout(status)
        if status.conclusion == FAILURE:
            return self._fail(status)
        if status.conclusion == SUCCESS:
            return self.close_incident(self._describe_fix())
        return nothing_to_do(
            f"the pipeline was {status.conclusion}, neither a success nor a failure"
        )

    def after(self, outcome: Outcome) -> Outcome:
        """Report who and what may have broken it, now that the page is out."""
        is_failure = outcome.incident is not None and outcome.incident.status != "resolved"
        if is_failure and not self.context.dry_run:
            github = self._open_github(_SECONDS_AFTER_PAGE)
            is_asked = self.inputs.notify is not None and self._paged_first is None
            follow_up = FollowUp(self.context, github, self.inputs.environment or "")
            outcome = follow_up.add_to(outcome, with_deployer=is_asked)
            if follow_up.fixed_by is not None:
                return self.withdraw(outcome, Position.of(follow_up.fixed_by))
        outcome = super().after(outcome)
        timeout = self.inputs.policy_after
        if self._paged_first and timeout:
            try:
                page_policy_after(timeout, self.context, self._paged_first)
            except ApiError as error:
                return replace(outcome, failures=(*outcome.failures, error))
        return outcome

    def leave_note(self, outcome: Outcome) -> Outcome:
        """Leave the note; in a job that was cancelled, page the policy at once as well."""
        if self._paged_first and self._cancellation.is_cancelled:
            try:
                page_policy(self.context, self._paged_first)
            except ApiError as error:
                message = f"{outcome.message} The policy is not paged: {error}"
                outcome = replace(outcome, message=message)
        return super().leave_note(outcome)

    def recover(self) -> Outcome | None:
        outcome = super().recover()
        if self.inputs.policy_after and outcome and outcome.incident:
            found = PagerDutyIncident.read(outcome.incident.raw)
            self._paged_first = found if found.is_directly_assigned else None
        return outcome

    @classmethod
    def seconds_to_wait(cls, inputs: OperationInputs) -> float:
        timeout = inputs.policy_after if isinstance(inputs, cls.Inputs) else None
        return timeout.total_seconds() if timeout else 0.0

    def _open_github(self, seconds: float) -> GitHub | None:
        return open_github(self.context.trial_clients, self.context.identity, seconds)

    @cached_property
    def _github(self) -> GitHub | None:
        """GitHub's API for what is asked before the page, all of it within one time limit."""
        return self._open_github(SECONDS_BEFORE_PAGE)

    def _fail(self, status: JobStatus) -> Outcome:
        state = self.state_before_page()
        if state and state.newest > self.position:
            return nothing_to_do(f"{state.newest} is newer, and has ended already")
        existing = state.incident if state and state.incident.is_open else None
        if existing is None and (reason := self._reason_to_wait()):
            return nothing_to_do(reason)
        failure, page, outcome = self._describe(status), Page.NOBODY, None
        if self.inputs.policy_after:
            if existing:
                page = self._ensure_policy_paged(existing)
            elif self.inputs.notify:
                outcome = self._page_deployer(failure)
        outcome = outcome or self.open_incident(failure, existing)
        again = STILL_BROKEN if existing else BROKEN
        failed = f": {list_some(status.failed)}" if status.failed else ""
        url = self.context.identity.url
        self.note_failure(outcome, f"{again}, as of {self.position}{failed}. {url}")
        # It may have been resolved a moment ago, so that another one was opened.
        found = outcome.incident
        if existing and found and found.id == existing.id:
            message = f"The pipeline is still broken, and incident {found.name} is open already."
            outcome = replace(outcome, message=message, created=False, page=page)
        return outcome

    def _ensure_policy_paged(self, incident: PagerDutyIncident) -> Page:
        """Page the policy where only the deployer was, by a run that may have died meanwhile."""
        try:
            is_paged = incident.is_directly_assigned and page_policy(self.context, incident)
        except ApiError as error:
            self.context.log(f"The policy is not paged: {error}")
            return Page.UNKNOWN if error.outcome_unknown else Page.NOBODY
        return Page.ACCEPTED if is_paged else Page.NOBODY

    def _page_deployer(self, failure: Failure) -> Outcome | None:
        """Page the person who started the run first; None where the policy is paged at once."""
        context = self.context
        try:
            if context.find(PagerDuty) is None or not self.inputs.service:
                raise NotApplicable("that requires pagerduty-token and service")
            email = find_deployer(context, self._github)
            outcome = self.create_incident(failure, assignee=email)
        except ActionError as error:
            context.log(f"{context.identity.actor} isn't paged first: {error.summary}")
            return None
        if outcome.created is not False and outcome.incident:
            self._paged_first = PagerDutyIncident.read(outcome.incident.raw)
        return outcome

    def _reason_to_wait(self) -> str:
        """Return why nobody is paged yet; empty if somebody is to be."""
        attempt, attempts, after = self.position.attempt, self.inputs.attempts, self.inputs.after
        if attempt < attempts:
            return f"attempt {attempt} failed, and nobody is paged before attempt {attempts} does"
        if after == 1:
            return ""
        if self._github is None:
            self.context.log("Paging at once: without github-token, earlier runs aren't known")
            return ""
        try:
            workflow, number = self.context.identity.workflow_file, self.position.number
            branch = "" if self.inputs.environment else self.context.identity.branch
            before = count_failures_before(self._github, workflow, branch, number, after - 1)
        except ApiError as error:
            self.context.log(f"Paging at once, as earlier runs aren't known: {error}")
            return ""
        if before + 1 >= after:
            return ""
        return f"{before + 1} of {after} runs in a row have failed, and nobody is paged yet"

    def _detect_timeout(self, status: JobStatus) -> JobStatus:
        """Return a failure if timeout-minutes stopped a job, rather than somebody cancelled it."""
        identity = self.context.identity
        try:
            if self._github is None:
                raise NotApplicable("github-token is empty")
            timed_out = find_timed_out_jobs(self._github, identity.run_id, identity.run_attempt)
        except ActionError as error:
            self.context.log(f"Whether timeout-minutes stopped it isn't known: {error}")
            return status
        failed = tuple(f"{name} (timed out)" for name in timed_out)
        return JobStatus(FAILURE, failed) if failed else status

    def _describe(self, status: JobStatus) -> Failure:
        identity = self.context.identity
        job = list_some(status.failed) or identity.job
        known = ", ".join(filter(None, (job, self._where)))
        details = {
            "failed": job,
            "run": f"#{identity.run_number}, attempt {identity.run_attempt}",
            "environment": self.inputs.environment or "",
            "branch": identity.ref,
            "commit": identity.sha,
            "started by": identity.actor,
            "page": identity.url,
        }
        summary = f"{default_source(identity)}: {self._workflow} is failing"
        links = {"Workflow run": identity.url, "Commit": identity.commit_url}
        return Failure(f"{summary} ({known})" if known else summary, details, links)

    def _describe_fix(self) -> str:
        """Name the run that fixed the pipeline, and its commit."""
        identity = self.context.identity
        commit = f" with commit {identity.sha[:_SHORT_SHA]}" if identity.sha else ""
        by = f" of {identity.actor}" if identity.actor else ""
        return f"{self.position}{commit}{by}. {identity.commit_url or identity.url}"

"""Follow a pipeline: one incident while it is broken, resolved when it is green again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pd_incident_action.errors import ActionError, ApiError, NotApplicable
from pd_incident_action.github.client import GitHub, open_github
from pd_incident_action.github.job_status import (
    CANCELLED,
    FAILURE,
    SUCCESS,
    JobStatus,
    parse_status,
)
from pd_incident_action.github.runs import PipelineRun, count_failures_before, find_timed_out_jobs
from pd_incident_action.identity import KEY_PREFIX, default_source
from pd_incident_action.inputs.fields import CaseInsensitive, CommaSeparated, InputSpec, ShortText
from pd_incident_action.inputs.intervals import Duration, at_most
from pd_incident_action.models import Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.models import PagerDutyIncident

from ._shared.common_inputs import Environment
from ._shared.deployer import Deployer, page_policy, page_policy_after
from ._shared.follow_up import FollowUp
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


def _branch(pattern: str) -> str:
    """Return a pattern without Git's prefix; what no branch's name has would never match."""
    if not _BRANCH.fullmatch(pattern):
        raise ValueError("must be names of branches, separated by commas, such as main, release/*")
    return pattern.removeprefix("refs/heads/")


def _check_status(text: str) -> str:
    parse_status(text)
    return text


_HEX_DIGITS = 40
_SHORT_SHA = 7
_BRANCH = re.compile(r"[^\s!^][^\s^]*")


class Follow(PipelineOperation):
    name = "follow"
    summary = "Page once while a pipeline is broken, and resolve the incident when it is green"

    class Inputs(PipelineInputs):
        status: Annotated[
            ShortText,
            AfterValidator(_check_status),
            InputSpec(
                "How the pipeline ended: `${{ job.status }}` in a last step with `if: always()`, "
                "or `${{ toJSON(needs) }}` in a separate job that needs the others.",
                example="${{ job.status }}",
                from_form=False,
            ),
        ]
        environment: Environment = None
        branches: Annotated[
            tuple[Annotated[ShortText, AfterValidator(_branch)], ...] | None,
            CommaSeparated,
            InputSpec(
                "Branches to follow, separated by commas; `*` matches any text. Runs on other "
                "branches change nothing.",
                example="main, release/*",
                decoration=True,
                from_form=False,
                default_help="all branches, each as its own pipeline",
            ),
        ] = None
        after: Annotated[
            int,
            Field(ge=1, le=50),
            InputSpec(
                "Page only after this many failed runs in a row. Requires the permission "
                "`actions: read`; if GitHub doesn't answer, the first failure pages.",
                example="2",
                decoration=True,
                from_form=False,
            ),
        ] = 1
        attempts: Annotated[
            int,
            Field(ge=1, le=10),
            InputSpec(
                "Page only if this attempt of the run fails: with `2`, a run pages if it fails "
                "again when it is re-run.",
                example="2",
                decoration=True,
                from_form=False,
            ),
        ] = 1
        follow_key: Annotated[
            ShortText | None,
            InputSpec(
                "Identifies the pipeline: runs with the same key share an incident.",
                example="nightly-backup",
                from_form=False,
                default_help="the repository, the workflow's file, the job, its matrix "
                "combination, and the branch or environment",
            ),
        ] = None
        notify: Annotated[
            Literal["deployer"] | None,
            CaseInsensitive,
            InputSpec(
                "`deployer` asks the person who started the run to help, in addition to whoever is "
                "on call. Requires `pagerduty-token`.",
                example="deployer",
                decoration=True,
                from_form=False,
            ),
        ] = None
        policy_after: Annotated[
            Duration | None,
            at_most(timedelta(hours=1)),
            InputSpec(
                "With `notify: deployer`, page that person alone first, and the service's "
                "escalation policy if nobody acknowledges in this time (at most 1 hour). The step "
                "waits for it. Requires `pagerduty-token` and `service`.",
                example="5m",
                decoration=True,
                from_form=False,
            ),
        ] = None

    inputs: Inputs

    def __init__(self, inputs: Inputs, context: OperationContext) -> None:
        super().__init__(inputs, context)
        self.pages = parse_status(inputs.status).conclusion != SUCCESS
        self._cancellation = context.deadline.cancellation
        self._paged_first: PagerDutyIncident | None = None

    def start_message(self) -> str:
        where = self.inputs.environment or self.context.identity.ref
        on = f" ({where})" if where else ""
        return f"Following {self._workflow}{on}: {parse_status(self.inputs.status).conclusion}"

    @property
    def pipeline_key(self) -> str:
        identity, trial = self.context.identity, self.context.trial_clients
        parts = [identity.server_url, identity.repository]
        if self.inputs.follow_key:
            parts.append(self.inputs.follow_key)
        else:
            where = self.inputs.environment or identity.ref
            workflow = identity.workflow_file or identity.workflow
            combination = (trial.settings.matrix if trial else None) or ""
            kind = "environment" if self.inputs.environment else "branch"
            parts += [workflow, identity.job, combination, kind, where]
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return KEY_PREFIX + digest[:_HEX_DIGITS]

    def run(self) -> Outcome:
        """Page for a failure, resolve for a success, and leave the rest alone.

        Raises:
            ActionError: nobody was paged, or the incident couldn't be resolved.
        """
        ref = self.context.identity.ref
        branches = self.inputs.branches
        if ref and branches and not any(fnmatchcase(ref, one) for one in branches):
            return nothing_to_do(f"{ref} isn't among the branches to follow")
        status = parse_status(self.inputs.status)
        log_lines: tuple[str, ...] = ()
        if status.conclusion == CANCELLED:
            status, log_lines = self._detect_timeout(status)
        if status.conclusion == FAILURE:
            return self._fail(status)
        if status.conclusion == SUCCESS:
            return self.close_incident(self._describe_fix())
        why = f"the pipeline was {status.conclusion}, neither a success nor a failure"
        return nothing_to_do(why, *log_lines)

    def after(self, outcome: Outcome) -> Outcome:
        """Report who and what may have broken it, now that the page is out."""
        is_failure = outcome.incident is not None and outcome.incident.status != "resolved"
        if is_failure and not self.context.dry_run:
            is_asked = self.inputs.notify is not None and self._paged_first is None
            github = open_github(
                self.context.trial_clients, self.context.identity, _SECONDS_AFTER_PAGE
            )
            follow_up = FollowUp(self.context, github, self._run)
            outcome = follow_up.add_to(outcome, with_deployer=is_asked)
            if follow_up.fixed_by is not None:
                return self.withdraw(outcome, Position.of(follow_up.fixed_by))
        outcome = super().after(outcome)
        timeout = self.inputs.policy_after
        if self._paged_first is None or timeout is None:
            return outcome
        try:
            line = page_policy_after(timeout, self.context, self._paged_first)
        except ApiError as error:
            return replace(outcome, failures=(*outcome.failures, error))
        return outcome.adding(log_lines=[line])

    def leave_note(self, outcome: Outcome) -> Outcome:
        """Leave the note; in a job that was cancelled, page the policy at once as well."""
        if self._paged_first is not None and self._cancellation.is_cancelled:
            page_policy(self.context, self._paged_first)
        return super().leave_note(outcome)

    def recover(self) -> Outcome | None:
        outcome = super().recover()
        if self.inputs.policy_after and outcome is not None and outcome.incident is not None:
            found = PagerDutyIncident.read(outcome.incident.raw)
            self._paged_first = found if found.is_directly_assigned else None
        return outcome

    @classmethod
    def seconds_to_wait(cls, inputs: OperationInputs) -> float:
        timeout = inputs.policy_after if isinstance(inputs, cls.Inputs) else None
        return timeout.total_seconds() if timeout else 0.0

    @property
    def _run(self) -> PipelineRun:
        """This run, as GitHub is asked about it."""
        identity = self.context.identity
        return PipelineRun(
            workflow=identity.workflow_file.rpartition("/")[2],
            branch="" if self.inputs.environment else identity.branch,
            environment=self.inputs.environment or "",
            run_id=identity.run_id,
            attempt=identity.run_attempt,
            sha=identity.sha,
        )

    @cached_property
    def _github(self) -> GitHub | None:
        """GitHub's API for what is asked before the page, all of it within one time limit."""
        return open_github(self.context.trial_clients, self.context.identity, SECONDS_BEFORE_PAGE)

    @property
    def _workflow(self) -> str:
        return self.context.identity.workflow or "a workflow"

    def _fail(self, status: JobStatus) -> Outcome:
        state = self.state_before_page()
        if state is not None and state.newest > self.position:
            return nothing_to_do(f"{state.newest} is newer, and has ended already")
        existing = state.incident if state is not None and state.incident.is_open else None
        if existing is None and (reason := self._reason_to_wait()):
            return nothing_to_do(reason)
        page = Page.NOBODY
        if existing is not None and self.inputs.policy_after:
            page = self._ensure_policy_paged(existing)
        failure = self._describe(status)
        outcome = None if existing else self._page_deployer(failure)
        outcome = outcome or self.open_incident(failure, existing)
        again = STILL_BROKEN if existing else BROKEN
        failed = f": {list_some(status.failed)}" if status.failed else ""
        url = self.context.identity.url
        self.note_failure(outcome, f"{again}, as of {self.position}{failed}. {url}")
        # It may have been resolved a moment ago, so that another one was opened.
        found = outcome.incident
        if existing is not None and found is not None and found.id == existing.id:
            message = f"The pipeline is still broken, and incident {found.name} is open already."
            outcome = replace(outcome, message=message, created=False, page=page)
        return outcome

    def _ensure_policy_paged(self, incident: PagerDutyIncident) -> Page:
        """Page the policy where only the deployer was, by a run that may have died meanwhile."""
        if not incident.is_directly_assigned:
            return Page.NOBODY
        try:
            self.context.log(page_policy(self.context, incident))
        except ApiError as error:
            self.context.log(f"The policy is not paged: {error}")
            return Page.UNKNOWN if error.outcome_unknown else Page.NOBODY
        return Page.ACCEPTED

    def _page_deployer(self, failure: Failure) -> Outcome | None:
        """Page the person who started the run first; None where the policy is paged at once."""
        context = self.context
        if not (self.inputs.policy_after and self.inputs.notify):
            return None
        deployer = Deployer(context, self._github)
        try:
            if context.find(PagerDuty) is None or not self.inputs.service:
                raise NotApplicable("that requires pagerduty-token and service")
            email = deployer.find_email()
            if not email:
                raise NotApplicable("their e-mail address isn't known")
            outcome = self.create_incident(failure, assignee=email)
        except ActionError as error:
            context.log(f"{deployer.login} isn't paged first: {error.summary}")
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
        github = self._github
        if github is None:
            self.context.log("Paging at once: without github-token, earlier runs aren't known")
            return ""
        try:
            failures = 1 + count_failures_before(github, self._run, self.position.number, after - 1)
        except ApiError as error:
            self.context.log(f"Paging at once, as earlier runs aren't known: {error}")
            return ""
        if failures >= after:
            return ""
        return f"{failures} of {after} runs in a row have failed, and nobody is paged yet"

    def _detect_timeout(self, status: JobStatus) -> tuple[JobStatus, tuple[str, ...]]:
        """Distinguish a job that timeout-minutes stopped from one that somebody cancelled.

        Returns:
            The status, a failure if a job took too long; and a line on why it isn't known.
        """
        github = self._github
        unknown = "Whether timeout-minutes stopped it isn't known"
        if github is None:
            return status, (f"{unknown}: github-token is empty.",)
        try:
            timed_out = find_timed_out_jobs(github, self._run.run_id, self._run.attempt)
        except ApiError as error:
            return status, (f"{unknown}: {error}",)
        if not timed_out:
            return status, ()
        return JobStatus(FAILURE, tuple(f"{name} (timed out)" for name in timed_out)), ()

    def _describe(self, status: JobStatus) -> Failure:
        identity = self.context.identity
        where = self.inputs.environment or identity.ref
        job = list_some(status.failed) or identity.job
        known = ", ".join(filter(None, (job, where)))
        summary = f"{default_source(identity)}: {self._workflow} is failing"
        details = {
            "failed": job,
            "run": f"#{identity.run_number}, attempt {identity.run_attempt}",
            "environment": self.inputs.environment or "",
            "branch": identity.ref,
            "commit": identity.sha,
            "started by": identity.actor,
            "page": identity.url,
        }
        return Failure(
            summary=self.inputs.summary or (f"{summary} ({known})" if known else summary),
            details={name: text for name, text in details.items() if text},
            links={"Workflow run": identity.url, "Commit": identity.commit_url},
        )

    def _describe_fix(self) -> str:
        """Name the run that fixed the pipeline, and its commit."""
        identity = self.context.identity
        commit = f" with commit {identity.sha[:_SHORT_SHA]}" if identity.sha else ""
        by = f" of {identity.actor}" if identity.actor else ""
        return f"{self.position}{commit}{by}. {identity.commit_url or identity.url}"

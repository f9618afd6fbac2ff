"""Expect a workflow to succeed in time: GitHub drops scheduled runs, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pd_incident_action.errors import InputError, empty_credential
from pd_incident_action.github.client import WorkflowRun, open_github
from pd_incident_action.identity import default_source, derive_key
from pd_incident_action.inputs.fields import ShortText, setting
from pd_incident_action.inputs.intervals import (
    Duration,
    TimeOfDay,
    humanize,
    last_time_of_day,
    parse_iso,
    to_iso,
)
from pd_incident_action.models import Outcome

from ._shared.pipeline import Failure, PipelineInputs, PipelineOperation, nothing_to_do

_DAY = timedelta(days=1)
_SECONDS_FOR_GITHUB = 30.0
_ATTEMPTS = 3


class Expect(PipelineOperation):
    name = "expect"
    summary = "Page if a workflow has not succeeded in time, and resolve the incident once it has"

    class Inputs(PipelineInputs):
        workflow: Annotated[
            ShortText,
            setting(
                "Name of the workflow's file.",
                example="nightly.yml",
            ),
        ]
        branch: Annotated[
            ShortText | None,
            setting("Branch whose runs count.", example="main", default_help="any"),
        ] = None
        every: Annotated[
            Duration | None,
            setting(
                "How often it has to succeed.",
                example="24h",
                default_help="24h, if `by` is given",
            ),
        ] = None
        by: Annotated[
            TimeOfDay | None,
            setting(
                "The time of day by which it has to have succeeded, and its zone.",
                example="06:30 Europe/Berlin",
            ),
        ] = None

        def problems(self) -> Iterator[str]:
            if not (self.every or self.by):
                yield "Set 'every', such as 24h, or 'by', such as 06:30 Europe/Berlin"

        def earliest(self, now: datetime) -> datetime:
            """Return the moment since which it has to have succeeded."""
            until = last_time_of_day(self.by, now) if self.by else now
            return until - (self.every or _DAY)

        @property
        def in_words(self) -> str:
            """What is expected, in words."""
            every = f"every {humanize(self.every)}" if self.every else ""
            return ", ".join(filter(None, (every, f"by {self.by}" if self.by else "")))

    inputs: Inputs

    @property
    def _workflow(self) -> str:
        """The file's name, which is all that GitHub takes of its path."""
        return self.inputs.workflow.rpartition("/")[2]

    def start_message(self) -> str:
        return f"Expecting {self.inputs.workflow} to succeed {self.inputs.in_words}"

    @property
    def pipeline_key(self) -> str:
        identity, branch = self.context.identity, self.inputs.branch or ""
        place = [identity.server_url, identity.repository]
        return derive_key([*place, "expect", self._workflow, branch])

    def run(self) -> Outcome:
        """Look for the last success, and page or resolve accordingly."""
        last = self._last_success()
        succeeded_at = parse_iso(last.updated_at)
        if succeeded_at and succeeded_at >= self.inputs.earliest(datetime.now(UTC)):
            return self.close_incident(f"run #{last.run_number}. {last.html_url}")
        state = self.state_before_page()
        if state is not None and state.incident.is_open:
            return nothing_to_do(f"incident {state.incident.label} is open already")
        since = f"since {to_iso(succeeded_at)}" if succeeded_at else "yet"
        summary = f"{default_source(self.context.identity)}: {self._workflow} has not succeeded"
        page = self.context.identity.url
        details = {
            "workflow": self.inputs.workflow,
            "expected": self.inputs.in_words,
            "last success": last.html_url or "none",
            "found by": page,
        }
        links = {"Last success": last.html_url, "Found by": page}
        return self.open_incident(Failure(f"{summary} {since}", details, links))

    def _last_success(self) -> WorkflowRun:
        """Find the last run that succeeded; an empty one if none did."""
        clients, identity = self.context.trial_clients, self.context.identity
        github = open_github(clients, identity, _SECONDS_FOR_GITHUB, attempts=_ATTEMPTS)
        if github is None:
            raise InputError([empty_credential("github-token", self.name)])
        branch = self.inputs.branch or ""
        found = github.runs(self._workflow, status="success", branch=branch, limit=1)
        return next(iter(found), WorkflowRun())

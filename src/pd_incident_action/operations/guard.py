"""Guard a deployment: watch services for a while, and fail the step if one of them breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from pd_incident_action.errors import (
    ActionError,
    ApiError,
    DeploymentBroken,
    InputError,
    InputProblem,
)
from pd_incident_action.github.client import open_github
from pd_incident_action.identity import guard_mark, guarding_run
from pd_incident_action.inputs.fields import InputSpec, NameList, setting
from pd_incident_action.inputs.intervals import FromText, Interval, humanize
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.idempotency import send_or_find
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import MaintenanceWindow, PagerDutyIncident
from pd_incident_action.pagerduty.services import Services

from .base import Operation, OperationInputs, incidents_outcome
from .change_event import ChangeEvent

_SECONDS_BETWEEN_LOOKS = 15.0
_SECONDS_PER_LOOK = 15.0
_SECONDS_FOR_GITHUB = 3.0
# A window outlasts the watch by the time that the rest of the run may take.
_MARGIN = timedelta(minutes=2)
_BOTH = (
    "must not name a service of 'service': in maintenance it opens no incident to be watched for"
)


class Guard(Operation):
    name = "guard"
    summary = "Watch services after a deployment, and fail the step if a new incident opens"
    group = "Services and changes"
    scopes = ("incidents.read", "services.read", "services.write")
    port_blueprint = "pagerdutyService"
    from_port = False
    is_urgent = True

    class Inputs(ChangeEvent.Inputs):
        service: Annotated[
            NameList,
            InputSpec(
                "Services to watch: ids, names, or their names in the configuration file, "
                "separated by commas.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
            ),
        ]
        watch: Annotated[
            timedelta,
            Field(le=timedelta(hours=5)),
            FromText,
            setting(
                "How long to watch them, at most 5 hours; in addition to `timeout`.",
                example="10m",
                default_help="10m",
                decoration=True,
            ),
        ] = timedelta(minutes=10)
        maintenance: Annotated[
            NameList | None,
            setting(
                "Services that restart during the deployment: a maintenance window keeps them from "
                "paging, and ends with the watch, even if the job is cancelled.",
                example="Checkout workers",
            ),
        ] = None

    inputs: Inputs

    @classmethod
    def seconds_to_wait(cls, inputs: OperationInputs) -> float:
        return inputs.watch.total_seconds() if isinstance(inputs, cls.Inputs) else 0.0

    def start_message(self) -> str:
        return f"Watching {', '.join(self.inputs.service)} for {humanize(self.inputs.watch)}"

    def run(self) -> Outcome:
        """Send the change event, and watch; what opens is a failure, so that a roll-back runs."""
        ids, silenced = self.context.names.services(self.inputs.service), self._find_silenced()
        if {*ids} & {*silenced}:
            raise InputError([InputProblem("maintenance", _BOTH, "Checkout workers")])
        self._end_orphans()
        if silenced:
            self._open_window(silenced)
        try:
            known = {one.id for one in self._list_open(ids)}
            self._send_change_event()
            found = [] if self.context.dry_run else self._look_until_the_end(ids, known)
        finally:
            # If the job was cancelled, nothing is sent any more, and `recover` ends it.
            warnings = self._end_own_window(silenced)
        return self._build_outcome(found).adding(warnings=warnings)

    def recover(self) -> Outcome | None:
        """End the maintenance window, which nobody else would."""
        silenced = self._find_silenced()
        if not silenced:
            return None
        failed = self._end_own_window(silenced)
        message = " ".join(failed) or "No maintenance window of this run is open any more."
        return Outcome(message=message, write_entity=False)

    @property
    def _services(self) -> Services:
        return Services(self.context.pagerduty)

    def _find_silenced(self) -> list[str]:
        return self.context.names.services(self.inputs.maintenance)

    def _send_change_event(self) -> None:
        """Send the change event where there is a routing key."""
        if self.context.find(PagerDutyEvents) is None:
            self.context.log("No change event was sent: that requires routing-key.")
            return
        try:
            self.context.log(ChangeEvent(self.inputs, self.context).run().message)
        except ApiError as error:
            self.context.log(f"The change event is missing: {error}")

    def _list_open(self, ids: Sequence[str]) -> list[PagerDutyIncident]:
        pagerduty = self.context.pagerduty.with_timeout(_SECONDS_PER_LOOK, share=1)
        return Incidents(pagerduty).list_open(ids)

    def _look_until_the_end(self, ids: Sequence[str], known: set[str]) -> list[PagerDutyIncident]:
        """Return the new incidents of high urgency as soon as there are any.

        Raises:
            ApiError: PagerDuty didn't answer when the time was up.
        """
        left = self.inputs.watch.total_seconds()
        while True:
            found = []
            try:
                found = [one for one in self._list_open(ids) if one.urgency == "high"]
            except ApiError as error:
                if left <= 0:
                    raise
                self.context.log(f"Still watching, though {error.summary}")
            new = [one for one in found if one.id not in known]
            if new or left <= 0:
                return new
            wait = min(_SECONDS_BETWEEN_LOOKS, left)
            self.context.deadline.cancellation.sleep(wait)
            left -= wait

    def _build_outcome(self, found: Sequence[PagerDutyIncident]) -> Outcome:
        watched = ", ".join(self.inputs.service)
        if not found:
            time = humanize(self.inputs.watch)
            message = f"No new incident of high urgency on {watched} in {time}."
            return Outcome(message=message, write_entity=False)
        listed = "; ".join(f"{one.label} {one.html_url}" for one in found)
        count = "A new incident" if len(found) == 1 else f"{len(found)} new incidents"
        failure = DeploymentBroken(
            f"{count} of high urgency opened on {watched} during the watch: {listed}",
            remedy="roll back: steps with `if: failure()` run now",
        )
        return replace(incidents_outcome(found, f"{count} opened."), failures=(failure,))

    def _open_window(self, ids: list[str]) -> None:
        """Keep services from paging until a moment after the watch."""
        now = datetime.now(UTC).replace(microsecond=0)
        interval = Interval(now, now + self.inputs.watch + _MARGIN)
        identity = self.context.identity
        # The key tells the run's jobs apart.
        description = f"Deployment: {identity.url} {guard_mark(identity)} {self.context.step_key}"
        create = partial(self._services.create_window, ids, interval, description)
        send_or_find(create, lambda: next(self._own_windows(ids), None), self.context.deadline)

    def _own_windows(self, ids: Sequence[str]) -> Iterator[MaintenanceWindow]:
        windows = self._services.open_windows(ids)
        return (one for one in windows if one.description.endswith(self.context.step_key))

    def _end_own_window(self, ids: Sequence[str]) -> list[str]:
        """End what this run opened; return a warning if that failed."""
        try:
            for window in [*self._own_windows(ids)] if ids else []:
                self._services.end_window(window.id)
        except ActionError as error:
            return [f"The maintenance window stays open until it ends by itself: {error}"]
        return []

    def _end_orphans(self) -> None:
        """End windows of runs of this repository that were killed before they could do so."""
        try:
            for window in self._services.open_windows(()):
                repository, run_id = guarding_run(window.description)
                is_ours = repository == self.context.identity.repository
                if is_ours and not self._is_running(run_id):
                    self._services.end_window(window.id)
                    self.context.log(f"Ended the maintenance window that run {run_id} left open")
        except ApiError as error:
            self.context.log(f"Earlier runs may have left a maintenance window open: {error}")

    def _is_running(self, run_id: str) -> bool:
        """Check whether a run may be under way; nobody's window is ended on a guess."""
        github = open_github(self.context.trial_clients, self.context.identity, _SECONDS_FOR_GITHUB)
        try:
            return github is None or github.run(run_id).status != "completed"
        except ApiError:
            return True

"""Schedule, list, extend or end maintenance windows, in which services open no incidents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Annotated, Literal

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.http.client import find
from pd_incident_action.inputs.fields import (
    CaseInsensitive,
    InputSpec,
    NameList,
    PagerDutyIds,
    Text,
)
from pd_incident_action.inputs.intervals import (
    RERUN_WITHIN,
    End,
    Interval,
    Start,
    parse_interval,
    to_iso,
)
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.models import MaintenanceWindow
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.text import counted

from .base import Operation, OperationInputs


class Maintenance(Operation):
    name = "maintenance"
    summary = "Schedule, list, extend or end maintenance windows of services"
    group = "Services and changes"
    scopes = ("services.read", "services.write")
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "maintenance-window-id": "Id of the maintenance window; of several, separated by commas.",
        "until": "When the maintenance ends, in ISO 8601.",
    }

    class Inputs(OperationInputs):
        maintenance_action: Annotated[
            Literal["add", "list", "extend", "end"],
            CaseInsensitive,
            InputSpec(
                "What to do: `add` a window, `list` the current and future ones, `extend` them to "
                "another `end`, or `end` them now.",
                example="end",
            ),
        ] = "add"
        maintenance_window: Annotated[
            PagerDutyIds | None,
            InputSpec(
                "Ids of the windows to `extend` or `end`, separated by commas; without them, those "
                "that the services are in now. A future one that is ended is deleted.",
                example="PMAINT1",
                aliases=("maintenance_window_id", "maintenance_window_ids"),
            ),
        ] = None
        service: Annotated[
            NameList | None,
            InputSpec(
                "Services to put into maintenance, or whose windows to change: ids, names, or "
                "their names in the configuration file, separated by commas. PagerDuty opens no "
                "incidents for them during a window.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                guess="entity",
                yields_to=("maintenance_window",),
                main=("service", "service_id", "services", "service_ids"),
                default_help="the PagerDuty service that the Port action was run on, or those "
                "that its entity relates to, else the entity's identifier as a name",
                configurable=False,
            ),
        ] = None
        start: Start = "now"
        end: End = None
        description: Annotated[
            Text | None,
            InputSpec("Reason, shown in PagerDuty.", "Moving to the new database", multiline=True),
        ] = None

        def problems(self) -> Iterator[str]:
            if self.maintenance_action == "add" and not (self.service and self.end):
                yield "Set 'service' and 'end' to add a maintenance window"
            if self.maintenance_action == "extend" and not self.end:
                yield "Set 'end' to extend a maintenance window"
            if self.maintenance_action in {"add", "list"} and self.maintenance_window:
                yield "Set 'maintenance-window' only with 'maintenance-action: extend' or 'end'"
            if self.maintenance_action != "list" and not (self.service or self.maintenance_window):
                yield "Set 'service' or 'maintenance-window'"

        @property
        def subject(self) -> str:
            """The services, or the windows, in words."""
            if self.maintenance_window:
                return f"maintenance window {', '.join(self.maintenance_window)}"
            return f"maintenance of {', '.join(self.service or ('all services',))}"

    inputs: Inputs

    def start_message(self) -> str:
        inputs = self.inputs
        messages = {
            "add": f"Scheduling {inputs.subject}, from {inputs.start} until {inputs.end}",
            "list": f"Listing {inputs.subject}",
            "extend": f"Extending {inputs.subject} until {inputs.end}",
            "end": f"Ending {inputs.subject}",
        }
        return messages[inputs.maintenance_action]

    def run(self) -> Outcome:
        actions = {"add": self._add, "list": self._list, "extend": self._extend, "end": self._end}
        return actions[self.inputs.maintenance_action]()

    def recover(self) -> Outcome | None:
        window = self._find() if self.inputs.maintenance_action == "add" else None
        return self._scheduled(window, created=None) if window else None

    def _add(self) -> Outcome:
        reason = self.inputs.description or ""
        window, created = create_or_find(
            lambda: self._services.create_window(self._ids, self._interval, reason),
            self._find,
            self.context.deadline,
            may_race=self.context.is_port_run,
        )
        return self._scheduled(window, created=created)

    def _find(self) -> MaintenanceWindow | None:
        """Find a window that makes another one unnecessary."""
        interval, ids = self._interval, self._ids
        for window in self._services.open_windows(ids):
            covered = {one.id for one in window.services}
            if covered.issuperset(ids) and interval.is_covered_by(window.interval):
                return window
        return None

    def _scheduled(self, window: MaintenanceWindow, *, created: bool | None) -> Outcome:
        names = _names([window]) or ", ".join(self.inputs.service or ())
        already = "" if created else "already "
        when = f" {window.interval}" if window.interval else ""
        message = (
            f"Maintenance of {names} is {already}scheduled{when}; PagerDuty opens no incidents in "
            "that time."
        )
        outcome = self._report([window], message)
        return replace(outcome, created=created, response={"maintenance_window": window.raw})

    def _list(self) -> Outcome:
        windows = list(self._services.open_windows(self._ids))
        number = counted(len(windows), "window")
        return self._report(windows, f"PagerDuty has {number} for {self.inputs.subject}.")

    def _extend(self) -> Outcome:
        """Let windows end later; one that ends late enough, or is over, stays as it is."""
        interval = parse_interval("now", self.inputs.end or "", datetime.now(UTC))
        selected = self._selected()
        if not selected:
            raise NotApplicable(
                f"No {self.inputs.subject} is under way",
                "only a window that isn't over can be extended",
                "set maintenance-action: add for a new one",
            )
        # The same duration means a later end when the job is run again.
        wanted = interval.end - (RERUN_WITHIN if self.context.is_rerun else timedelta())
        short = [one for one in selected if one.interval is None or one.interval.end < wanted]
        if not short:
            ends = ", ".join(one.interval.end_iso for one in selected if one.interval)
            return self._report(selected, f"No changes: the {self.inputs.subject} ends {ends}.")
        extended = [self._services.extend_window(one, interval.end) for one in short]
        message = f"Extended maintenance of {_names(extended)} until {interval.end_iso}."
        return self._report(extended, message)

    def _end(self) -> Outcome:
        selected = self._selected()
        if not selected:
            return self._report([], f"No changes: no {self.inputs.subject} is under way.")
        for window in selected:
            self._services.end_window(window.id)
        now = datetime.now(UTC)
        ended = [_ended(one, now) for one in selected]
        return self._report(ended, f"Ended maintenance of {_names(ended)}.")

    def _selected(self) -> list[MaintenanceWindow]:
        """Return the windows to change that aren't over.

        Raises:
            NotApplicable: one is of other services as well, and isn't named.
        """
        now, ids = datetime.now(UTC), self._ids
        if self.inputs.maintenance_window:
            named = filter(None, map(self._window, self.inputs.maintenance_window))
            return [one for one in named if one.interval is None or now < one.interval.end]
        listed = self._services.open_windows(ids)
        selected = [one for one in listed if one.interval and one.interval.contains(now)]
        for window in selected:
            if others := [one.summary or one.id for one in window.services if one.id not in ids]:
                raise NotApplicable(
                    f"Maintenance window {window.id} was not changed",
                    f"it is also a window of {', '.join(others)}",
                    f"set maintenance-window: {window.id} to change it for all of them",
                )
        return selected

    def _window(self, window_id: str) -> MaintenanceWindow | None:
        """Read a window; None where an earlier attempt may have deleted it."""
        read = partial(self._services.window, window_id)
        return find(read) if self.context.is_rerun else read()

    @property
    def _services(self) -> Services:
        return Services(self.context.pagerduty)

    @cached_property
    def _interval(self) -> Interval:
        return parse_interval(self.inputs.start, self.inputs.end or "", datetime.now(UTC))

    @cached_property
    def _ids(self) -> list[str]:
        return self.context.names.services(self.inputs.service)

    def _report(self, windows: list[MaintenanceWindow], message: str) -> Outcome:
        """Build the outcome, with the service for the catalog if it is one that may be changed."""
        ids = self._ids or list({one.id for window in windows for one in window.services})
        service, warnings = None, []
        if self.inputs.maintenance_action != "list" and len(ids) == 1:
            try:
                service = self._services.get(ids[0]).to_service()
            except ApiError as error:
                warnings.append(f"PagerDuty did what was asked, but {error}")
        rows = tuple(
            (one.id, _names([one]), str(one.interval or ""), one.description) for one in windows
        )
        table = Table("Maintenance windows", ("Id", "Services", "When", "Reason"), rows)
        ends = [one.interval.end_iso for one in windows if one.interval]
        return Outcome(
            message=message,
            service=service,
            response={"maintenance_windows": [one.raw for one in windows]},
            outputs={
                "maintenance-window-id": ",".join(one.id for one in windows),
                "until": max(ends, default=""),
            },
            log_lines=table.lines,
            tables=(table,),
            warnings=tuple(warnings),
        )


def _ended(window: MaintenanceWindow, now: datetime) -> MaintenanceWindow:
    """Return a window as it is once it was ended: a future one lasted for no time."""
    end = max(now, window.interval.start) if window.interval else now
    return window.model_copy(update={"end_time": to_iso(end)})


def _names(windows: list[MaintenanceWindow]) -> str:
    """Return the names of the services that are in windows, each once."""
    named = (one.summary or one.id for window in windows for one in window.services)
    return ", ".join(dict.fromkeys(named))

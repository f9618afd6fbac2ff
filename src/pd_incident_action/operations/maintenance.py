"""Schedule, list, extend or end maintenance windows, in which services open no incidents.

https://developer.pagerduty.com/api-reference/ under Maintenance Windows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import model_validator

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
from pd_incident_action.models import Outcome, Service, Table
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

        @model_validator(mode="after")
        def _require_what_it_takes(self) -> Self:
            if self.maintenance_action == "add" and not (self.service and self.end):
                raise ValueError("Set 'service' and 'end' to add a maintenance window")
            if self.maintenance_action == "extend" and not self.end:
                raise ValueError("Set 'end' to extend a maintenance window")
            if self.maintenance_action in {"add", "list"} and self.maintenance_window:
                raise ValueError(
                    "Set 'maintenance-window' only with 'maintenance-action: extend' or 'end'"
                )
            if self.maintenance_action != "list" and not (self.service or self.maintenance_window):
                raise ValueError("Set 'service' or 'maintenance-window'")
            return self

        @property
        def subject(self) -> str:
            """The services, or the windows, in words."""
            if self.maintenance_window:
                return f"maintenance window {', '.join(self.maintenance_window)}"
            return f"maintenance of {', '.join(self.service or ('all services',))}"

    inputs: Inputs

    def start_message(self) -> str:
        verbs = {"add": "Scheduling", "list": "Listing", "extend": "Extending", "end": "Ending"}
        when = {"add": f", from {self.inputs.start} until {self.inputs.end}"}
        when["extend"] = f" until {self.inputs.end}"
        action = self.inputs.maintenance_action
        return f"{verbs[action]} {self.inputs.subject}{when.get(action, '')}"

    def run(self) -> Outcome:
        if self.inputs.maintenance_action == "add":
            return self._add()
        if self.inputs.maintenance_action == "list":
            windows = list(self._services.open_windows(self._ids()))
            number = counted(len(windows), "window")
            return self._report(windows, f"PagerDuty has {number} for {self.inputs.subject}.")
        return self._extend() if self.inputs.maintenance_action == "extend" else self._end()

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
        """End windows now."""
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
        now = datetime.now(UTC)
        if self.inputs.maintenance_window:
            named = filter(None, map(self._window, self.inputs.maintenance_window))
            return [one for one in named if one.interval is None or now < one.interval.end]
        ids = self._ids()
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

    def _ids(self) -> list[str]:
        return self.context.names.services(self.inputs.service)

    def _report(self, windows: list[MaintenanceWindow], message: str) -> Outcome:
        ids = list(dict.fromkeys(one.id for window in windows for one in window.services))
        is_change = self.inputs.maintenance_action != "list" and len(ids) == 1
        service, warnings = self._fetch_service(ids) if is_change else (None, ())
        rows = tuple(
            (
                one.id,
                _names([one]),
                *((one.interval.start_iso, one.interval.end_iso) if one.interval else ("", "")),
                one.description,
            )
            for one in windows
        )
        ends = [row[3] for row in rows]
        columns = ("Id", "Services", "From", "Until", "Reason")
        return Outcome(
            message=message,
            service=service,
            response={"maintenance_windows": [one.raw for one in windows]},
            outputs={
                "maintenance-window-id": ",".join(one.id for one in windows),
                "until": max(ends, default=""),
            },
            log_lines=tuple(f"{row[1]}, from {row[2]} until {row[3]} ({row[0]})" for row in rows),
            tables=(Table("Maintenance windows", columns, rows),) if rows else (),
            warnings=warnings,
        )

    def _add(self) -> Outcome:
        interval, ids = self._interval_and_ids()
        existing = self._find(interval, ids)
        if existing is not None:
            return self._outcome(existing, ids, created=False)
        create = partial(
            self._services.create_window,
            ids,
            interval,
            self.inputs.description or "",
        )
        find, context = partial(self._find, interval, ids), self.context
        window, created = create_or_find(
            create, find, context.deadline, may_race=context.is_port_run
        )
        return self._outcome(window, ids, created=created)

    def recover(self) -> Outcome | None:
        if self.inputs.maintenance_action != "add":
            return None
        interval, ids = self._interval_and_ids()
        window = self._find(interval, ids)
        return self._outcome(window, ids, created=None) if window else None

    def _interval_and_ids(self) -> tuple[Interval, list[str]]:
        """Parse the interval before anything is sent, and find the services' ids."""
        interval = parse_interval(self.inputs.start, self.inputs.end or "", datetime.now(UTC))
        return interval, self._ids()

    def _find(self, interval: Interval, ids: list[str]) -> MaintenanceWindow | None:
        """Find a window that makes another one unnecessary."""
        for window in self._services.open_windows(ids):
            covered = {one.id for one in window.services}
            if covered.issuperset(ids) and interval.is_covered_by(window.interval):
                return window
        return None

    def _outcome(
        self, window: MaintenanceWindow, ids: list[str], *, created: bool | None
    ) -> Outcome:
        service, warnings = self._fetch_service(ids)
        return Outcome(
            message=self._message(window, created=created),
            service=service,
            created=created,
            response={"maintenance_window": window.raw},
            outputs={
                "maintenance-window-id": window.id,
                "until": window.interval.end_iso if window.interval else "",
            },
            warnings=warnings,
        )

    def _fetch_service(self, ids: list[str]) -> tuple[Service | None, tuple[str, ...]]:
        """Read a single service for the catalog; if that fails, the window still stands."""
        if len(ids) > 1:
            return None, ()
        try:
            return self._services.get(ids[0]).to_service(), ()
        except ApiError as error:
            return None, (f"PagerDuty did what was asked, but {error}",)

    def _message(self, window: MaintenanceWindow, *, created: bool | None) -> str:
        names = _names([window]) or ", ".join(self.inputs.service or ())
        already = "" if created else "already "
        when = f" {window.interval}" if window.interval else ""
        return (
            f"Maintenance of {names} is {already}scheduled{when}; PagerDuty opens no "
            "incidents in that time."
        )


def _ended(window: MaintenanceWindow, now: datetime) -> MaintenanceWindow:
    """Return a window as it is once it was ended: a future one lasted for no time."""
    end = max(now, window.interval.start) if window.interval else now
    return window.model_copy(update={"end_time": to_iso(end)})


def _names(windows: list[MaintenanceWindow]) -> str:
    """Return the names of the services that are in windows, each once."""
    named = (one.summary or one.id for window in windows for one in window.services)
    return ", ".join(dict.fromkeys(named))

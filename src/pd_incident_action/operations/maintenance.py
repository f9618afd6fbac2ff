"""Schedule a maintenance window, in which PagerDuty opens no incidents for some services.

https://developer.pagerduty.com/api-reference/ under Maintenance Windows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pd_incident_action.errors import ApiError
from pd_incident_action.inputs.fields import InputSpec, NameList, Text
from pd_incident_action.inputs.intervals import End, Interval, Start, parse_interval
from pd_incident_action.models import Outcome, Service
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.models import MaintenanceWindow
from pd_incident_action.pagerduty.services import Services

from .base import Operation, OperationInputs


class Maintenance(Operation):
    name = "maintenance"
    summary = "Schedule a maintenance window for one or more services"
    group = "Services and changes"
    scopes = ("services.read", "services.write")
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "maintenance-window-id": "Id of the maintenance window.",
        "until": "When the maintenance ends, in ISO 8601.",
    }

    class Inputs(OperationInputs):
        service: Annotated[
            NameList,
            InputSpec(
                "Services to put into maintenance: ids, names, or their names in the "
                "configuration file, separated by commas. PagerDuty opens no incidents for them "
                "during the window.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                guess="entity",
                main=("service", "service_id", "services", "service_ids"),
                default_help="the PagerDuty service that the Port action was run on, or those "
                "that its entity relates to, else the entity's identifier as a name",
                configurable=False,
            ),
        ]
        start: Start = "now"
        end: End
        description: Annotated[
            Text | None,
            InputSpec("Reason, shown in PagerDuty.", "Moving to the new database", multiline=True),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        when = f"from {self.inputs.start} until {self.inputs.end}"
        return f"Scheduling maintenance of {', '.join(self.inputs.service)}, {when}"

    def run(self) -> Outcome:
        interval, ids = self._interval_and_ids()
        existing = self._find(interval, ids)
        if existing is not None:
            return self._outcome(existing, ids, created=False)
        create = partial(
            Services(self.context.pagerduty).create_window,
            ids,
            interval,
            self.inputs.description or "",
        )
        find, context = partial(self._find, interval, ids), self.context
        window, created = create_or_find(
            create, find, context.deadline, may_have_twin=context.is_port_run
        )
        return self._outcome(window, ids, created=created)

    def recover(self) -> Outcome | None:
        interval, ids = self._interval_and_ids()
        window = self._find(interval, ids)
        return self._outcome(window, ids, created=None) if window else None

    def _interval_and_ids(self) -> tuple[Interval, list[str]]:
        """Parse the interval before anything is sent, and find the services' ids."""
        interval = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        return interval, self.context.names.services(self.inputs.service)

    def _find(self, interval: Interval, ids: list[str]) -> MaintenanceWindow | None:
        """Find a window that makes another one unnecessary."""
        for window in Services(self.context.pagerduty).open_windows(ids):
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
            return Services(self.context.pagerduty).get(ids[0]).to_service(), ()
        except ApiError as error:
            return None, (f"The maintenance window is there, but {error}",)

    def _message(self, window: MaintenanceWindow, *, created: bool | None) -> str:
        names = [one.summary or one.id for one in window.services] or self.inputs.service
        already = "" if created else "already "
        when = f" {window.interval}" if window.interval else ""
        return (
            f"Maintenance of {', '.join(names)} is {already}scheduled{when}; PagerDuty opens no "
            "incidents in that time."
        )

"""Open a maintenance window, in which PagerDuty opens no incidents for some services.

https://developer.pagerduty.com/api-reference/ under Maintenance Windows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pd_incident_action.errors import ApiError
from pd_incident_action.inputs.fields import InputSpec, NameList, Text
from pd_incident_action.inputs.intervals import End, Start, interval_from_api, parse_interval
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.create_or_find import create_or_find
from pd_incident_action.pagerduty.services import Services, to_service

from .base import Operation, OperationContext, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.inputs.intervals import Interval
    from pd_incident_action.models import Service
    from pd_incident_action.pagerduty.client import Json


class Maintenance(Operation):
    """Open a maintenance window, in which nobody is paged for some services."""

    name = "maintenance"
    summary = "Open a maintenance window, in which nobody is paged for some services"
    scopes = ("services.read", "services.write")
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "maintenance-window-id": "Id of the maintenance window.",
        "until": "When the maintenance ends, in ISO 8601.",
    }

    class Inputs(OperationInputs):
        """The inputs of `maintenance`."""

        service: Annotated[
            NameList,
            InputSpec(
                "Services to put into maintenance: ids, names, or their names in the configuration "
                "file, separated by commas. PagerDuty opens no incidents for them meanwhile.",
                example="Checkout, Payments",
                aliases=("service_id", "services", "service_ids"),
                origin="service",
                default_help="the entity that the Port action was run on",
                configurable=False,
            ),
        ]
        start: Start = "now"
        end: End
        description: Annotated[
            Text | None,
            InputSpec("Why, for those who wonder.", "Moving to the new database", multiline=True),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        when = f"from {self.inputs.start} until {self.inputs.end}"
        return f"Opening a maintenance window on {', '.join(self.inputs.service)}, {when}"

    def run(self) -> Outcome:
        """Open a maintenance window, unless one that does is there.

        Returns:
            The window; of a single service also the service, for the catalog.

        Raises:
            InputError: the time is over, or ends before it begins.
            ActionError: there is no such service, or PagerDuty wasn't reached.
        """
        span = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        ids = _ids(self.inputs, self.context)
        services = Services(self.context.pagerduty)
        there = _find(services, ids, span)
        if there is not None:
            return _outcome(self.inputs, there, ids, self.context, created=False)
        description = self.inputs.description or ""
        window = create_or_find(
            partial(services.open_window, ids, span.start_iso, span.end_iso, description),
            partial(_find, services, ids, span),
        )
        return _outcome(self.inputs, window, ids, self.context, created=True)

    def recover(self) -> Outcome | None:
        """Find the window that an interrupted `run` may have opened.

        Returns:
            The window, or None.

        Raises:
            ActionError: PagerDuty refused or wasn't reached.
        """
        span = parse_interval(self.inputs.start, self.inputs.end, datetime.now(UTC))
        ids = _ids(self.inputs, self.context)
        window = _find(Services(self.context.pagerduty), ids, span)
        return _outcome(self.inputs, window, ids, self.context, created=None) if window else None


def _ids(request: Maintenance.Inputs, tools: OperationContext) -> list[str]:
    return list(dict.fromkeys(map(tools.names.service, request.service)))


def _find(services: Services, ids: list[str], span: Interval) -> Json | None:
    """Find a window that leaves nothing to do."""
    return next((w for w in services.open_windows(ids) if _grants(w, ids, span)), None)


def _grants(window: Json, ids: list[str], span: Interval) -> bool:
    covered = {service.get("id") for service in window.get("services") or ()}
    shown = interval_from_api(window.get("start_time"), window.get("end_time"))
    return shown is not None and covered.issuperset(ids) and span.is_covered_by(shown)


def _outcome(
    request: Maintenance.Inputs,
    window: Json,
    ids: list[str],
    tools: OperationContext,
    *,
    created: bool | None,
) -> Outcome:
    service, warnings = _service(ids, tools) if len(ids) == 1 else (None, ())
    span = interval_from_api(window.get("start_time"), window.get("end_time"))
    return Outcome(
        message=_message(request, window, span, created=created),
        service=service,
        created=created,
        response={"maintenance_window": window},
        outputs={
            "maintenance-window-id": str(window.get("id") or ""),
            "until": span.end_iso if span else "",
        },
        warnings=warnings,
    )


def _service(ids: list[str], tools: OperationContext) -> tuple[Service | None, tuple[str, ...]]:
    """Read the service for the catalog; the window is open, so trouble here is only a warning."""
    try:
        return to_service(Services(tools.pagerduty).service(ids[0])), ()
    except ApiError as error:
        return None, (f"The maintenance window is there, but {error}",)


def _message(
    request: Maintenance.Inputs, window: Json, span: Interval | None, *, created: bool | None
) -> str:
    named = [str(one.get("summary") or one.get("id")) for one in window.get("services") or ()]
    what = "Maintenance" if created else "There is already maintenance"
    when = f" {span}" if span else ""
    who = ", ".join(named or request.service)
    return f"{what} on {who}{when}: PagerDuty opens no incidents for it meanwhile."

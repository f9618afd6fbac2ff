"""Maintenance windows, and what the status of a service follows from.

https://developer.pagerduty.com/api-reference/ under Maintenance Windows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .things import Json, RefusedError, invalid, iso, known, reference, thing
from .times import moment

if TYPE_CHECKING:
    from .state import PagerDutyState

FILTERS = ("past", "future", "ongoing", "open", "all")


def add_window(state: PagerDutyState, wanted: Json, requester: Json) -> Json:
    """Add a maintenance window.

    Args:
        state: the account.
        wanted: the request's maintenance window: ``start_time``, ``end_time``, ``services``.
        requester: the user who asks.

    Returns:
        The window as the API shows it.

    Raises:
        RefusedError: a time is wrong, it ends before it starts or in the past, or a service is
            unknown.
    """
    start, end = _times(wanted)
    services = wanted.get("services")
    if not isinstance(services, list) or not services:
        raise invalid("Services cannot be empty.")
    found = [known(state.services, service, invalid()) for service in services]
    summary = str(wanted.get("description") or "Maintenance")
    window = {
        **thing("maintenance_window", state.next_id("PMAINT"), summary, "maintenance_windows"),
        "sequence_number": len(state.maintenance_windows) + 1,
        "start_time": iso(start),
        "end_time": iso(end),
        "description": summary,
        "created_by": reference(requester),
        "services": [reference(service) for service in found],
        "teams": [],
    }
    state.maintenance_windows[window["id"]] = window
    return window


def _times(wanted: Json) -> tuple[datetime, datetime]:
    start = moment(wanted.get("start_time"), "Start time")
    end = moment(wanted.get("end_time"), "End time")
    if end <= start:
        raise invalid("End time must be after start time")
    if end <= datetime.now(UTC):
        raise invalid("End time must be in the future")
    return start, end


def fits(window: Json, wanted: str) -> bool:
    """Tell whether a window is one of `FILTERS`."""
    at = iso(datetime.now(UTC))
    starts_later, is_over = window["start_time"] > at, window["end_time"] <= at
    kinds = {
        "past": is_over,
        "future": starts_later,
        "ongoing": not is_over and not starts_later,
        "open": not is_over,
    }
    return wanted == "all" or kinds[wanted]


def is_in_maintenance(state: PagerDutyState, service: str) -> bool:
    """Tell whether the service with an id is in a maintenance window now."""
    return any(
        service in {item["id"] for item in window["services"]}
        for window in state.maintenance_windows.values()
        if fits(window, "ongoing")
    )


def takes_events(state: PagerDutyState, service: str) -> bool:
    """Tell whether events do anything to the service with an id: integrations can be off."""
    is_disabled = state.services[service]["status"] == "disabled"
    return not is_disabled and not is_in_maintenance(state, service)


def check_enabled(service: Json) -> None:
    """Refuse what a disabled service can't have.

    Raises:
        RefusedError: the service is disabled.
    """
    if service["status"] == "disabled":
        raise RefusedError(2001, "Invalid Input Provided", "Service is disabled")

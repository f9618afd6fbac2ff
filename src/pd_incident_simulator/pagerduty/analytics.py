"""Figures about many incidents: how many, how soon acknowledged, how soon resolved.

https://developer.pagerduty.com/api-reference/ under Analytics, Get aggregated incident data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING

from .selection import in_window
from .things import Json, invalid

if TYPE_CHECKING:
    from .state import PagerDutyState

_FILTERS: dict[str, Callable[[Json], str | None]] = {
    "service_ids": lambda incident: str(incident["service"]["id"]),
    "escalation_policy_ids": lambda incident: str(incident["escalation_policy"]["id"]),
    "priority_ids": lambda incident: (incident.get("priority") or {}).get("id"),
    "priority_names": lambda incident: (incident.get("priority") or {}).get("name"),
    "urgency": lambda incident: str(incident["urgency"]),
}
_UNITS = (None, "day", "week", "month")


def metrics(state: PagerDutyState, wanted: Json) -> list[Json]:
    """Work out the figures.

    Args:
        state: the account.
        wanted: the request's body: ``filters`` and ``aggregate_unit``.

    Returns:
        A row for each day, week or month, oldest first, or one for all where no unit is given.

    Raises:
        RefusedError: the filters or the unit are wrong.
    """
    filters, unit = wanted.get("filters") or {}, wanted.get("aggregate_unit")
    if not isinstance(filters, dict):
        raise invalid("Filters must be an object")
    if unit not in _UNITS:
        raise invalid("Aggregate unit must be day, week or month")
    groups: defaultdict[str, list[Json]] = defaultdict(list)
    for incident in state.incidents.values():
        if _fits(incident, filters):
            groups[_start(incident["created_at"], unit)].append(incident)
    if unit is None and not groups:
        groups[""] = []
    return [_row(state, start, groups[start]) for start in sorted(groups)]


def _fits(incident: Json, filters: Json) -> bool:
    start = str(filters.get("created_at_start") or "")
    end = str(filters.get("created_at_end") or "")
    if not in_window(incident["created_at"], start, end):
        return False
    return all(
        value_of(incident) in (wanted if isinstance(wanted, list) else [wanted])
        for name, value_of in _FILTERS.items()
        if (wanted := filters.get(name))
    )


def _start(created_at: str, unit: str | None) -> str:
    if unit is None:
        return ""
    day = datetime.fromisoformat(created_at).date()
    if unit == "week":
        day -= timedelta(days=day.weekday())
    elif unit == "month":
        day = day.replace(day=1)
    return f"{day.isoformat()}T00:00:00.000000"


def _row(state: PagerDutyState, start: str, incidents: list[Json]) -> Json:
    logs = [(incident, state.log_entries.get(incident["id"], [])) for incident in incidents]
    acknowledged = [s for pair in logs if (s := _seconds_until(*pair, "acknowledge")) is not None]
    resolved = [s for pair in logs if (s := _seconds_until(*pair, "resolve")) is not None]
    return {
        **({"range_start": start} if start else {}),
        "total_incident_count": len(incidents),
        "total_incidents_acknowledged": len(acknowledged),
        "total_incidents_manual_escalated": _having(logs, "escalate"),
        "total_escalation_count": _count(logs, "escalate"),
        "total_notifications": _count(logs, "notify"),
        **_mean("mean_seconds_to_first_ack", acknowledged),
        **_mean("mean_seconds_to_resolve", resolved),
    }


def _mean(name: str, seconds: list[float]) -> Json:
    return {name: round(fmean(seconds))} if seconds else {}


def _seconds_until(incident: Json, log: Iterable[Json], kind: str) -> float | None:
    times = [entry["created_at"] for entry in log if entry["type"] == f"{kind}_log_entry"]
    if not times:
        return None
    begun = datetime.fromisoformat(incident["created_at"])
    return (datetime.fromisoformat(times[0]) - begun).total_seconds()


def _having(logs: Iterable[tuple[Json, list[Json]]], kind: str) -> int:
    return sum(any(entry["type"] == f"{kind}_log_entry" for entry in log) for _, log in logs)


def _count(logs: Iterable[tuple[Json, list[Json]]], kind: str) -> int:
    return sum(entry["type"] == f"{kind}_log_entry" for _, log in logs for entry in log)

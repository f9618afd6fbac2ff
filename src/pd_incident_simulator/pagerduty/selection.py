"""Which incidents a list holds, and in which order.

https://developer.pagerduty.com/api-reference/ under Incidents, List Incidents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .state import OPEN
from .things import Json, invalid, iso

if TYPE_CHECKING:
    from pd_incident_simulator.exchange import Request

_USUAL_RANGE = timedelta(days=30)
_WIDEST_RANGE = timedelta(days=184)
_MOST_SORTS = 2
_FILTERS: dict[str, Callable[[Json], set[str]]] = {
    "statuses[]": lambda incident: {incident["status"]},
    "service_ids[]": lambda incident: {incident["service"]["id"]},
    "urgencies[]": lambda incident: {incident["urgency"]},
    "user_ids[]": lambda incident: {item["assignee"]["id"] for item in incident["assignments"]},
    "team_ids[]": lambda incident: {team["id"] for team in incident["teams"]},
}
_ORDERS: dict[str, Callable[[Json], tuple[str, int]]] = {
    "incident_number": lambda incident: ("", incident["incident_number"]),
    "created_at": lambda incident: (incident["created_at"], incident["incident_number"]),
    "resolved_at": lambda incident: (incident.get("resolved_at", ""), 0),
    "urgency": lambda incident: (incident["urgency"], 0),
}


def selected(incidents: Iterable[Json], request: Request) -> list[Json]:
    """Filter and order incidents as a request asks.

    Args:
        incidents: all of them.
        request: with PagerDuty's query parameters: ``incident_key``, ``statuses[]``, ``since``, …

    Returns:
        Those that fit; oldest first unless ``sort_by`` says otherwise.

    Raises:
        RefusedError: the range of time is wrong or too wide, or the order is unknown.
    """
    since, until = _window(request)
    found = [i for i in incidents if _has_key(i, request) and since <= i["created_at"] <= until]
    for parameter, values_of in _FILTERS.items():
        wanted = request.query.get(parameter)
        if wanted:
            found = [i for i in found if not values_of(i).isdisjoint(wanted)]
    return _sorted(found, request)


def in_window(at: str, since: str, until: str) -> bool:
    """Tell whether a time of PagerDuty's is in a range; an empty bound is none.

    Raises:
        RefusedError: a bound is not a date.
    """
    first, last = _time(since), _time(until)
    return (first is None or iso(first) <= at) and (last is None or at <= iso(last))


def _sorted(found: list[Json], request: Request) -> list[Json]:
    wanted = ",".join(request.query.get("sort_by", ["created_at"])).split(",")
    if len(wanted) > _MOST_SORTS:
        raise invalid(f"sort_by takes at most {_MOST_SORTS} fields")
    for item in reversed(wanted):
        field, _, direction = item.partition(":")
        if field not in _ORDERS or direction not in {"", "asc", "desc"}:
            raise invalid(f"{item} is not an order")
        found = sorted(found, key=_ORDERS[field], reverse=direction == "desc")
    return found


def _has_key(incident: Json, request: Request) -> bool:
    if "incident_key" not in request.query:
        return True
    key = request.first("incident_key")
    # An empty key is taken for no filter but the open ones: the real API does this, too.
    return bool(incident["incident_key"] == key if key else incident["status"] in OPEN)


def _window(request: Request) -> tuple[str, str]:
    """Work out the range; times of one form compare as texts, much faster than as dates."""
    if request.first("date_range") == "all":
        return "", "9999"
    until = _time(request.first("until")) or datetime.now(UTC) + timedelta(minutes=1)
    since = _time(request.first("since")) or until - _USUAL_RANGE
    if until - since > _WIDEST_RANGE:
        raise invalid("The range of time must not be longer than six months")
    return iso(since), iso(until)


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{text} is not a date") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)

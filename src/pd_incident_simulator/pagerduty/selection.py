"""Which incidents a list holds, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .state import OPEN
from .things import Json, invalid

if TYPE_CHECKING:
    from pd_incident_simulator.exchange import Request

_USUAL_RANGE = timedelta(days=30)
_FILTERS: dict[str, Callable[[Json], str]] = {
    "statuses[]": lambda incident: str(incident["status"]),
    "service_ids[]": lambda incident: str(incident["service"]["id"]),
    "urgencies[]": lambda incident: str(incident["urgency"]),
}


def selected(incidents: Iterable[Json], request: Request) -> list[Json]:
    """Filter and order incidents as a request asks.

    Args:
        incidents: all of them.
        request: with PagerDuty's query parameters: ``incident_key``, ``statuses[]``, ``since``, …

    Returns:
        Those that fit; oldest first unless ``sort_by`` says otherwise.
    """
    found = [i for i in incidents if _has_key(i, request) and _in_range(i, request)]
    for parameter, value_of in _FILTERS.items():
        wanted = request.query.get(parameter)
        if wanted:
            found = [incident for incident in found if value_of(incident) in wanted]
    newest_first = request.first("sort_by").endswith("created_at:desc")
    return sorted(found, key=lambda i: int(i["incident_number"]), reverse=newest_first)


def _has_key(incident: Json, request: Request) -> bool:
    if "incident_key" not in request.query:
        return True
    key = request.first("incident_key")
    # An empty key is taken for no filter but the open ones: the real API does this, too.
    return bool(incident["incident_key"] == key if key else incident["status"] in OPEN)


def _in_range(incident: Json, request: Request) -> bool:
    if request.first("date_range") == "all":
        return True
    until = _time(request.first("until")) or datetime.now(UTC) + timedelta(minutes=1)
    since = _time(request.first("since")) or until - _USUAL_RANGE
    created = datetime.fromisoformat(incident["created_at"])
    return since <= created <= until


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{text} is not a date") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)

"""Which incidents a list shows, and in which order.

https://api-docs.incident.io/ under Incidents V2, List: ``status[one_of]=…`` and the like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .things import Json, invalid

if TYPE_CHECKING:
    from pd_incident_simulator.exchange import Request

_FILTER = re.compile(r"(?P<name>\w+)\[(?P<operator>\w+)\].*")
_OLDEST_FIRST = "created_at_oldest_first"
_ORDERS = ("", "created_at_newest_first", _OLDEST_FIRST)
# Unless they are asked for, incidents that aren't real aren't shown.
_USUAL_MODES = ("standard", "retrospective")
_VALUES: dict[str, Callable[[Json], str]] = {
    "status": lambda incident: str(incident["incident_status"]["id"]),
    "status_category": lambda incident: str(incident["incident_status"]["category"]),
    "severity": lambda incident: str((incident.get("severity") or {}).get("id", "")),
    "incident_type": lambda incident: str(incident["incident_type"]["id"]),
    "mode": lambda incident: str(incident["mode"]),
}


def selected(incidents: Iterable[Json], request: Request) -> list[Json]:
    """List the incidents that a request's filters let pass.

    Args:
        incidents: all of them, oldest first.
        request: the request, with ``sort_by``, ``filter_mode`` and filters.

    Raises:
        RefusedError: a filter or order isn't one that is simulated.
    """
    filters = [_filter(name, values) for name, values in request.query.items() if "[" in name]
    combine = any if request.first("filter_mode") == "any" else all
    by_mode = any(name.startswith("mode[") for name in request.query)
    found = [
        incident
        for incident in incidents
        if (by_mode or incident["mode"] in _USUAL_MODES)
        and (not filters or combine(fits(incident) for fits in filters))
    ]
    return found if _order(request) == _OLDEST_FIRST else found[::-1]


def _order(request: Request) -> str:
    order = request.first("sort_by")
    if order not in _ORDERS:
        raise invalid("sort_by", f"sort_by can't be {order}")
    return order


def _filter(text: str, values: list[str]) -> Callable[[Json], bool]:
    match = _FILTER.fullmatch(text)
    value_of = _VALUES.get(match["name"]) if match else None
    if match is None or value_of is None or match["operator"] not in {"one_of", "not_in"}:
        raise invalid(text, f"The simulator can't filter by {text}")
    wanted = match["operator"] == "one_of"
    return lambda incident: (value_of(incident) in values) is wanted

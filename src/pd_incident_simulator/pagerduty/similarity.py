"""Which other incidents are like one, by the words of their titles.

https://developer.pagerduty.com/api-reference/ under Incidents, List Past Incidents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .state import OPEN
from .things import Json

_WHOLE = 100


def past_incidents(incidents: Iterable[Json], incident: Json) -> list[Json]:
    """List a service's resolved incidents that are like one.

    Args:
        incidents: all of them.
        incident: the one to compare with.

    Returns:
        Incidents in short form, each with a ``score`` up to 100; the likest first.
    """
    found = [
        (_likeness(other, incident), other)
        for other in incidents
        if other["status"] == "resolved"
        and other["id"] != incident["id"]
        and other["service"]["id"] == incident["service"]["id"]
    ]
    likest = sorted((pair for pair in found if pair[0]), key=lambda pair: pair[0], reverse=True)
    return [{"score": score, "incident": _short(other)} for score, other in likest]


def related_incidents(incidents: Iterable[Json], incident: Json) -> list[Json]:
    """List other services' open incidents that are like one; arguments as `past_incidents`."""
    return [
        other
        for other in incidents
        if other["status"] in OPEN
        and other["service"]["id"] != incident["service"]["id"]
        and _likeness(other, incident)
    ]


def _likeness(one: Json, other: Json) -> float:
    first, second = _words(one), _words(other)
    return round(_WHOLE * len(first & second) / len(first | second), 2) if first | second else 0.0


def _words(incident: Json) -> set[str]:
    return set(re.findall(r"\w+", incident["title"].lower()))


def _short(incident: Json) -> Json:
    return {name: incident[name] for name in ("id", "created_at", "self", "title")}

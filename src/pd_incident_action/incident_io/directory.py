"""From a name, or an id, to the id that incident.io wants.

https://api-docs.incident.io/ under Severities, Incident Types and Incident Statuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pd_incident_action.errors import NotApplicable

from .client import IncidentIo
from .models import Named

# Ids have this form today, and no name looks like it: no time is lost on looking them up.
_ID = re.compile(r"01[0-9A-HJKMNP-TV-Z]{24}")
_MAX_CANDIDATES = 12


class IncidentIoDirectory:
    """Finds ids by name, exactly but in any case; each account has its own names.

    Every method raises `NotApplicable` if nothing, or more than one thing, has the name, and
    `ApiError` if incident.io refused or wasn't reached.

    Args:
        incident_io: incident.io's API.
    """

    def __init__(self, incident_io: IncidentIo) -> None:
        self._incident_io = incident_io

    def severity(self, text: str) -> str:
        """Return a severity's id."""
        return _find("severity", text, self._incident_io.severities)

    def incident_type(self, text: str) -> str:
        """Return an incident type's id."""
        return _find("incident type", text, self._incident_io.incident_types)

    def status(self, text: str) -> str:
        """Return a status's id."""
        return _find("status", text, self._incident_io.statuses)

    def status_of_category(self, category: str) -> str:
        """Return the id of a category's status with the lowest rank, such as ``closed``'s."""
        statuses = self._incident_io.statuses()
        found = [status for status in statuses if status.category == category]
        if not found:
            raise _unknown(f"status of category '{category}'", statuses)
        return min(found, key=lambda status: status.rank or 0).id


def _find(kind: str, text: str, list_all: Callable[[], Sequence[Named]]) -> str:
    if _ID.fullmatch(text):
        return text
    known, name = list_all(), text.casefold()
    found = [one for one in known if one.id == text]
    found = found or [one for one in known if one.name and one.name.casefold() == name]
    if not found:
        raise _unknown(f"{kind} '{text}'", known)
    if len(found) > 1:
        raise NotApplicable(
            f"incident.io has more than one {kind} '{text}'",
            _labels(found),
            "give the id instead",
        )
    return found[0].id


def _unknown(what: str, known: Sequence[Named]) -> NotApplicable:
    return NotApplicable(
        f"incident.io has no {what}",
        "each account has its own names",
        f"use one of {_labels(known)}" if known else "add it in incident.io's settings",
    )


def _labels(known: Sequence[Named]) -> str:
    return ", ".join(f"{one.name} ({one.id})" for one in known[:_MAX_CANDIDATES])

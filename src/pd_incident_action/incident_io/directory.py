"""From what people know (a name, an e-mail address) to the id that incident.io wants.

https://api-docs.incident.io/ under Severities, Incident Types, Incident Statuses and Users.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pd_incident_action.errors import NotApplicable

if TYPE_CHECKING:
    from .client import IncidentIo, Json

# Ids have this form today, and no name looks like it: no time is lost on looking them up.
_ID = re.compile(r"01[0-9A-HJKMNP-TV-Z]{24}")
_MOST_CANDIDATES = 12


class IncidentIoDirectory:
    """Finds ids by name; each account has severities, types and statuses of its own.

    Args:
        incident_io: incident.io's API.
    """

    def __init__(self, incident_io: IncidentIo) -> None:
        self._incident_io = incident_io

    def severity(self, text: str) -> str:
        """Find a severity's id.

        Args:
            text: its id, or its exact name in any case.

        Returns:
            The id.

        Raises:
            Impossible: no severity, or more than one, has that name; it lists those there are.
            ApiError: incident.io refused or wasn't reached.
        """
        return text if _is_id(text) else _only("severity", text, self._incident_io.severities())

    def incident_type(self, text: str) -> str:
        """Find the id of a type of incidents by id or exact name; raises as `severity` does."""
        if _is_id(text):
            return text
        return _only("incident type", text, self._incident_io.incident_types())

    def status(self, text: str) -> str:
        """Find a status's id by id or exact name; raises as `severity` does."""
        return text if _is_id(text) else _only("status", text, self._incident_io.statuses())

    def status_of_category(self, category: str) -> str:
        """Find the id of the first status of a category.

        Args:
            category: for example ``live`` or ``closed``.

        Returns:
            The id of the one with the lowest rank.

        Raises:
            Impossible: the account has no status of that category.
            ApiError: incident.io refused or wasn't reached.
        """
        statuses = self._incident_io.statuses()
        found = [status for status in statuses if status.get("category") == category]
        if not found:
            raise _unknown(f"status of category '{category}'", statuses)
        return str(min(found, key=lambda status: int(status.get("rank") or 0))["id"])

    def user(self, text: str) -> str:
        """Find a user's id.

        Args:
            text: the id, or the exact e-mail address in any case.

        Returns:
            The id.

        Raises:
            Impossible: nobody, or more than one person, has that address.
            ApiError: incident.io refused or wasn't reached.
        """
        if _is_id(text):
            return text
        found = self._incident_io.users(text)
        if not found:
            raise NotApplicable(
                f"incident.io has no active user '{text}'",
                "nobody in this account has that e-mail address",
                "check the address, for example ada@example.com, or give the user's id",
            )
        return _only("user", text, found)


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _only(kind: str, text: str, things: Sequence[Json]) -> str:
    found = [thing for thing in things if text == thing.get("id")]
    found = found or [t for t in things if text.casefold() in _names_of(t)]
    if not found:
        raise _unknown(f"{kind} '{text}'", things)
    if len(found) > 1:
        raise NotApplicable(
            f"incident.io has more than one {kind} '{text}'",
            _labels(found),
            "give the id instead",
        )
    return str(found[0]["id"])


def _unknown(what: str, things: Sequence[Json]) -> NotApplicable:
    return NotApplicable(
        f"incident.io has no {what}",
        "each account has its own names",
        f"use one of {_labels(things)}" if things else "add it in incident.io's settings",
    )


def _names_of(thing: Json) -> set[str]:
    return {str(thing[member]).casefold() for member in ("name", "email") if thing.get(member)}


def _labels(things: Sequence[Json]) -> str:
    labels = [f"{thing.get('name') or ''} ({thing['id']})" for thing in things[:_MOST_CANDIDATES]]
    return ", ".join(labels)

"""Times as requests write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .things import invalid

if TYPE_CHECKING:
    from pd_incident_simulator.exchange import Request


def moment(text: object, name: str) -> datetime:
    """Read a time in UTC; one without a zone is taken for UTC.

    Args:
        text: ISO 8601, for example ``2026-03-01T09:00:00Z``.
        name: what to call it in a refusal.

    Raises:
        RefusedError: it isn't a time.
    """
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        time = None
    if time is None:
        raise invalid(f"{name} is not a valid date")
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def span(
    request: Request, default: tuple[datetime, datetime] | None = None
) -> tuple[datetime, datetime]:
    """Read the range of time from ``since`` and ``until``.

    Args:
        request: the request.
        default: the range where the query has none; without it both parameters are needed.

    Raises:
        RefusedError: one of them is no time, is missing, or until is before since.
    """
    first, last = default or (None, None)
    since = _bound(request, "since", first)
    until = _bound(request, "until", max(since, last) if last else None)
    if until < since:
        raise invalid("until must not be before since")
    return since, until


def _bound(request: Request, name: str, default: datetime | None) -> datetime:
    text = request.first(name)
    return default if default is not None and not text else moment(text, name)

"""Whether this machine's clock agrees with those of the APIs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pd_incident_action.http.request_log import Attempt

_MOST_SECONDS = 300


def clock_remarks(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """Compare the ``Date`` headers of answers with this machine's clock.

    Nothing that is signed here depends on the time, but times in logs and the catalog do.

    Args:
        attempts: what was sent and what came back.

    Returns:
        A sentence for each API whose clock is more than five minutes away.
    """
    offset = time.time() - time.monotonic()
    found: dict[str, float] = {}
    for one in attempts:
        there = _date(one.headers)
        if there is not None:
            found[one.service] = offset + one.began + one.seconds - there
    return tuple(
        f"This machine's clock is {abs(ahead) / 60:.0f} minutes {_direction(ahead)} {service}'s: "
        "set it right, since times in logs and reports come from it."
        for service, ahead in found.items()
        if abs(ahead) > _MOST_SECONDS
    )


def _direction(ahead: float) -> str:
    return "ahead of" if ahead > 0 else "behind"


def _date(headers: Mapping[str, str]) -> float | None:
    text = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()

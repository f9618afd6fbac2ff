"""How fast the APIs answered, and how many requests they still take."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING

from pd_incident_action.http.messages import TRANSIENT_STATUSES
from pd_incident_action.http.retry import rate_limit

from .finding import Finding, doubtful, fine

if TYPE_CHECKING:
    from pd_incident_action.http.request_log import Attempt

_SLOW_MS = 2_000
_SCARCE = 0.1


def check_api_health(attempts: Iterable[Attempt]) -> list[Finding]:
    """Look at how the APIs answered so far.

    Args:
        attempts: what was sent and what came back.

    Returns:
        A finding for each API that answered.
    """
    by_service: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_service.setdefault(attempt.service, []).append(attempt)
    found = (_of_service(name, made) for name, made in sorted(by_service.items()))
    return [finding for finding in found if finding is not None]


def _of_service(name: str, made: list[Attempt]) -> Finding | None:
    answered = [one for one in made if one.status is not None]
    if not answered:
        return None
    milliseconds = 1000 * median(one.seconds for one in answered)
    left = _least_left(answered)
    requests = f", {left[0]} of {left[1]} requests left" if left else ""
    finding = f"answers in {milliseconds:.0f} ms{requests}"
    failed = _failed(made)
    if failed:
        finding += f"; {failed} of {len(made)} attempts failed"
        return doubtful(f"{name}'s API", finding, "see its status page if that lasts")
    if left and left[0] < left[1] * _SCARCE:
        remedy = "give these workflows a key of their own: other uses of this one may starve them"
        return doubtful(f"{name}'s API", finding, remedy)
    if milliseconds > _SLOW_MS:
        return doubtful(f"{name}'s API", finding, "raise timeout if that lasts")
    return fine(f"{name}'s API", finding)


def _failed(made: Iterable[Attempt]) -> int:
    """Count the attempts that were in vain, so that they had to be made again."""
    return sum(one.status is None or one.status in TRANSIENT_STATUSES for one in made)


def _least_left(answered: list[Attempt]) -> tuple[int, int] | None:
    """Read the lowest number of requests that any answer said are left, and of how many."""
    allowed = (rate_limit(one.headers) for one in answered)
    left = [
        (one.remaining, one.limit)
        for one in allowed
        if one.remaining is not None and one.limit is not None
    ]
    return min(left, default=None)

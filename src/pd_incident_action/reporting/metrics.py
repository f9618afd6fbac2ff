"""How a run went, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pd_incident_action.http.retry import rate_limit

if TYPE_CHECKING:
    from pd_incident_action.http.request_log import Attempt

DESCRIPTIONS = {
    "api-calls": "How many requests were sent, retries included.",
    "retries": "How many of them were further attempts.",
    "rate-limit-remaining": "How many more requests the provider allows for now; empty where it "
    "doesn't say.",
    "time-to-page-ms": "Milliseconds from the start of the process to the provider's answer that "
    "it has taken the page; empty where nothing was sent.",
}
_PORT = "Port"


@dataclass(frozen=True)
class Metrics:
    """How a run went, in figures.

    Attributes:
        api_calls: how many requests were sent, retries included.
        retries: how many of them were further attempts.
        rate_limit_remaining: what the provider said last, or empty.
        time_to_page: seconds from the start to the provider's first answer that it has done what
            it was asked, or None.
    """

    api_calls: int = 0
    retries: int = 0
    rate_limit_remaining: str = ""
    time_to_page: float | None = None

    def as_outputs(self) -> dict[str, str]:
        """Give the outputs by name."""
        page = self.time_to_page
        return {
            "api-calls": str(self.api_calls),
            "retries": str(self.retries),
            "rate-limit-remaining": self.rate_limit_remaining,
            "time-to-page-ms": "" if page is None else str(round(page * 1000)),
        }


def metrics_of(attempts: Sequence[Attempt], started: float) -> Metrics:
    """Count what was sent.

    Args:
        attempts: all attempts of a run.
        started: when the process started, in seconds of the monotonic clock.

    Returns:
        The figures.
    """
    providers = [attempt for attempt in attempts if attempt.service != _PORT]
    pages = [attempt.ended for attempt in providers if attempt.writes and attempt.succeeded]
    return Metrics(
        api_calls=len(attempts),
        retries=sum(attempt.number > 1 for attempt in attempts),
        rate_limit_remaining=_remaining(providers),
        time_to_page=min(pages) - started if pages else None,
    )


def _remaining(attempts: Sequence[Attempt]) -> str:
    for attempt in reversed(attempts):
        remaining = rate_limit(attempt.headers).remaining
        if remaining is not None:
            return str(remaining)
    return ""

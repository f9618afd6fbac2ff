"""Metrics of a run: as outputs, and as a line of a file for those who collect them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pd_incident_action.context import RunContext
from pd_incident_action.http.request_log import Attempt
from pd_incident_action.http.retry import rate_limit
from pd_incident_action.port.client import SERVICE as PORT
from pd_incident_action.workspace import append_below

DESCRIPTIONS = {
    "api-calls": "Number of requests sent, including retries.",
    "retries": "Number of retries among them.",
    "rate-limit-remaining": "Number of requests that the provider still allows at the moment; "
    "empty if it doesn't say.",
    "time-to-page-ms": "Milliseconds from the start of the process until the provider confirmed "
    "the page; empty if nothing was sent.",
}


@dataclass(frozen=True)
class Metrics:
    """Metrics of a run.

    Attributes:
        api_calls: how many requests were sent, retries included.
        retries: how many of them were retries.
        rate_limit_remaining: what the provider said last, or empty.
        time_to_page: seconds from the start to the provider's first answer that it has done what
            it was asked, or None.
    """

    api_calls: int = 0
    retries: int = 0
    rate_limit_remaining: str = ""
    time_to_page: float | None = None

    def as_outputs(self) -> dict[str, str]:
        """Return the outputs by name."""
        page = self.time_to_page
        return {
            "api-calls": str(self.api_calls),
            "retries": str(self.retries),
            "rate-limit-remaining": self.rate_limit_remaining,
            "time-to-page-ms": "" if page is None else str(round(page * 1000)),
        }


def metrics_of(attempts: Sequence[Attempt], started: float) -> Metrics:
    """Compute a run's metrics from all its attempts, and when its process started."""
    providers = [attempt for attempt in attempts if attempt.service != PORT]
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


def write_to_file(context: RunContext, exit_code: int) -> None:
    """Append a line of JSON about the run to the input ``metrics-file``, if there is one."""
    name = context.settings.metrics_file
    if name is None:
        return
    line = json.dumps(_record(context, exit_code), ensure_ascii=False)
    try:
        append_below(Path(context.identity.workspace or "."), name, f"{line}\n")
    except (OSError, ValueError) as error:
        problem = f"metrics-file could not be written: {error}"
        context.runner.warning("Done, with a warning", problem)


def _record(context: RunContext, exit_code: int) -> dict[str, object]:
    metrics = metrics_of(context.request_log.attempts, context.started)
    identity = context.identity
    page = metrics.time_to_page
    remaining = metrics.rate_limit_remaining
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "operation": context.settings.operation,
        "provider": context.settings.provider,
        "repository": identity.repository,
        "workflow": identity.workflow,
        "run_id": identity.run_id,
        "exit_code": exit_code,
        "seconds": round(time.monotonic() - context.started, 3),
        "time_to_page_ms": None if page is None else round(page * 1000),
        "api_calls": metrics.api_calls,
        "retries": metrics.retries,
        "rate_limit_remaining": int(remaining) if remaining else None,
    }

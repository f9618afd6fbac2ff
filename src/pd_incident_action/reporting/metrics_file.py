"""One line of JSON about each run, for those who collect such figures."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pd_incident_action.workspace import append_below

from .metrics import metrics_of

if TYPE_CHECKING:
    from pd_incident_action.context import RunContext


def write(context: RunContext, exit_code: int) -> None:
    """Append a line to the file, if there is to be one; a file that can't be written is a warning.

    Args:
        context: the run.
        exit_code: how it ended.
    """
    name = context.settings.metrics_file
    if name is None:
        return
    seconds = time.monotonic() - context.started
    line = json.dumps(_record(context, exit_code, seconds), ensure_ascii=False)
    try:
        append_below(Path(context.identity.workspace or "."), name, f"{line}\n")
    except (OSError, ValueError) as error:
        context.runner.warning("Please check", f"metrics-file could not be written: {error}")


def _record(context: RunContext, exit_code: int, seconds: float) -> dict[str, object]:
    metrics = metrics_of(context.request_log.attempts, context.started)
    identity = context.identity
    page = metrics.time_to_page
    left = metrics.rate_limit_remaining
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "operation": context.settings.operation,
        "provider": context.settings.provider,
        "repository": identity.repository,
        "workflow": identity.workflow,
        "run_id": identity.run_id,
        "exit_code": exit_code,
        "seconds": round(seconds, 3),
        "time_to_page_ms": None if page is None else round(page * 1000),
        "api_calls": metrics.api_calls,
        "retries": metrics.retries,
        "rate_limit_remaining": int(left) if left else None,
    }

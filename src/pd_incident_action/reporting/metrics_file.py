"""One line of JSON about each run, for those who collect such figures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pd_incident_action.workspace import append_below

from .metrics import metrics_of

if TYPE_CHECKING:
    from pd_incident_action.context import RunContext


def append(stage: RunContext, workspace: Path, name: str, exit_code: int, seconds: float) -> None:
    """Append a line to the file.

    Args:
        stage: the run.
        workspace: the folder that the file has to be in.
        name: the file's path below it.
        exit_code: how the run ended.
        seconds: how long it took.

    Raises:
        OSError: it leads out of the workspace, or can't be written.
    """
    line = json.dumps(_record(stage, exit_code, seconds), ensure_ascii=False)
    append_below(workspace, name, f"{line}\n")


def _record(stage: RunContext, exit_code: int, seconds: float) -> dict[str, object]:
    metrics = metrics_of(stage.journal.attempts, stage.started)
    identity = stage.identity
    page = metrics.time_to_page
    left = metrics.rate_limit_remaining
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "operation": stage.settings.operation,
        "provider": stage.settings.provider,
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

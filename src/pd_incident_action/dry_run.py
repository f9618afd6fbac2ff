"""The flow of a dry run: looks everything up, changes nothing, and shows what would be done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .errors import ActionError, Cancelled
from .port import mapping
from .port.client import PortClient
from .port.entity_diff import preview
from .port.jq_mapping import apply_jq_mapping
from .reporting import dry_run
from .reporting.outputs import DESCRIPTIONS
from .reporting.publish import fail

if TYPE_CHECKING:
    from .context import RunContext
    from .http.dry_run import DryRun
    from .operations.base import Operation


def run_dry(operation: Operation, stage: RunContext, rehearsal: DryRun) -> int:
    """Show what a real run would do.

    Args:
        operation: what to do.
        stage: who hears of it; Port doesn't.
        rehearsal: knows what would be sent.

    Returns:
        The exit code: 1 if a real run would fail, as far as can be told.
    """
    stage.runner.info(f"Dry run: {operation.start_message()}")
    try:
        outcome = apply_jq_mapping(operation.run(), operation.context.config.mapping)
        entities = mapping.to_entities(outcome, stage.blueprint)
        port = operation.context.find(PortClient)
        changes = preview(port, entities) if port is not None else ()
    except (ActionError, Cancelled) as error:
        return fail(operation.name, error, stage)
    report = dry_run.Plan(tuple(rehearsal.planned), outcome, changes)
    for title, body in report.requests:
        stage.runner.group(title, [body])
    for line in report.lines:
        stage.runner.info(line)
    stage.runner.notice("Dry run", report.sentence)
    for text in (*outcome.warnings, *(c.problem for c in changes if c.problem)):
        stage.runner.warning("Please check", text)
    for failure in outcome.failures:
        stage.runner.error(failure.title, str(failure))
    shown = json.dumps(report.as_json(), ensure_ascii=False)
    stage.runner.outputs(dict.fromkeys(DESCRIPTIONS, "") | {"plan": shown})
    stage.runner.summary(report.to_markdown())
    return 1 if outcome.failures else 0

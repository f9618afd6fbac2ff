"""The flow of a run, from a checked request to the exit code. Everything it needs is handed in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .errors import ActionError, Cancelled
from .port.jq_mapping import apply_jq_mapping

if TYPE_CHECKING:
    from .context import RunContext
    from .models import Outcome
    from .operations.base import Operation

# The runner kills a cancelled step after some seconds; together these stay below five.
_SECONDS_TO_RECOVER = 1.5
_SECONDS_TO_TELL_PORT = 2.5


def action(operation: Operation, stage: RunContext) -> int:
    """Page, then tell everybody.

    Args:
        operation: what to do.
        stage: where, and who hears of it.

    Returns:
        The exit code.
    """
    start_message = operation.start_message()
    outcome = None
    try:
        if stage.port is not None:
            stage.port.start(start_message)
        stage.runner.info(start_message)
        try:
            outcome = apply_jq_mapping(operation.run(), operation.context.config.mapping)
            # Loaded only now that the page is out: 4 ms. Likewise below.
            from .reporting import publish  # noqa: PLC0415

            publish.publish_early(outcome, stage)
            outcome = operation.after(outcome)
            return publish.publish_success(outcome, stage)
        except ActionError as error:
            from .reporting import publish  # noqa: PLC0415

            return publish.fail(operation.name, error, stage)
    except Cancelled as error:
        done = outcome or _recover(operation)
        operation.context.deadline.shorten(_SECONDS_TO_TELL_PORT)
        from .reporting import publish  # noqa: PLC0415

        return publish.fail(operation.name, error, stage, done)


def _recover(operation: Operation) -> Outcome | None:
    """Find out what the provider had done when the job was cancelled."""
    operation.context.deadline.shorten(_SECONDS_TO_RECOVER)
    with suppress(ActionError):
        return operation.recover()
    return None

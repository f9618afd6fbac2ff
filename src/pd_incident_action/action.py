"""The flow of a run, from a checked request to the exit code. Everything it needs is handed in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from .catalog.overrides import with_overrides
from .errors import ActionError, Cancelled

if TYPE_CHECKING:
    from .inputs.request import Request
    from .operations.base import Operation, Tools
    from .outcome import Outcome
    from .stage import Stage

# The runner kills a cancelled step after some seconds; together these stay below five.
_SECONDS_TO_RECOVER = 1.5
_SECONDS_TO_TELL_PORT = 2.5


def action(operation: Operation, request: Request, tools: Tools, stage: Stage) -> int:
    """Page, then tell everybody.

    Args:
        operation: what to do.
        request: its checked inputs.
        tools: the providers it works with.
        stage: where, and who hears of it.

    Returns:
        The exit code.
    """
    announcement = operation.announce(request)
    outcome = None
    try:
        if stage.port is not None:
            stage.port.start(announcement)
        stage.runner.info(announcement)
        try:
            outcome = with_overrides(operation.run(request, tools), tools.config.mapping)
            # Loaded only now that the page is out: 4 ms. Likewise below.
            from .reports import telling  # noqa: PLC0415

            telling.tell_at_once(outcome, stage)
            outcome = operation.follow_up(request, outcome, tools)
            return telling.succeed(outcome, stage)
        except ActionError as error:
            from .reports import telling  # noqa: PLC0415

            return telling.fail(operation.name, error, stage)
    except Cancelled as error:
        done = outcome or _recover(operation, request, tools)
        tools.deadline.hurry(_SECONDS_TO_TELL_PORT)
        from .reports import telling  # noqa: PLC0415

        return telling.fail(operation.name, error, stage, done)


def _recover(operation: Operation, request: Request, tools: Tools) -> Outcome | None:
    """Find out what the provider had done when the job was cancelled."""
    tools.deadline.hurry(_SECONDS_TO_RECOVER)
    with suppress(ActionError):
        return operation.recover(request, tools)
    return None

"""The front door: what is asked for is read, asked ahead and done; errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .cancellation import raise_on_cancellation
from .errors import UserFacingError
from .redaction import Redactor
from .runner import Runner

if TYPE_CHECKING:
    from .http.preconnect import Preconnector

_ISSUES = "https://github.com/org/pd-incident-action/issues"


def main(started: float, head_start: Preconnector | None = None) -> int:
    """Run the action in this process's environment.

    Args:
        started: when the process started, in seconds of the monotonic clock.
        head_start: connections that are already being made.

    Returns:
        The exit code: 0 when what was asked for is done, else 1.
    """
    _use_utf8()
    runner = _runner(os.environ)
    try:
        with raise_on_cancellation():
            # Only now: cancelled while all this is loading, we can say so.
            from .invocation import parse_invocation  # noqa: PLC0415

            asked = parse_invocation(os.environ)
            from .run import run  # noqa: PLC0415

            return run(asked, os.environ, runner, started, head_start)
    except UserFacingError as error:
        runner.error(error.title, str(error))
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and where to go
        import traceback  # noqa: PLC0415 - 3 ms that only a bug is worth

        runner.error("Bug in pd-incident-action", f"This is our bug; please report it: {_ISSUES}")
        runner.info(traceback.format_exc())
    return 1


def _runner(environment: Mapping[str, str]) -> Runner:
    summary = environment.get("GITHUB_STEP_SUMMARY")
    return Runner(
        Redactor(),
        summary_file=Path(summary) if summary else None,
        has_outputs=bool(environment.get("GITHUB_OUTPUT")),
    )


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")

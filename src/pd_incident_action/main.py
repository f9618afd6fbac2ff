"""The entry point: inputs are read, the run is done, and errors become an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from . import providers
from .cancellation import raise_on_cancellation
from .errors import UserFacingError
from .http.preconnect import preconnect
from .inputs.given import as_texts, normalize_name, read_given
from .port import hosts
from .redaction import Redactor

if TYPE_CHECKING:
    from .runner import Runner

_ISSUES = "https://github.com/org/pd-incident-action/issues"


def main(started: float, environment: Mapping[str, str] = os.environ) -> int:
    """Run the action.

    Args:
        started: when the process started, in seconds of the monotonic clock.
        environment: the process's environment, which nothing else reads.

    Returns:
        The exit code: 0 when the operation is done, else 1.
    """
    redactor = Redactor()
    _use_utf8()
    try:
        with raise_on_cancellation():
            preconnector = preconnect(likely_urls(environment), environment)
            # Imported only now: it takes as long as connecting does, and a job that is cancelled
            # meanwhile says so.
            from .invocation import parse_invocation  # noqa: PLC0415
            from .run import run  # noqa: PLC0415

            runner = _runner(environment, redactor)
            return run(parse_invocation(environment), environment, runner, started, preconnector)
    except UserFacingError as error:
        _runner(environment, redactor).error(error.title, str(error))
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and where to go
        runner = _runner(environment, redactor)
        runner.error("Bug in pd-incident-action", f"This is our bug; please report it: {_ISSUES}")
        runner.info(traceback.format_exc())
    return 1


def likely_urls(environment: Mapping[str, str]) -> list[str]:
    """Return the base URLs that a run will most likely talk to, from the inputs under ``with:``."""
    inputs = as_texts(read_given(environment))

    def given(name: str) -> str:
        return inputs.get(normalize_name(name), "").strip()

    return [*providers.likely_urls(given), *hosts.likely_urls(given)]


def _runner(environment: Mapping[str, str], redactor: Redactor) -> Runner:
    from .runner import Runner  # noqa: PLC0415 - see above

    summary = environment.get("GITHUB_STEP_SUMMARY")
    return Runner(
        redactor,
        summary_file=Path(summary) if summary else None,
        has_outputs=bool(environment.get("GITHUB_OUTPUT")),
    )


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")

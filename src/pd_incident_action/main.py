"""The entry point: inputs are read, the run is done, and errors become an exit code."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import providers
from .config import likely_region
from .errors import InternalError
from .http.preconnect import preconnect
from .inputs.values import as_texts, normalize_name, read_given
from .models import Page
from .port import URLS as PORT_URLS
from .redaction import Redactor
from .text import escape_markdown

if TYPE_CHECKING:
    from .runner import Runner


def main(
    started: float,
    environment: Mapping[str, str] = os.environ,
    watch: Callable[[Callable[[str], None], float], None] = lambda _cancel, _seconds: None,
) -> int:
    """Run the action.

    Args:
        started: when the process started, in seconds of the monotonic clock.
        environment: the process's environment, which nothing else reads.
        watch: begins to watch over the run once it is known what to do, as in `run.Process`.

    Returns:
        The exit code: 0 when the operation is done, else 1.
    """
    redactor, page, done = Redactor(), Page.NOBODY, ""
    try:
        preconnector = preconnect(likely_urls(environment), environment)
        from . import invocation, run  # noqa: PLC0415 - takes as long as connecting does

        runner = _runner(environment, redactor)
        found = invocation.parse_invocation(environment)
        page, done = Page.UNKNOWN, "look for the incident before you page again"
        return run.run(found, run.Process(environment, started, watch), runner, preconnector)
    except Exception as error:  # noqa: BLE001 - the last resort
        bug = InternalError(error, done)
        text = page.begin(str(bug))
        runner = _runner(environment, redactor)
        runner.error(bug.title, text)
        runner.summary(f"{escape_markdown(text)}\n")
        runner.group("Details for the report", [traceback.format_exc()])
    return 1


def likely_urls(environment: Mapping[str, str]) -> list[str]:
    """Return the base URLs that a run will most likely talk to, before the inputs are checked."""
    inputs = as_texts(read_given(environment))
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    region = likely_region(inputs.get("config"), workspace)
    inputs = {"pagerdutyregion": region or "", **inputs}

    def given(name: str) -> str:
        return inputs.get(normalize_name(name), "").strip()

    urls = providers.likely_urls(given)
    if given("port-client-id"):
        urls.append(given("port-api-url") or PORT_URLS.get(given("port-region") or "eu", ""))
    return urls


def _runner(environment: Mapping[str, str], redactor: Redactor) -> Runner:
    from .runner import Runner  # noqa: PLC0415 - loads requests, which takes as long

    summary = environment.get("GITHUB_STEP_SUMMARY")
    return Runner(
        redactor,
        summary_file=Path(summary) if summary else None,
        has_outputs=bool(environment.get("GITHUB_OUTPUT")),
    )

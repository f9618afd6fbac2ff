"""What reporting on a run needs to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .http.deadline import Deadline
from .http.request_log import RequestLog
from .identity import RunIdentity
from .inputs.settings import Settings
from .inputs.sources import InputSource
from .port.reporter import PortReporter
from .runner import Runner


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What reporting on a run needs to know.

    Attributes:
        settings: the shared inputs.
        blueprint: identifier of the blueprint that the run's entities belong to.
        identity: the GitHub run.
        runner: GitHub's runner.
        port: reports to Port's run; None if there is nothing to report to.
        started: when the process started, in seconds of the monotonic clock.
        request_log: every request and its response.
        deadline: when everything has to be finished.
        input_sources: where the operation's inputs came from.
        input_warnings: returns what was left out or changed of them, or given in vain.
    """

    settings: Settings
    blueprint: str
    identity: RunIdentity
    runner: Runner
    port: PortReporter | None
    started: float
    request_log: RequestLog
    deadline: Deadline
    input_sources: tuple[InputSource, ...] = ()
    input_warnings: Callable[[], tuple[str, ...]] = tuple

    def log(self, line: str) -> None:
        """Write a line to GitHub's log and to Port's run log."""
        self.runner.info(line)
        if self.port is not None:
            self.port.log(line)

    def should_close_port_run(self, when: Literal["failure", "always"]) -> bool:
        """Check whether the action itself ends the Port run."""
        return self.settings.report_status in {when, "always"}

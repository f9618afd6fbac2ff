"""Where a run takes place, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .http.request_log import RequestLog

if TYPE_CHECKING:
    from .identity import RunIdentity
    from .inputs.provenance import InputSource
    from .inputs.settings import Settings
    from .port.reporter import PortReporter
    from .runner import Runner


@dataclass(frozen=True)
class RunContext:
    """Where a run takes place, and who hears of it.

    Attributes:
        settings: the shared inputs.
        blueprint: identifier of the blueprint of the entities that come of it.
        identity: the GitHub run.
        runner: GitHub's runner.
        port: Port's reporter, or None if there is nothing to report to.
        started: when the process started, in seconds of the monotonic clock.
        journal: what was sent and what came back.
        origins: where the operation's inputs came from.
    """

    settings: Settings
    blueprint: str
    identity: RunIdentity
    runner: Runner
    port: PortReporter | None
    started: float
    journal: RequestLog
    origins: tuple[InputSource, ...] = ()

    def say(self, line: str) -> None:
        """Tell GitHub's log and Port's run log alike.

        Args:
            line: any text.
        """
        self.runner.info(line)
        if self.port is not None:
            self.port.log(line)

    def should_close_port_run(self, when: Literal["failure", "always"]) -> bool:
        """Tell whether the action itself ends the Port run."""
        return self.settings.report_status in {when, "always"}

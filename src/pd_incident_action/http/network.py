"""What all connections of a run have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .transport import EarlyOrLate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .deadline import Deadline
    from .dry_run import DryRun
    from .preconnect import Preconnector
    from .request_log import RequestLog

_LONGEST_ATTEMPT = 15.0


class Network(NamedTuple):
    """What all connections of a run have in common.

    Attributes:
        deadline: when everything has to be finished.
        timeout: the whole time that the run was given, in seconds.
        journal: where each attempt is noted down.
        ca_bundle: path of a company's CA bundle, or empty for the public ones.
        head_start: connections that are already being made.
        rehearsal: stands in for whatever would be changed, in a dry run.
    """

    deadline: Deadline
    timeout: float
    journal: RequestLog
    ca_bundle: str = ""
    head_start: Preconnector | None = None
    rehearsal: DryRun | None = None

    @property
    def attempt_seconds(self) -> float:
        """How long one attempt may take: some must fit into the whole time."""
        return min(_LONGEST_ATTEMPT, max(1.0, self.timeout / 6))

    def way_to(self, url: str, on_sent: Callable[[], None] = lambda: None) -> EarlyOrLate:
        """Open the way to an API.

        Args:
            url: its base URL.
            on_sent: called whenever a request is on the wire.

        Returns:
            A transport of its own, on the connection that is being made if there is one.
        """
        early = self.head_start.connection(url) if self.head_start is not None else None
        return EarlyOrLate(early, self.ca_bundle, on_sent)

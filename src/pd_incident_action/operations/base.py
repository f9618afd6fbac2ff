"""What an operation is made of, and what it gets to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pd_incident_action.request import Request

if TYPE_CHECKING:
    from pd_incident_action.deadline import Deadline
    from pd_incident_action.identity import RunIdentity
    from pd_incident_action.outcome import Outcome
    from pd_incident_action.providers.pagerduty import PagerDuty
    from pd_incident_action.providers.pagerduty_events import PagerDutyEvents

Credential = Literal["pagerduty-token", "routing-key"]


@dataclass(frozen=True)
class Tools:
    """What an operation works with.

    Attributes:
        identity: the GitHub run, for defaults that name it.
        key: idempotency key of this request.
        deadline: when everything has to be finished.
        pagerduty: the REST API, or None without a token.
        events: the Events API, or None without a routing key.
        say: takes a line for the log.
    """

    identity: RunIdentity
    key: str
    deadline: Deadline
    pagerduty: PagerDuty | None = None
    events: PagerDutyEvents | None = None
    say: Callable[[str], None] = lambda _line: None

    @property
    def rest(self) -> PagerDuty:
        """The REST API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs ``pagerduty-token``.
        """
        if self.pagerduty is None:
            msg = "this operation must declare that it needs pagerduty-token"
            raise LookupError(msg)
        return self.pagerduty

    @property
    def alerts(self) -> PagerDutyEvents:
        """The Events API, for operations that need it.

        Raises:
            LookupError: the operation didn't declare that it needs ``routing-key``.
        """
        if self.events is None:
            msg = "this operation must declare that it needs routing-key"
            raise LookupError(msg)
        return self.events


@dataclass(frozen=True)
class Operation:
    """One thing that the action can do.

    Attributes:
        name: as users write it.
        summary: what it does, in one sentence in the imperative.
        request: the model of its inputs.
        run: does it; raises `ActionError` when it can't.
        announce: the line for Port's run log before it is done.
        recover: finds out what came of it after it was interrupted, quickly and without changing
            anything; None when nothing can be found.
        needs: credentials that it can't do without.
        port_blueprint: blueprint that its self-service action belongs to.
    """

    name: str
    summary: str
    request: type[Request]
    run: Callable[[Any, Tools], Outcome]
    announce: Callable[[Any], str]
    recover: Callable[[Any, Tools], Outcome | None]
    needs: tuple[Credential, ...] = ("pagerduty-token",)
    port_blueprint: str = "pagerdutyIncident"

"""Break-glass: an incident that PagerDuty's REST API won't open goes out as an alert event.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    NotApplicable,
)
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.models import Incident, Outcome, Page
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.events import PagerDutyEvents
from pd_incident_action.pagerduty.truncation import DETAILS, EVENT_TEXT, SUMMARY, Truncator

# Of the whole time; what is left has to do for the event, and for reporting to Port.
_SHARE_OF_REST = 0.25
_REQUESTER_NOT_FOUND = 1008


@dataclass(frozen=True)
class EventsFallback:
    """Pages through the Events API where the REST API doesn't answer or rejects credentials."""

    pagerduty: PagerDuty
    events: PagerDutyEvents
    deadline: Deadline
    log: Callable[[str], None]

    def page(
        self,
        open_incidents: Callable[[PagerDuty], Outcome],
        asked: Mapping[str, Any],
        key: str,
        run_url: str,
    ) -> Outcome:
        """Open incidents, or else send an alert.

        The alert's dedup key is the incidents' key: if one was opened although no answer came, the
        alert joins it.

        Returns:
            The incidents; or the alert, with a warning that says what it lacks.

        Raises:
            ActionError: nobody was paged.
        """
        pagerduty = self.pagerduty.with_timeout(self.deadline.remaining() * _SHARE_OF_REST)
        try:
            outcome = open_incidents(pagerduty)
        except ActionError as error:
            if not _is_rest_api_unusable(error):
                raise
            return self._send_alert(asked, key, run_url, error)
        unusable = [error for error in outcome.failures if _is_rest_api_unusable(error.__cause__)]
        if outcome.incident is None and unusable:
            return self._send_alert(asked, key, run_url, unusable[0])
        return outcome

    def _send_alert(
        self, asked: Mapping[str, Any], key: str, run_url: str, error: ActionError
    ) -> Outcome:
        self.log(f"{error.summary}; sending the alert through PagerDuty's Events API instead")
        truncator = Truncator()
        event = build_alert(asked, key, run_url, truncator)
        try:
            accepted = self.events.enqueue(event)
        except ActionError as second:
            what = f"{error.summary}. The fallback failed as well: {second.summary}"
            raise NotApplicable(what, second.cause or error.cause, error.remedy) from second
        title = event["payload"]["summary"]
        return Outcome(
            message=f"Sent an alert instead of opening an incident: {title} (dedup key {key}).",
            incident=Incident(key, title, "triggered", urgency=asked["urgency"], dedup_key=key),
            created=None,
            page=Page.ACCEPTED,
            dedup_key=key,
            response=accepted.raw,
            warnings=(_warning(error), *truncator.warnings),
            truncated_inputs=truncator.truncated_inputs,
        )


def build_alert(
    asked: Mapping[str, Any], key: str, run_url: str, truncator: Truncator
) -> dict[str, Any]:
    """Build the alert as POST /enqueue takes it; responders get all that was asked for."""
    services = ", ".join(asked["service"])
    details = asked["details"] and truncator.truncate("details", asked["details"], DETAILS)
    given = {**asked, "service": services, "details": details}
    custom_details = {name: value for name, value in given.items() if value and name != "title"}
    payload: dict[str, Any] = {
        "summary": truncator.truncate("title", asked["title"], SUMMARY),
        "source": truncator.truncate("service", services, EVENT_TEXT),
        "severity": "critical" if asked["urgency"] == "high" else "warning",
    }
    event = {
        "event_action": "trigger",
        "dedup_key": key,
        "payload": payload,
        "client": "GitHub Actions",
        **({"client_url": run_url} if run_url else {}),
    }
    payload["custom_details"] = truncator.truncate_details("details", custom_details, event)
    return event


def _is_rest_api_unusable(error: BaseException | None) -> bool:
    """Check whether the REST API never came to judge what was asked for."""
    if isinstance(error, ApiRejected):
        is_unauthorized = error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return is_unauthorized or error.code == _REQUESTER_NOT_FOUND
    return isinstance(error, (ApiUnavailable, ApiUnreachable))


def _warning(error: ActionError) -> str:
    return (
        "The page went out through the Events API, on the service that the routing key belongs to "
        "and to whoever is on call for it; priority, assignee and escalation policy of the inputs "
        f"are only in the alert's details. {error}"
    )

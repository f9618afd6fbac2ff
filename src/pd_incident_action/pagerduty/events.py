"""PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.text import Json


class AcceptedEvent(NamedTuple):
    """The response to an event that PagerDuty accepted.

    Attributes:
        answered_at: when that was by PagerDuty's clock, in seconds since 1970; None if unknown.
    """

    raw: Json
    dedup_key: str
    answered_at: float | None


def no_auth() -> dict[str, str]:
    """Return no header: an event carries its routing key in the body."""
    return {}


class PagerDutyEvents:
    """PagerDuty's Events API v2 for one integration."""

    def __init__(self, client: ApiClient, routing_key: str, incidents_page: str = "") -> None:
        self._client = client
        self.routing_key = routing_key
        self._incidents_page = incidents_page

    def with_key(self, routing_key: str) -> PagerDutyEvents:
        """Return the same API for another integration."""
        return PagerDutyEvents(self._client, routing_key, self._incidents_page)

    def enqueue(self, event: Json) -> AcceptedEvent:
        """POST /enqueue: send an event.

        A 202 says that PagerDuty took the event, not that it did anything with it.

        Args:
            event: the body without the routing key; needs a ``dedup_key``, so that a repetition
                is recognised, and, to trigger, a ``payload``.
        """
        if event["event_action"] != "trigger":
            return self._send("/enqueue", f"accept the {event['event_action']} event", event)
        look = (
            "The alert may have been accepted: before you page again, look for it at "
            f"{self._incidents_page} (dedup key {event['dedup_key']}), or re-run the job, whose "
            "alert has the same key"
        )
        return self._send("/enqueue", "accept the alert", event, if_unknown=look)

    def change(self, event: Json) -> AcceptedEvent:
        """POST /change/enqueue: send a change event.

        https://developer.pagerduty.com/docs/send-change-event

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the change would show twice.
        """
        return self._send(
            "/change/enqueue",
            "accept the change event",
            event,
            idempotent=False,
            if_unknown="It may have been accepted: look at the service before you send it again",
        )

    def _send(
        self,
        path: str,
        action: str,
        event: Json,
        *,
        idempotent: bool = True,
        if_unknown: str = "",
    ) -> AcceptedEvent:
        body = {"routing_key": self.routing_key, **event}
        request = ApiRequest(
            "POST",
            path,
            action,
            json=body,
            idempotent=idempotent,
            if_unknown=if_unknown,
            check=_is_accepted,
        )
        response = self._client.send(request)
        answered_at = None
        with suppress(KeyError, ValueError):
            answered_at = parsedate_to_datetime(response.headers["date"]).timestamp()
        return AcceptedEvent(response.body, str(response.body.get("dedup_key") or ""), answered_at)


def _is_accepted(body: object) -> bool:
    return isinstance(body, dict) and body.get("status") == "success"

"""PagerDuty's Events API v2.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pd_incident_action.http.messages import ApiRequest

if TYPE_CHECKING:
    from pd_incident_action.http.client import ApiClient


def no_auth() -> dict[str, str]:
    """Give no header: an event carries its routing key in the body."""
    return {}


class PagerDutyEvents:
    """PagerDuty's Events API v2 for one integration.

    Args:
        client: sends the requests.
        routing_key: the integration's key.
    """

    def __init__(self, client: ApiClient, routing_key: str) -> None:
        self._client = client
        self._routing_key = routing_key

    def enqueue(self, event: dict[str, Any]) -> dict[str, Any]:
        """POST /enqueue: send an event.

        A 202 says that PagerDuty took the event, not that it did anything with it.

        Args:
            event: the body without the routing key; needs a ``dedup_key``, so that a repetition
                is recognised, and, to trigger, a ``payload``.

        Returns:
            ``status``, ``message`` and ``dedup_key``.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        action = f"accept the {event['event_action']} event"
        body = {"routing_key": self._routing_key, **event}
        answer = self._client.send(ApiRequest("POST", "/enqueue", action, json=body))
        return answer.body if isinstance(answer.body, dict) else {}

    def change(self, event: dict[str, Any]) -> dict[str, Any]:
        """POST /change/enqueue: tell what was changed.

        https://developer.pagerduty.com/docs/send-change-event

        Args:
            event: the body without the routing key: ``payload``, and ``links``.

        Returns:
            ``status`` and ``message``.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the change would show twice.
        """
        body = {"routing_key": self._routing_key, **event}
        action = "accept the change event"
        call = ApiRequest("POST", "/change/enqueue", action, json=body, idempotent=False)
        answer = self._client.send(call).body
        return answer if isinstance(answer, dict) else {}

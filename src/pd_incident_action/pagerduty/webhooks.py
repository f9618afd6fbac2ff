"""PagerDuty's webhook subscriptions: who is told what happens.

https://developer.pagerduty.com/api-reference/ under Webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

if TYPE_CHECKING:
    from .client import Json, PagerDuty

_MEMBER = "webhook_subscription"


class WebhookSubscriptions:
    """Reads and changes webhook subscriptions.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def to(self, url: str) -> list[Json]:
        """GET /webhook_subscriptions: list the subscriptions that deliver to an address.

        Args:
            url: the address.

        Returns:
            The subscriptions, without their secrets.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        action = "list the webhook subscriptions"
        found = self._pagerduty.pages("/webhook_subscriptions", action, f"{_MEMBER}s")
        return [one for one in found if (one.get("delivery_method") or {}).get("url") == url]

    def create(self, url: str, events: list[str], scope: Json, description: str) -> Json:
        """POST /webhook_subscriptions: have events delivered to an address.

        Args:
            url: the address, https.
            events: for example ``incident.triggered``.
            scope: the subscription's ``filter``.
            description: what people see in PagerDuty.

        Returns:
            The subscription; its ``delivery_method.secret`` is a credential, shown only once.

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the subscription would be there twice.
        """
        body = {
            "type": _MEMBER,
            "delivery_method": {"type": "http_delivery_method", "url": url},
            "events": events,
            "filter": scope,
            "description": description,
            "active": True,
        }
        created: Json = self._pagerduty.write(
            "POST",
            "/webhook_subscriptions",
            "subscribe Port to its events (unless webhooks: false)",
            {_MEMBER: body},
            _MEMBER,
            idempotent=False,
        )
        return created

    def update(self, subscription_id: str, changes: Json) -> Json:
        """PUT /webhook_subscriptions/{id}: change a subscription.

        Args:
            subscription_id: PagerDuty's id.
            changes: of ``events``, ``filter`` and ``active``, what is to change.

        Returns:
            The subscription as it now is.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("webhook_subscriptions", subscription_id)
        action = f"change webhook subscription {subscription_id}"
        changed: Json = self._pagerduty.write("PUT", path, action, {_MEMBER: changes}, _MEMBER)
        return changed

    def delete(self, subscription_id: str) -> None:
        """DELETE /webhook_subscriptions/{id}: end a subscription.

        Args:
            subscription_id: PagerDuty's id.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("webhook_subscriptions", subscription_id)
        self._pagerduty.write("DELETE", path, f"end webhook subscription {subscription_id}", None)

    def ping(self, subscription_id: str) -> None:
        """POST /webhook_subscriptions/{id}/ping: have a test delivered.

        Args:
            subscription_id: PagerDuty's id.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("webhook_subscriptions", subscription_id, "ping")
        self._pagerduty.write("POST", path, "send Port a test", None)

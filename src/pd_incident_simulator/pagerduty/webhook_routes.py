"""Endpoints about webhook subscriptions."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PagerDutyRoutes, member, page, show
from .things import Json, missing
from .webhooks import change, ping, subscribe

_SCOPES = {"account": "account_reference", "service": "service_reference", "team": "team_reference"}


class WebhookRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Webhooks."""

    @route("GET", "/webhook_subscriptions")
    def list_webhook_subscriptions(self, request: Request) -> Reply:
        """List subscriptions, those of the account, a service or a team if that is wanted."""
        scope = _SCOPES.get(request.first("filter_type"))
        identifier = request.first("filter_id")
        found = [
            subscription
            for subscription in self.state.webhook_subscriptions.values()
            if (not scope or subscription["filter"]["type"] == scope)
            and (not identifier or subscription["filter"].get("id") == identifier)
        ]
        return page(request, "webhook_subscriptions", found)

    @route("POST", "/webhook_subscriptions")
    def create_webhook_subscription(self, request: Request) -> Reply:
        """Add a subscription; the answer alone tells the secret."""
        made = subscribe(self.state, member(request, "webhook_subscription"))
        return Reply(200, {"webhook_subscription": made})

    @route("GET", "/webhook_subscriptions/{id}")
    def get_webhook_subscription(self, request: Request) -> Reply:
        """Show a subscription."""
        return show(request, "webhook_subscription", self.state.webhook_subscriptions)

    @route("PUT", "/webhook_subscriptions/{id}")
    def update_webhook_subscription(self, request: Request) -> Reply:
        """Change a subscription."""
        subscription = self._subscription(request)
        change(self.state, subscription, member(request, "webhook_subscription"))
        return Reply(200, {"webhook_subscription": subscription})

    @route("DELETE", "/webhook_subscriptions/{id}")
    def delete_webhook_subscription(self, request: Request) -> Reply:
        """Remove a subscription."""
        subscription = self._subscription(request)
        del self.state.webhook_subscriptions[subscription["id"]]
        return Reply(204)

    @route("POST", "/webhook_subscriptions/{id}/enable")
    def enable_webhook_subscription(self, request: Request) -> Reply:
        """Tell a subscriber again who was disabled for dropping too much."""
        subscription = self._subscription(request)
        subscription["delivery_method"]["temporarily_disabled"] = False
        return Reply(204)

    @route("POST", "/webhook_subscriptions/{id}/ping")
    def ping_webhook_subscription(self, request: Request) -> Reply:
        """Send a test."""
        ping(self.state, self._subscription(request))
        return Reply(202)

    def _subscription(self, request: Request) -> Json:
        subscription = self.state.webhook_subscriptions.get(request.parameters["id"])
        if subscription is None:
            raise missing()
        return subscription

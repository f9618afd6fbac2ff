"""Endpoints about webhooks, and about the organization."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from . import webhooks
from .base import PortRoutes

_WEBHOOK = "/v1/webhooks/{webhook}"
_ORGANIZATION = {"id": "org_simulated", "name": "Acme"}


class WebhookRoutes(PortRoutes):
    """https://docs.port.io/api-reference/port-api under Webhooks and Organization."""

    @route("GET", "/v1/webhooks")
    def list_webhooks(self, _request: Request) -> Reply:
        """List webhooks."""
        return Reply(200, {"ok": True, "integrations": list(self.state.webhooks.values())})

    @route("POST", "/v1/webhooks")
    def create_webhook(self, request: Request) -> Reply:
        """Add a webhook."""
        return Reply(201, {"ok": True, "integration": webhooks.define(self.state, request.json)})

    @route("GET", _WEBHOOK)
    def get_webhook(self, request: Request) -> Reply:
        """Show a webhook."""
        webhook = self.state.webhook(request.parameters["webhook"])
        return Reply(200, {"ok": True, "integration": webhook})

    @route("PUT", _WEBHOOK)
    def replace_webhook(self, request: Request) -> Reply:
        """Replace a webhook, which keeps its address."""
        old = self.state.webhook(request.parameters["webhook"])
        webhook = webhooks.define(self.state, request.json, old)
        return Reply(200, {"ok": True, "integration": webhook})

    @route("GET", "/v1/organization")
    def show_organization(self, _request: Request) -> Reply:
        """Show the organization that the credentials belong to."""
        return Reply(200, {"ok": True, "organization": _ORGANIZATION})

"""The endpoint that webhooks send to, a host of its own.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import Api, route

from . import webhooks
from .base import refusal_reply
from .expressions import evaluate
from .signatures import check_signature
from .state import PortState
from .things import Json, RefusedError, invalid, missing


class IngestApi(Api):
    """What answers at a webhook's address; it needs no token, but a signature where that is asked.

    Args:
        state: the account.
    """

    name = "ingest"

    def __init__(self, state: PortState) -> None:
        super().__init__()
        self.state = state

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into Port's error bodies."""
        with self.state.lock:
            try:
                return super().answer(request)
            except RefusedError as refusal:
                return refusal_reply(refusal, {})

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        raise RefusedError(404, "not_found", "Route not found")

    @route("POST", "/{webhook_key}")
    def take(self, request: Request) -> Reply:
        """Take an event; what its mappings can't do with it isn't told to the sender."""
        webhook = self._webhook(request.parameters["webhook_key"])
        check_signature(webhook["security"], request.headers, request.body)
        if request.json is None:
            raise invalid("The body must be JSON")
        queried = {name: values[0] for name, values in request.query.items()}
        event = {"body": request.json, "headers": dict(request.headers), "queryParams": queried}
        if self._is_new(webhook, event):
            webhooks.take(self.state, webhook, event)
        return Reply(202, {"ok": True})

    def _webhook(self, key: str) -> Json:
        for webhook in self.state.webhooks.values():
            if webhook["webhookKey"] == key and webhook["enabled"]:
                return webhook
        raise missing("Webhook", key)

    def _is_new(self, webhook: Json, event: Json) -> bool:
        """Tell whether an event hasn't come before, as far as the webhook tells events apart."""
        path = webhook["security"].get("requestIdentifierPath")
        identifier = evaluate(path, event) if path else None
        if identifier is None:
            return True
        place = (webhook["webhookKey"], str(identifier))
        is_new = place not in self.state.events_seen
        self.state.events_seen.add(place)
        return is_new

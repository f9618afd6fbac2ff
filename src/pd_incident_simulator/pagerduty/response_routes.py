"""Endpoints for whoever responds to an incident: merge, snooze, ask for help, tell, describe."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .abilities import require
from .base import PagerDutyRoutes
from .custom_fields import field_values, set_field_values
from .merging import merge
from .record import log
from .responders import request_responders
from .snoozing import snooze
from .things import Json, invalid, now, reference


class ResponseRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incidents."""

    @route("PUT", "/incidents/{id}/merge")
    def merge_incidents(self, request: Request) -> Reply:
        """Merge incidents into one."""
        requester = self.requester(request)
        target = self.named_incident(request)
        wanted = request.json.get("source_incidents")
        if not isinstance(wanted, list) or not wanted:
            raise invalid("Source incidents must be a list that isn't empty")
        if not all(isinstance(source, dict) for source in wanted):
            raise invalid("Source incidents must be references")
        sources = [self.incident(str(source.get("id"))) for source in wanted]
        merge(self.state, target, sources, requester)
        return Reply(200, {"incident": reference(target)})

    @route("POST", "/incidents/{id}/snooze")
    def snooze_incident(self, request: Request) -> Reply:
        """Snooze an incident."""
        requester = self.requester(request)
        incident = self.named_incident(request)
        snooze(self.state, incident, request.json.get("duration"), requester)
        return Reply(201, {"incident": incident})

    @route("POST", "/incidents/{id}/responder_requests")
    def add_responders(self, request: Request) -> Reply:
        """Ask for help; the body says who asks, not From."""
        require(self.state, "responder_requests")
        incident = self.named_incident(request)
        made = request_responders(self.state, incident, request.json)
        return Reply(200, {"responder_request": made})

    @route("POST", "/incidents/{id}/status_updates")
    def publish_status_update(self, request: Request) -> Reply:
        """Tell those who subscribed to an incident how it goes."""
        require(self.state, "status_updates")
        sender = reference(self.requester(request))
        incident = self.named_incident(request)
        update: Json = {
            "id": self.state.next_id("PSTATUS"),
            **_texts(request.json),
            "created_at": now(),
            "sender": sender,
        }
        self.state.status_updates.setdefault(incident["id"], []).append(update)
        log(self.state, incident, "status_update", agent=sender, status_update=update)
        return Reply(200, {"status_update": update})

    @route("GET", "/incidents/{id}/custom_fields/values")
    def show_custom_fields(self, request: Request) -> Reply:
        """List an incident's custom fields."""
        require(self.state, "custom_fields")
        incident = self.named_incident(request)
        return Reply(200, {"custom_fields": field_values(self.state, incident)})

    @route("PUT", "/incidents/{id}/custom_fields/values")
    def set_custom_fields(self, request: Request) -> Reply:
        """Set some of an incident's custom fields."""
        require(self.state, "custom_fields")
        incident = self.named_incident(request)
        set_field_values(self.state, incident, request.json.get("custom_fields"))
        return Reply(201, {"custom_fields": field_values(self.state, incident)})


def _texts(body: Json) -> Json:
    texts = {n: body[n] for n in ("message", "subject", "html_message") if body.get(n) is not None}
    if not all(isinstance(text, str) for text in texts.values()):
        raise invalid("Message, subject and html_message must be texts")
    if not texts.get("message", "").strip():
        raise invalid("Message cannot be empty.")
    return texts

"""Endpoints that help to understand incidents: their like, changes, figures, types."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .analytics import metrics
from .base import PagerDutyRoutes, number
from .change_events import related_changes
from .similarity import past_incidents, related_incidents
from .things import Json, invalid, reference

_MOST_PAST = 999
_PARENT = {"id": "PTYPE0", "type": "incident_type_reference"}
_SINCE = "2025-01-15T09:00:00Z"
_ECHOED = ("filters", "time_zone", "order", "order_by", "aggregate_unit")


class InsightRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incidents, Incident Types, Analytics."""

    @route("GET", "/incidents/{id}/past_incidents")
    def list_past_incidents(self, request: Request) -> Reply:
        """List what happened before and is like an incident."""
        limit = number(request, "limit", 5)
        if not 1 <= limit <= _MOST_PAST:
            raise invalid(f"limit must be from 1 to {_MOST_PAST}")
        incident = self.named_incident(request)
        found = past_incidents(self.state.incidents.values(), incident)
        total = {"total": len(found)} if request.flag("total") else {}
        return Reply(200, {"past_incidents": found[:limit], "limit": limit, **total})

    @route("GET", "/incidents/{id}/related_incidents")
    def list_related_incidents(self, request: Request) -> Reply:
        """List what happens to other services and is like an incident."""
        found = related_incidents(self.state.incidents.values(), self.named_incident(request))
        is_whole = "incident" in request.query.get("additional_details[]", [])
        return Reply(200, {"related_incidents": [_related(i, is_whole=is_whole) for i in found]})

    @route("GET", "/incidents/{id}/related_change_events")
    def list_related_change_events(self, request: Request) -> Reply:
        """List what was deployed lately."""
        incident, limit = self.named_incident(request), number(request, "limit", 25)
        return Reply(200, {"change_events": related_changes(self.state, incident, limit)})

    @route("POST", "/analytics/metrics/incidents/all")
    def show_metrics(self, request: Request) -> Reply:
        """Show figures about incidents."""
        echo = {name: request.json[name] for name in _ECHOED if request.json.get(name)}
        return Reply(200, {"data": metrics(self.state, request.json), **echo})

    @route("GET", "/incidents/types")
    def list_incident_types(self, request: Request) -> Reply:
        """List incident types; all of them are enabled."""
        wanted = request.first("filter", "enabled")
        if wanted not in {"enabled", "disabled", "all"}:
            raise invalid("filter must be enabled, disabled or all")
        names = [] if wanted == "disabled" else self.state.incident_types
        types = [_incident_type(number, name) for number, name in enumerate(names)]
        return Reply(200, {"incident_types": types})


def _related(incident: Json, *, is_whole: bool) -> Json:
    feedback = {"positive_feedback_count": 0, "negative_feedback_count": 0}
    inferred = {
        "type": "machine_learning_inferred",
        "metadata": {"grouping_classification": "similar_contents", "user_feedback": feedback},
    }
    shown = incident if is_whole else reference(incident)
    return {"incident": shown, "relationships": [inferred]}


def _incident_type(number: int, name: str) -> Json:
    return {
        "id": f"PTYPE{number}",
        "type": "incident_type",
        "name": name,
        "display_name": name.replace("_", " ").capitalize(),
        "enabled": True,
        "created_at": _SINCE,
        "updated_at": _SINCE,
        **({"parent": _PARENT} if number else {}),
    }

"""The endpoint that tells which custom fields a type of incidents has."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .abilities import require
from .base import PagerDutyRoutes
from .things import missing


class CustomFieldRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Incident Types."""

    @route("GET", "/incidents/types/{type}/custom_fields")
    def list_custom_fields(self, request: Request) -> Reply:
        """List the custom fields; all types have the same ones."""
        require(self.state, "custom_fields")
        if request.parameters["type"] not in self.state.incident_types:
            raise missing()
        fields = [
            {name: part for name, part in field.items() if name != "options"}
            for field in self.state.custom_fields.values()
        ]
        return Reply(200, {"fields": fields})

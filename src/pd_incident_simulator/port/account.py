"""Endpoints about what an account consists of besides its data: integrations and pages.

https://docs.port.io/api-reference/port-api under Integrations and Pages.
"""

from __future__ import annotations

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .objects import identifier_taken, invalid, not_found, with_metadata
from .state import PortState

routes = routing.Routes[PortState]()


@routes("GET", "/v1/integration")
def list_integrations(state: PortState, request: Request) -> Reply:
    """List the integrations, those that process actions if wanted."""
    acting = request.flag("actionsProcessingEnabled")
    found = [one for one in state.integrations if one["actionsProcessingEnabled"] or not acting]
    return Reply(200, {"ok": True, "integrations": found})


@routes("GET", "/v1/pages/{page}")
def get_page(state: PortState, request: Request) -> Reply:
    """Return a page."""
    identifier = request.path_params["page"]
    if identifier not in state.pages:
        raise not_found("Page", identifier)
    return Reply(200, {"ok": True, "page": state.pages[identifier]})


@routes("POST", "/v1/pages")
def create_page(state: PortState, request: Request) -> Reply:
    """Create a page; the reply has its identifier only."""
    identifier = request.json["identifier"]
    if identifier in state.pages:
        raise identifier_taken("Page", identifier)
    for outer in request.json.get("widgets", []):
        shown = [one["id"] for row in outer["layout"] for one in row["columns"]]
        if sorted(shown) != sorted(widget["id"] for widget in outer["widgets"]):
            raise invalid("body/widgets/layout must have each widget once")
    state.pages[identifier] = with_metadata(request.json, None)
    return Reply(201, {"ok": True, "identifier": identifier})

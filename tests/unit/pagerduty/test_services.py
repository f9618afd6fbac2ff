"""Services, where PagerDuty's answers leave something out."""

from __future__ import annotations

from responses import RequestsMock

from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.models import EVENTS_V2, Service
from pd_incident_action.pagerduty.services import Services


def test_an_integration_shown_as_a_reference_is_read_for_its_key(
    api: RequestsMock, pagerduty: PagerDuty
) -> None:
    references = [
        {"id": "PNAGIOS", "type": "nagios"},
        {"id": "PINT1", "type": f"{EVENTS_V2}_reference"},
    ]
    service = Service.read({"id": "PSVC001", "integrations": references})
    shown = {"id": "PINT1", "type": EVENTS_V2, "integration_key": "R999"}
    path = "https://api.pagerduty.com/services/PSVC001/integrations/PINT1"
    api.add("GET", path, json={"integration": shown})
    assert Services(pagerduty).events_integration(service).integration_key == "R999"


def test_what_is_left_out_is_empty() -> None:
    service = Service.read({"id": "PSVC001", "status": None, "integrations": None})
    assert (service.label, service.silenced, service.events_integration) == ("PSVC001", "", None)
    assert service.to_service().name == ""

"""Whether the routing key is one, and leads to a service; no event is sent."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pd_incident_action.pagerduty.models import Integration, Service
from pd_incident_action.pagerduty.services import Services

from .finding import Finding, doubtful, fine, wrong

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

_WHAT = "routing-key"
_KEY = re.compile(r"[0-9A-Za-z]{32}")
_MAX_SERVICES = 5_000


def is_well_formed(key: str) -> bool:
    """Tell whether a routing key looks like one."""
    return _KEY.fullmatch(key) is not None


def check_form(key: str) -> list[Finding]:
    """Look at a routing key by itself.

    Args:
        key: the key, which isn't shown to anybody.

    Returns:
        What is so with it.
    """
    if is_well_formed(key):
        return [fine(_WHAT, "has the form of an integration key")]
    finding = f"has {len(key)} characters; an integration key has 32 letters and digits"
    remedy = "copy the integration key of an Events API V2 integration, whole"
    return [wrong(_WHAT, finding, remedy)]


def check_integration(tools: OperationContext, key: str) -> list[Finding]:
    """Look for the integration that a key belongs to.

    Args:
        tools: PagerDuty's REST API.
        key: a key of the right form.

    Returns:
        What is so with the integration and its service.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    services = islice(Services(tools.pagerduty).all("integrations"), _MAX_SERVICES)
    integrations = ((service, one) for service in services for one in service.integrations)
    found = next(((s, i) for s, i in integrations if i.integration_key == key), None)
    if found is None:
        finding = (
            "belongs to none of the services that can be seen; PagerDuty drops events silently "
            "if it is of no integration at all"
        )
        remedy = "check it, unless it is of an event orchestration or of another account"
        return [doubtful(_WHAT, finding, remedy)]
    return [_check_found(*found)]


def _check_found(service: Service, integration: Integration) -> Finding:
    name = service.label
    if not integration.is_events_v2:
        kind = integration.type.replace("_", " ")
        finding = f"belongs to service {name}, but to another kind of integration ({kind})"
        remedy = "add an Events API V2 integration to the service, and use its key"
        return wrong(_WHAT, finding, remedy)
    if service.silenced:
        finding = f"pages service {name}, which is {service.silenced}: events are dropped"
        return wrong(_WHAT, finding, "enable the service, or end its maintenance, in PagerDuty")
    return fine(_WHAT, f"pages service {name}")

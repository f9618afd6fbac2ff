"""The integration that lets events into a service: found, or else added once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .create_or_find import create_or_find
from .services import EVENTS_V2

if TYPE_CHECKING:
    from .client import Json
    from .services import Services

_NAME = "Events API v2"


def events_integration(services: Services, service: Json) -> Json:
    """Use a service's integration for the Events API v2, or add one.

    Args:
        services: PagerDuty's services.
        service: the service with its integrations.

    Returns:
        The integration, with its key where PagerDuty shows it.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    there = find_integration(service)
    if there is None:
        add = partial(services.add_events_integration, service["id"], _NAME)
        return create_or_find(add, partial(_look, services, service["id"]))
    if there.get("integration_key"):
        return there
    return services.integration(service["id"], there["id"])


def find_integration(service: Json) -> Json | None:
    """Find a service's integration for the Events API v2.

    Args:
        service: the service with its integrations, whole or as references.

    Returns:
        The first, or None.
    """
    return next(
        (
            integration
            for integration in service.get("integrations") or ()
            if str(integration.get("type", "")).removesuffix("_reference") == EVENTS_V2
        ),
        None,
    )


def _look(services: Services, service_id: str) -> Json | None:
    return find_integration(services.service(service_id, "integrations"))

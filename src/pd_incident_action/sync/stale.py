"""Entities that the catalog shows as wanted, but that PagerDuty didn't list: look again.

Their incidents were resolved meanwhile, belong to another service now, or are gone.
https://docs.port.io/search-and-query/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pd_incident_action.inputs.intervals import DateRange, parse_iso
from pd_incident_action.port.mapping import SERVICE_BLUEPRINT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from pd_incident_action.pagerduty.incident_lists import IncidentQuery
    from pd_incident_action.port.entities import PortEntities
    from pd_incident_action.port.models import CatalogEntity

    from .entity_builder import Shape

# Alerts whose incident nobody knew have other identifiers: PagerDuty can't be asked for these.
_INCIDENT_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")
# What webhooks make of an incident's status, as the documented blueprint has it.
_ALSO_OPEN = ("annotated", "escalated", "reassigned", "reopened")


def find_stale(
    entities: PortEntities,
    shape: Shape,
    wanted: IncidentQuery,
    when: DateRange,
    seen: Collection[str],
) -> Iterator[str]:
    """Find entities that should have been among the incidents that were listed.

    Args:
        entities: where to look.
        shape: the entities' blueprint.
        wanted: statuses and services of the incidents that were listed.
        when: when the incidents were opened that were listed.
        seen: ids of what was listed.

    Yields:
        Identifiers.

    Raises:
        ApiError: Port refused or wasn't reached.
    """
    services = set(wanted.service_ids)
    for page in entities.search(_rules(shape, wanted.statuses)):
        for entity in page:
            identifier = entity.identifier
            if (
                identifier not in seen
                and _INCIDENT_ID.fullmatch(identifier)
                and (not services or _services(entity, shape) & services)
                and when.contains(_opened(entity))
            ):
                yield identifier


def _rules(shape: Shape, statuses: Sequence[str]) -> list[dict[str, Any]]:
    if "status" not in shape.properties:
        return []
    return [{"property": "status", "operator": "in", "value": [*statuses, *_ALSO_OPEN]}]


def _opened(entity: CatalogEntity) -> datetime | None:
    return parse_iso(entity.properties.get("created_at"))


def _services(entity: CatalogEntity, shape: Shape) -> set[str]:
    related = entity.relations.get(shape.relation_to(SERVICE_BLUEPRINT))
    return {str(one) for one in (related if isinstance(related, list) else [related]) if one}

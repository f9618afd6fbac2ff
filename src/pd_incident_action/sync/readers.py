"""Reading PagerDuty as entities, and finding entities that need another look.

https://docs.port.io/search-and-query/
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

from pd_incident_action.http.client import find
from pd_incident_action.inputs.intervals import DateRange, Interval, parse_iso
from pd_incident_action.models import Entity, Incident
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import OnCalls, by_level, emails_of
from pd_incident_action.pagerduty.incident_lists import MAX_LISTED, IncidentLists, IncidentQuery
from pd_incident_action.pagerduty.incidents import Incidents
from pd_incident_action.pagerduty.models import OnCall, PagerDutyIncident, Service
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.port import mapping
from pd_incident_action.port.entities import PortEntities
from pd_incident_action.port.jq_mapping import JqMapping
from pd_incident_action.port.mapping import SERVICE_BLUEPRINT, Blueprint

# Properties that an incident or a service can have at one time and not at another.
_CLEARED_OF_INCIDENTS = ("responder", "assignees", "priority")
_CLEARED_OF_SERVICES = ("oncall", "secondaryOncall")
_OF_ON_CALL = (*_CLEARED_OF_SERVICES, "escalationLevels")
Item = TypeVar("Item")
# Ids are part of the URL, which must not become too long.
MAX_IDS = 50
# As many as PagerDuty lists on a page.
_SERVICES_AT_ONCE = 100
# Entities of alerts without a known incident have other identifiers.
_INCIDENT_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")
# What webhooks make of an incident's status, as the documented blueprint has it.
_ALSO_OPEN = ("annotated", "escalated", "reassigned", "reopened")


class EntityBuilder:
    """Builds entities of one blueprint.

    Args:
        expressions: the configuration file's mapping of incidents: jq by property.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        redact: Callable[[Entity], Entity],
        expressions: Mapping[str, str] = MappingProxyType({}),
        find_email: mapping.FindEmail = mapping.unknown_email,
    ) -> None:
        self.blueprint = blueprint
        self._redact = redact
        self._mapping = JqMapping(expressions)
        self._find_email = cache(find_email)
        self._missing: dict[str, None] = {}
        self._problems: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user may want to know: properties that the blueprint lacks, and the like."""
        if not self._missing:
            return tuple(self._problems)
        names = ", ".join(self._missing)
        text = (
            f"Blueprint '{self.blueprint.identifier}' lacks {names}, left out of its entities; add "
            "them to the blueprint to see them in the catalog."
        )
        return (text, *self._problems)

    @property
    def own_properties(self) -> frozenset[str]:
        """The blueprint's properties that nothing else fills."""
        return frozenset(self.blueprint.properties) - Incident("", "", "").properties().keys()

    def build_incident(
        self, incident: PagerDutyIncident, custom_fields: Mapping[str, Any] = MappingProxyType({})
    ) -> Entity:
        """Build an incident's entity."""
        found = replace(incident.to_incident(), custom_fields=custom_fields)
        overrides, problems = self._mapping.evaluate(incident.raw)
        self._problems.update(dict.fromkeys(problems))
        entity = mapping.entity_of_incident(found, self.blueprint.identifier, overrides)
        return self.conform(entity, _CLEARED_OF_INCIDENTS)

    def build_service(self, service: Service, on_calls: Sequence[OnCall] | None) -> Entity:
        """Build a service's entity; None where who is on call isn't to be written."""
        levels = len({one.level for one in on_calls or ()})
        found = service.to_service(emails_of(on_calls or ()), levels)
        entity = mapping.entity_of_service(found, self.blueprint.identifier)
        return self.conform(entity, () if on_calls is None else _CLEARED_OF_SERVICES)

    def conform(self, entity: Entity, cleared: Sequence[str]) -> Entity:
        """Give an entity the blueprint's shape, and clear those properties that it lost since."""
        conforming = mapping.conform_to_blueprint(entity, self.blueprint, self._find_email)
        conformed = conforming.entity
        # Several threads may do this at once: the same names again change nothing.
        self._missing.update(dict.fromkeys(conforming.missing))
        self._problems.update(dict.fromkeys(conforming.unfit))
        schemas, required = self.blueprint.properties, self.blueprint.required
        # Port merges: what isn't named would stay as it was.
        empty: dict[str, list[str] | None] = {
            name: [] if schemas[name].type == "array" else None
            for name in cleared
            if name in schemas and name not in conformed.properties and name not in required
        }
        return self._redact(replace(conformed, properties={**conformed.properties, **empty}))


class IncidentReader:
    """Reads incidents; of open ones also the values of some custom fields.

    Attributes:
        seen: ids of the incidents that were read: all that is kept of them.
        missing: ids of incidents that PagerDuty doesn't have.
    """

    def __init__(
        self, pagerduty: PagerDuty, builder: EntityBuilder, custom_fields: Collection[str] = ()
    ) -> None:
        self._custom_fields = custom_fields
        self._lists = IncidentLists(pagerduty)
        self._incidents = Incidents(pagerduty)
        self._builder = builder
        self.seen: set[str] = set()
        self.missing: list[str] = []

    def plan(self, query: IncidentQuery, created: DateRange) -> list[tuple[IncidentQuery, int]]:
        """Split a query into parts that PagerDuty lists in full; return each with its count."""
        since = created.since
        if since is None:
            count, since = self._lists.count_and_oldest(query)
            if count <= MAX_LISTED and created.until is None:
                return [(query, count)] if count else []
        if since is None or since >= created.end:
            return []
        return list(self._lists.parts(query, Interval(since, created.end)))

    def read(self, part: tuple[IncidentQuery, int]) -> Iterator[Entity]:
        """Read a part as `plan` returned it; raises `ApiError`."""
        query, count = part
        for page in self._lists.pages(query, count):
            for incident in page:
                created, period = parse_iso(incident.created_at), query.period
                # PagerDuty includes a period's end. What moved to another page comes twice.
                is_inside = period is None or created is None or period.contains(created)
                if is_inside and incident.id not in self.seen:
                    self.seen.add(incident.id)
                    yield self._build(incident)

    def look_up(self, ids: Sequence[str]) -> Iterator[Entity]:
        """Read incidents by id; those that don't exist are `missing`. Raises `ApiError`."""
        for identifier in ids:
            incident = find(partial(self._incidents.get, identifier))
            if incident is None:
                self.missing.append(identifier)
            else:
                yield self._build(incident)

    def _build(self, incident: PagerDutyIncident) -> Entity:
        values = {}
        # That takes a request for each.
        if self._custom_fields and incident.is_open:
            found = self._incidents.custom_fields(incident.id)
            values = {one.name: one.value for one in found if one.name in self._custom_fields}
        return self._builder.build_incident(incident, values)


class ServiceReader:
    """Reads services, and who is on call for them."""

    def __init__(
        self, pagerduty: PagerDuty, builder: EntityBuilder, *, services: bool, on_call: bool
    ) -> None:
        self._services = Services(pagerduty)
        self._on_calls = OnCalls(pagerduty)
        self._builder = builder
        self._with_services = services
        self._with_on_call = on_call

    def read(self, service_ids: Sequence[str]) -> Iterator[Entity]:
        """Read some services, or all if there are no ids; raises `ApiError`."""
        services = map(self._services.get, service_ids) if service_ids else self._services.all()
        for some in batched(services, _SERVICES_AT_ONCE):
            on_calls = self._by_policy(some) if self._with_on_call else None
            for one in some:
                on_call = None if on_calls is None else on_calls.get(one.escalation_policy.id, ())
                entity = self._builder.build_service(one, on_call)
                if not self._with_services:
                    kept = {n: v for n, v in entity.properties.items() if n in _OF_ON_CALL}
                    entity = replace(entity, properties=kept)
                yield entity

    def _by_policy(self, services: Sequence[Service]) -> dict[str, tuple[OnCall, ...]]:
        """Return who is on call, by escalation policy."""
        policies = dict.fromkeys(one.escalation_policy.id for one in services)
        found: dict[str, list[OnCall]] = defaultdict(list)
        for ids in batched(filter(None, policies), MAX_IDS):
            for on_call in self._on_calls.find(policies=ids):
                found[on_call.escalation_policy.id].append(on_call)
        return {policy: by_level(on_calls) for policy, on_calls in found.items()}


def find_stale(
    entities: PortEntities,
    blueprint: Blueprint,
    query: IncidentQuery,
    created: DateRange,
    seen: Collection[str],
) -> Iterator[str]:
    """Find entities that should have been among the listed incidents, and weren't.

    Their incidents were resolved meanwhile, belong to another service now, or are gone.

    Yields:
        Identifiers.
    """
    rules: list[dict[str, Any]] = []
    if "status" in blueprint.properties:
        statuses = [*query.statuses, *_ALSO_OPEN]
        rules.append({"property": "status", "operator": "in", "value": statuses})
    relation = blueprint.relation_to(SERVICE_BLUEPRINT)
    for entity in entities.search(rules):
        related = entity.relations.get(relation)
        services = related if isinstance(related, list) else [related]
        if (
            entity.identifier not in seen
            and _INCIDENT_ID.fullmatch(entity.identifier)
            and created.contains(parse_iso(entity.properties.get("created_at")))
            and (not query.service_ids or {*query.service_ids} & {*map(str, services)})
        ):
            yield entity.identifier


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in lists of a size; the last one may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

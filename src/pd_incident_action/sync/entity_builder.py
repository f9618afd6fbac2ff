"""Entities in the shape of their blueprint, emptied of what PagerDuty doesn't have any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.models import PagerDutyIncident, Service
from pd_incident_action.port import mapping
from pd_incident_action.port.jq_mapping import JqMapping
from pd_incident_action.port.models import Blueprint

# Properties that an incident or a service can have at one time and not at another.
_CLEARED_OF_INCIDENTS = ("responder", "assignees", "priority")
_CLEARED_OF_SERVICES = ("oncall",)


class EntityBuilder:
    """Builds entities of one blueprint.

    Args:
        blueprint: their blueprint.
        redact: removes credentials from an entity.
        expressions: the configuration file's mapping of incidents: jq by property.
        find_email: returns a user's e-mail address, or an empty text.

    Attributes:
        blueprint: their blueprint.
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

    def build_incident(self, incident: PagerDutyIncident) -> Entity:
        """Build an incident's entity."""
        entity = mapping.entity_of_incident(incident.to_incident(), self.blueprint.identifier)
        values, problems = self._mapping.evaluate(incident.raw)
        entity = mapping.with_overrides(entity, values)
        self._problems.update(dict.fromkeys(problems))
        return self._conform(entity, _CLEARED_OF_INCIDENTS)

    def build_service(self, service: Service, on_call: Sequence[str] | None) -> Entity:
        """Build a service's entity.

        Args:
            service: the service.
            on_call: addresses of who is on call for it, first level first; None if unknown.
        """
        found = service.to_service(on_call or ())
        entity = mapping.entity_of_service(found, self.blueprint.identifier)
        return self._conform(entity, () if on_call is None else _CLEARED_OF_SERVICES)

    def build_on_call(self, service: Service, on_call: Sequence[str]) -> Entity:
        """Build a service's entity that has nothing but who is on call for it."""
        entity = self.build_service(service, on_call)
        kept = {n: v for n, v in entity.properties.items() if n in _CLEARED_OF_SERVICES}
        return replace(entity, properties=kept)

    def _conform(self, entity: Entity, cleared: Sequence[str]) -> Entity:
        conforming = mapping.conform_to_blueprint(entity, self.blueprint, self._find_email)
        conformed = conforming.entity
        # Several threads may do this at once: the same names again change nothing.
        self._missing.update(dict.fromkeys(conforming.missing))
        self._problems.update(dict.fromkeys(conforming.unfit))
        schemas, required = self.blueprint.properties, self.blueprint.schema_.required
        # Port merges: what isn't named would stay as it was.
        empty: dict[str, list[str] | None] = {
            name: [] if schemas[name].type == "array" else None
            for name in cleared
            if name in schemas and name not in entity.properties and name not in required
        }
        return self._redact(replace(conformed, properties={**conformed.properties, **empty}))

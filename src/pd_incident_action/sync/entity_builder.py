"""Entities as a blueprint wants them, emptied where PagerDuty has nothing any more."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pd_incident_action.pagerduty.models import PagerDutyIncident, Service
from pd_incident_action.port import mapping
from pd_incident_action.port.jq_mapping import evaluate_mapping, merge_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pd_incident_action.models import Entity
    from pd_incident_action.pagerduty.client import Json
    from pd_incident_action.port.models import Blueprint, PropertySchema

# What an incident can have at one time and not at another.
_OF_INCIDENTS = ("responder", "assignees", "priority")
_OF_SERVICES = ("oncall",)


class Shape:
    """Makes entities of one blueprint.

    Args:
        blueprint: as Port shows it.
        redact: takes credentials out of an entity.
        expressions: the configuration file's mapping of incidents: jq by property.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        redact: Callable[[Entity], Entity],
        expressions: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._blueprint = blueprint
        self._scrub = redact
        self._expressions = expressions
        self._lacking: dict[str, None] = {}
        self._problems: dict[str, None] = {}

    @property
    def identifier(self) -> str:
        """The blueprint's identifier."""
        return self._blueprint.identifier

    @property
    def properties(self) -> Mapping[str, PropertySchema]:
        """The properties' schemas by name."""
        return self._blueprint.properties

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user may want to know: properties that the blueprint lacks, and the like."""
        if not self._lacking:
            return tuple(self._problems)
        names = ", ".join(self._lacking)
        what = f"Blueprint '{self.identifier}' lacks {names}, left out of its entities"
        lacks = f"{what}; add them to the blueprint to see them in the catalog."
        return (lacks, *self._problems)

    def relation_to(self, target: str) -> str:
        """Give the name of the relation that leads to another blueprint, or empty."""
        return self._blueprint.relation_to(target)

    def of_incident(self, incident: Json) -> Entity:
        """Make an incident's entity.

        Args:
            incident: as PagerDuty shows it.
        """
        entity = mapping.entity_of_incident(
            PagerDutyIncident.read(incident).to_incident(), self.identifier
        )
        if self._expressions:
            values, problems = evaluate_mapping(incident, self._expressions)
            entity = replace(entity, properties=merge_properties(entity.properties, values))
            self._problems.update(dict.fromkeys(problems))
        return self._fit(entity, _OF_INCIDENTS)

    def of_service(self, service: Json, on_call: Sequence[str] | None) -> Entity:
        """Make a service's entity.

        Args:
            service: as PagerDuty shows it.
            on_call: addresses of who is on call for it, first level first; None where nobody
                looked.
        """
        entity = mapping.entity_of_service(
            Service.read(service).to_service(on_call or ()), self.identifier
        )
        return self._fit(entity, _OF_SERVICES if on_call is not None else ())

    def only_on_call(self, service: Json, on_call: Sequence[str]) -> Entity:
        """Make a service's entity that says nothing but who is on call; as `of_service`."""
        entity = self.of_service(service, on_call)
        return replace(
            entity, properties={n: v for n, v in entity.properties.items() if n in _OF_SERVICES}
        )

    def _fit(self, entity: Entity, may_be_empty: Sequence[str]) -> Entity:
        fitted, left_out = mapping.conform_to_blueprint(entity, self._blueprint)
        # Threads may do this side by side: the same names again change nothing.
        self._lacking.update(dict.fromkeys(left_out))
        required = self._blueprint.schema_.required
        # Port merges: what isn't named would stay as it was.
        empty: dict[str, list[str] | None] = {
            name: [] if self.properties[name].type == "array" else None
            for name in may_be_empty
            if name in self.properties and name not in entity.properties and name not in required
        }
        return self._scrub(replace(fitted, properties={**fitted.properties, **empty}))

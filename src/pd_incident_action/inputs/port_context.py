"""Port's action context: the run, the entity that the action was run on, and who ran it.

It is passed on in many forms: ``port_context`` with ``{"blueprint", "entity", "run_id",
"relations"}``, the older ``port_payload`` with ``{"context": {"runId", …}, "payload": {…}}``, with
whole objects where identifiers are expected, and JSON inside JSON.
https://docs.port.io/actions-and-automations/create-self-service-experiences/setup-the-backend/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pd_incident_action.text import parse_strict_json, try_json

from .values import is_absent, join_names, names_in


class PortContext(NamedTuple):
    """Port's action context; what is unknown is empty.

    Attributes:
        relations: the entity's relations: name to identifier, list of them, or None.
        properties: what the user filled in, where Port sent its whole payload.
    """

    run_id: str = ""
    entity: str = ""
    blueprint: str = ""
    relations: Mapping[str, Any] = MappingProxyType({})
    properties: Mapping[str, Any] = MappingProxyType({})
    requester: str = ""

    @property
    def service(self) -> str:
        """The entity itself if it is a PagerDuty service, or else those that it relates to."""
        return self._resources("service")

    @property
    def schedule(self) -> str:
        """The same for a schedule."""
        return self._resources("schedule")

    @property
    def incident(self) -> str:
        """The entity, unless it is known to be a service."""
        return "" if self.service_entity else self.entity

    @property
    def service_entity(self) -> str:
        """The entity, if it is known to be a service."""
        return self.entity if is_service_blueprint(self.blueprint) else ""

    def _resources(self, kind: str) -> str:
        if self.entity and _is_named(self.blueprint, kind):
            return self.entity
        related = [value for name, value in self.relations.items() if _is_named(name, kind)]
        names = (name for value in related for name in names_in(value))
        return join_names(tuple(dict.fromkeys(names)))


def is_service_blueprint(name: str) -> bool:
    """Return whether a blueprint is PagerDuty's services, by its name."""
    return _is_named(name, "service")


def _is_named(name: str, kind: str) -> bool:
    """Return whether a blueprint or a relation is named like such a resource of PagerDuty's.

    Any spelling will do, and the plural as well.
    """
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s") == f"pagerduty{kind}"


def parse(text: str) -> dict[str, Any]:
    """Parse ``port_context`` or ``port_payload``; JSON inside a JSON string is unwrapped once.

    Raises:
        ValueError: it isn't a JSON object; the message is the predicate of a sentence.
    """
    try:
        value = parse_strict_json(text)
        value = parse_strict_json(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(
            "is not valid JSON; pass Port's context as it is, for instance through toJSON()"
        ) from error
    if isinstance(value, dict):
        return value
    raise ValueError("must be a JSON object")


def read(document: Mapping[str, Any]) -> PortContext:
    """Read a parsed ``port_context`` or ``port_payload`` in any of the forms in use."""
    context = as_object(document.get("context"))
    payload = as_object(document.get("payload"))
    trigger = as_object(document.get("trigger"))
    places = (document, context, payload)
    entities = [place.get("entity") for place in places]
    return PortContext(
        run_id=_first(
            place.get(name) for place in places for name in ("run_id", "runId", "port_run_id")
        )
        or _first([as_object(document.get("run")).get("id")]),
        entity=_first(map(_identifier, entities)),
        blueprint=_first(
            _identifier(value)
            for value in (
                *(place.get("blueprint") for place in places),
                *(as_object(entity).get("blueprint") for entity in entities),
            )
        ),
        relations=_relations([*places, *map(as_object, entities)]),
        properties=as_object(payload.get("properties")) or as_object(document.get("properties")),
        requester=_first([as_object(as_object(trigger.get("by")).get("user")).get("email")]),
    )


def merge(first: PortContext, second: PortContext) -> PortContext:
    """Fill what is empty in the first context from the second."""
    return PortContext._make(a or b for a, b in zip(first, second, strict=True))


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object, given as such or as JSON; an empty one for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = try_json(value)
    return value if isinstance(value, Mapping) else {}


def _identifier(value: object) -> str:
    whole = as_object(value)
    return _text(whole.get("identifier") if whole else value)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and not is_absent(value) else ""


def _first(values: Iterable[object]) -> str:
    return next((text for text in map(_text, values) if text), "")


def _relations(places: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((found for p in places if (found := as_object(p.get("relations")))), {})

"""Port's account: blueprints, entities and runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import count

from . import rules
from .blueprints import (
    complete,
    documented_incident_blueprint,
    incident_io_blueprint,
    service_blueprint,
)
from .runs import Run
from .things import Json, RefusedError, invalid, missing

_SERVICES = {"PSVC001": "Checkout", "PSVC002": "Payments", "PSVC003": "Database"}


@dataclass(frozen=True)
class Writing:
    """How an entity is to be written: the endpoint's query parameters.

    Attributes:
        upsert: whether it may exist already.
        merge: whether what is there stays where nothing else is given.
        create_missing: whether entities that it relates to are made where they are missing.
        validation_only: whether it is only checked.
    """

    upsert: bool = False
    merge: bool = False
    create_missing: bool = False
    validation_only: bool = False


class PortState:
    """Everything the account holds; the lock guards all of it.

    Attributes:
        blueprints: blueprints by identifier.
        entities: entities by blueprint and identifier.
        runs: runs by id.
        tokens: access tokens that haven't expired.
        ended_status: status with which changes to an ended run are refused: 409 or 422.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Go back to the account as it was at the start."""
        with self.lock:
            blueprints = (
                service_blueprint(),
                documented_incident_blueprint(),
                incident_io_blueprint(),
            )
            self.blueprints: dict[str, Json] = {b["identifier"]: b for b in blueprints}
            self.entities: dict[str, dict[str, Json]] = {name: {} for name in self.blueprints}
            self.runs: dict[str, Run] = {}
            self.tokens: set[str] = set()
            self.ended_status = 422
            self._token_number = count(1)
            self._run_number = count(1)
            for identifier, title in _SERVICES.items():
                properties = {"status": "active"}
                entity = {"identifier": identifier, "title": title, "properties": properties}
                self.write("pagerdutyService", entity, Writing(upsert=True))

    def start_run(self, run_id: str | None = None) -> str:
        """Start a run, as a click in Port does.

        Args:
            run_id: its id, ``r_…`` or ``wfnr_…``; made up where it isn't given.

        Returns:
            The id.
        """
        with self.lock:
            identifier = run_id or f"r_simulated{next(self._run_number):04d}"
            self.runs[identifier] = Run(identifier)
            return identifier

    def sign_in(self) -> str:
        """Give the access token: the same one until it expires."""
        with self.lock:
            if not self.tokens:
                self.tokens.add(f"port-access-token-{next(self._token_number)}")
            return next(iter(self.tokens))

    def expire_tokens(self) -> None:
        """Let every access token expire."""
        with self.lock:
            self.tokens.clear()

    def run(self, identifier: str, *, changing: bool = False) -> Run:
        """Find a run, and refuse to change one that has ended."""
        if identifier not in self.runs:
            raise missing("Action run", identifier)
        run = self.runs[identifier]
        if changing and run.ended:
            message = f'Action run "{identifier}" has already ended'
            raise RefusedError(self.ended_status, "run_ended", message)
        return run

    def blueprint(self, identifier: str) -> Json:
        """Find a blueprint."""
        if identifier not in self.blueprints:
            raise missing("Blueprint", identifier)
        return self.blueprints[identifier]

    def entity(self, blueprint: str, identifier: str) -> Json:
        """Find an entity."""
        self.blueprint(blueprint)
        found = self.entities.get(blueprint, {}).get(identifier)
        if found is None:
            raise missing("Entity", identifier)
        return found

    def write(self, blueprint: str, wanted: Json, how: Writing) -> Json:
        """Create an entity, replace it, or merge into it.

        Args:
            blueprint: the blueprint's identifier.
            wanted: the entity, or the part of it that is to change.
            how: see `Writing`.

        Returns:
            The entity as it is then.

        Raises:
            RefusedError: it doesn't fit the blueprint, or exists although it mustn't.
        """
        schema = self.blueprint(blueprint)
        known = self.entities.setdefault(blueprint, {})
        identifier = rules.check_identifier(wanted.get("identifier"))
        if identifier in known and not how.upsert:
            raise RefusedError(409, "identifier_taken", f'Entity "{identifier}" already exists')
        rules.check_title(wanted.get("title"))
        rules.check_properties(schema, wanted.get("properties") or {})
        targets = rules.targets_of(schema, wanted.get("relations") or {})
        absent = [(kind, one) for kind, one in targets if one not in self.entities.get(kind, {})]
        if absent and not how.create_missing:
            raise missing(f"Related entity of blueprint {absent[0][0]}", absent[0][1])
        entity = _merged(known.get(identifier) if how.merge else None, wanted)
        rules.check_complete(schema, entity)
        if not how.validation_only:
            known[identifier] = entity
            for kind, one in absent:
                self.entities.setdefault(kind, {})[one] = _merged(None, {"identifier": one})
        return entity

    def define(self, blueprint: Json, *, is_new: bool) -> Json:
        """Add a blueprint, or replace one."""
        identifier = blueprint.get("identifier")
        if not isinstance(identifier, str) or not isinstance(blueprint.get("schema"), dict):
            raise invalid("A blueprint needs identifier and schema")
        if is_new and identifier in self.blueprints:
            raise RefusedError(409, "identifier_taken", f'Blueprint "{identifier}" already exists')
        old = self.blueprints.get(identifier)
        self.blueprints[identifier] = complete(blueprint, old)
        self.entities.setdefault(identifier, {})
        return self.blueprints[identifier]


def _merged(old: Json | None, wanted: Json) -> Json:
    old = old or {}
    return {
        "identifier": wanted["identifier"],
        "title": wanted.get("title") or old.get("title") or wanted["identifier"],
        "properties": {**old.get("properties", {}), **(wanted.get("properties") or {})},
        "relations": {**old.get("relations", {}), **(wanted.get("relations") or {})},
    }

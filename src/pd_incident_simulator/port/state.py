"""Port's account: blueprints, entities and runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import count

from . import rules
from .blueprints import (
    complete,
    documented_incident_blueprint,
    incident_io_blueprint,
    service_blueprint,
)
from .dependents import dependents_of, forget
from .runs import Run
from .things import Json, RefusedError, invalid, missing
from .writing import API, Writing, Written, merged

_SERVICES = {"PSVC001": "Checkout", "PSVC002": "Payments", "PSVC003": "Database"}


class PortState:
    """Everything the account holds; the lock guards all of it.

    Attributes:
        blueprints: blueprints by identifier.
        entities: entities by blueprint and identifier.
        runs: runs by id.
        tokens: access tokens that haven't expired.
        actions: self-service actions and automations by identifier.
        webhooks: webhooks by identifier.
        audit: what became of entities, and who did it, in order.
        mapping_failures: what webhooks were sent but couldn't be made entities of, in words.
        events_seen: key of the webhook and identifier of each event, where webhooks ask for that.
        rate_limit: how many requests are allowed in how many seconds, or None for any number.
        ended_status: status with which changes to an ended run are refused: 409 or 422.
        ingest_url: where webhooks listen.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.ingest_url = "https://ingest.port.io"
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
            self.actions: dict[str, Json] = {}
            self.webhooks: dict[str, Json] = {}
            self.audit: list[Written] = []
            self.mapping_failures: list[str] = []
            self.events_seen: set[tuple[str, str]] = set()
            self.rate_limit: tuple[int, float] | None = None
            self.tokens: set[str] = set()
            self.ended_status = 422
            self._token_number = count(1)
            self._run_number = count(1)
            self._webhook_number = count(1)
            for identifier, title in _SERVICES.items():
                properties = {"status": "active"}
                entity = {"identifier": identifier, "title": title, "properties": properties}
                self.write("pagerdutyService", entity, Writing(upsert=True))
            self.audit.clear()

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

    def next_webhook_key(self) -> str:
        """Make the key that stands in a webhook's address."""
        return f"simulatedkey{next(self._webhook_number):04d}"

    def blueprint(self, identifier: str) -> Json:
        """Find a blueprint."""
        return _found("Blueprint", identifier, self.blueprints)

    def action(self, identifier: str) -> Json:
        """Find a self-service action or automation."""
        return _found("Action", identifier, self.actions)

    def webhook(self, identifier: str) -> Json:
        """Find a webhook."""
        return _found("Webhook", identifier, self.webhooks)

    def entity(self, blueprint: str, identifier: str) -> Json:
        """Find an entity."""
        self.blueprint(blueprint)
        return _found("Entity", identifier, self.entities.get(blueprint, {}))

    def write(self, blueprint: str, wanted: Json, how: Writing, *, by: str = API) -> Json:
        """Create an entity, replace it, or merge into it.

        Args:
            blueprint: the blueprint's identifier.
            wanted: the entity, or the part of it that is to change.
            how: see `Writing`.
            by: who writes: a run's id, a webhook's identifier, or the API.

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
        entity = merged(known.get(identifier) if how.merge else None, wanted)
        rules.check_complete(schema, entity)
        if not how.validation_only:
            change = "UPDATE" if identifier in known else "CREATE"
            known[identifier] = entity
            self.audit.append(Written(blueprint, identifier, change, by))
            for kind, one in absent:
                self.entities.setdefault(kind, {})[one] = merged(None, {"identifier": one})
                self.audit.append(Written(kind, one, "CREATE", by))
        return entity

    def remove(
        self, blueprint: str, identifier: str, *, dependents: bool = False, by: str = API
    ) -> None:
        """Delete an entity, and what relates to it or only the relations to it.

        Args:
            blueprint: the blueprint's identifier.
            identifier: the entity's identifier.
            dependents: whether entities that can't be without it are deleted, too.
            by: who deletes.

        Raises:
            RefusedError: there are such entities, and they aren't to be deleted.
        """
        self.entity(blueprint, identifier)
        needing = dependents_of(self.blueprints, self.entities, (blueprint, identifier))
        if needing and not dependents:
            raise invalid(f'Entity "{identifier}" has dependents: {needing[0][1]}')
        del self.entities[blueprint][identifier]
        self.audit.append(Written(blueprint, identifier, "DELETE", by))
        for kind, one in needing:
            if one in self.entities[kind]:
                self.remove(kind, one, dependents=True, by=by)
        forget(self.blueprints, self.entities, (blueprint, identifier))

    def define(self, blueprint: Json, *, is_new: bool) -> Json:
        """Add a blueprint, or replace one."""
        identifier = blueprint.get("identifier")
        if not isinstance(identifier, str) or not isinstance(blueprint.get("schema"), dict):
            raise invalid("A blueprint needs identifier and schema")
        rules.check_blueprint(blueprint, {*self.blueprints, identifier})
        if is_new and identifier in self.blueprints:
            raise RefusedError(409, "identifier_taken", f'Blueprint "{identifier}" already exists')
        old = self.blueprints.get(identifier)
        self.blueprints[identifier] = complete(blueprint, old)
        self.entities.setdefault(identifier, {})
        return self.blueprints[identifier]


def _found(kind: str, identifier: str, known: Mapping[str, Json]) -> Json:
    if identifier not in known:
        raise missing(kind, identifier)
    return known[identifier]

"""Port's account: blueprints, entities and action runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

CLIENT_ID = "port-client-id"
CLIENT_SECRET = "port-client-secret"  # noqa: S105 - opens nothing but the simulator
_IDENTIFIER = re.compile(r"(?!\.{1,2}$)[\w@.+:\\/=-]{1,1000}", re.ASCII)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


class RefusedError(Exception):
    """Port says no.

    Args:
        status: HTTP status.
        error: Port's name of the error.
        message: its words.
    """

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


@dataclass
class Run:
    """An action's run, or a workflow's node run.

    Attributes:
        id: ``r_…`` or ``wfnr_…``.
        status: IN_PROGRESS until it ends.
        status_label: a few words beside the status.
        link: pages to look at.
        summary: what came of it.
        logs: the log's lines, as they came.
        ended: whether it can still change.
    """

    id: str
    status: str = "IN_PROGRESS"
    status_label: str = ""
    link: list[str] = field(default_factory=list)
    summary: str = ""
    logs: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it has ended, after which it can't change."""
        return self.status != "IN_PROGRESS"


class PortState:
    """Everything the account holds; the lock guards all of it.

    Attributes:
        ended_status: status with which changes to an ended run are refused: 409 or 422.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.blueprints: dict[str, Json] = {
            blueprint["identifier"]: blueprint
            for blueprint in (service_blueprint(), documented_incident_blueprint())
        }
        self.entities: dict[str, dict[str, Json]] = {name: {} for name in self.blueprints}
        self.runs: dict[str, Run] = {}
        self.ended_status = 422
        self.tokens: set[str] = set()
        self._token_number = count(1)
        self._run_number = count(1)
        self._log_number = count(1)
        for identifier, title in _SERVICES.items():
            entity = {"identifier": identifier, "title": title, "properties": {"status": "active"}}
            self.upsert("pagerdutyService", entity, upsert=True, merge=True)

    def start_run(self, run_id: str | None = None) -> str:
        """Start a run, as a click in Port does.

        Args:
            run_id: its id; made up where it isn't given.

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
            raise RefusedError(404, "not_found", f'Action run with id "{identifier}" was not found')
        run = self.runs[identifier]
        if changing and run.ended:
            message = f'Action run with id "{identifier}" has already ended'
            raise RefusedError(self.ended_status, "run_ended", message)
        return run

    def next_log_id(self) -> str:
        """Make an id for a log line."""
        return f"log_{next(self._log_number)}"

    def blueprint(self, identifier: str) -> Json:
        """Find a blueprint."""
        if identifier not in self.blueprints:
            message = f'Blueprint with identifier "{identifier}" was not found'
            raise RefusedError(404, "not_found", message)
        return self.blueprints[identifier]

    def upsert(  # noqa: PLR0913 - the endpoint's own parameters
        self,
        blueprint: str,
        wanted: Json,
        *,
        upsert: bool = False,
        merge: bool = False,
        create_missing: bool = False,
        validation_only: bool = False,
    ) -> Json:
        """Create an entity, replace it, or merge into it."""
        schema = self.blueprint(blueprint)
        with self.lock:
            known = self.entities.setdefault(blueprint, {})
            identifier = str(wanted.get("identifier") or "")
            if not _IDENTIFIER.fullmatch(identifier):
                raise _invalid(f"identifier {identifier!r} is not valid")
            if identifier in known and not upsert:
                message = f'Entity "{identifier}" already exists'
                raise RefusedError(409, "identifier_taken", message)
            _check_properties(schema, wanted.get("properties") or {})
            self._check_relations(
                schema, wanted.get("relations") or {}, create_missing=create_missing
            )
            entity = _merged(known.get(identifier) if merge else None, wanted)
            if not validation_only:
                known[identifier] = entity
            return entity

    def _check_relations(
        self, schema: Json, relations: Mapping[str, Any], *, create_missing: bool
    ) -> None:
        for name, value in relations.items():
            relation = (schema.get("relations") or {}).get(name)
            if relation is None:
                raise _invalid(f'"relations" must NOT have additional property "{name}"')
            if value is not None and relation.get("many", False) != isinstance(value, list):
                raise _invalid(f'relation "{name}" has the wrong number of targets')
            targets = value if isinstance(value, list) else [value] if value else []
            for target in targets:
                self._check_target(relation["target"], target, create_missing=create_missing)

    def _check_target(self, blueprint: str, target: str, *, create_missing: bool) -> None:
        known = self.entities.setdefault(blueprint, {})
        if target in known:
            return
        if not create_missing:
            message = f'Entity "{target}" of blueprint "{blueprint}" was not found'
            raise RefusedError(404, "not_found", message)
        known[target] = _merged(None, {"identifier": target, "title": target})


_SERVICES = {"PSVC001": "Checkout", "PSVC002": "Payments", "PSVC003": "Database"}


def service_blueprint() -> Json:
    """Make the blueprint of services."""
    properties = {
        "status": {"title": "Status", "type": "string"},
        "url": {"title": "URL", "type": "string", "format": "url"},
        "oncall": {"title": "On Call", "type": "string", "format": "user"},
    }
    return _blueprint("pagerdutyService", "PagerDuty Service", properties, {})


def documented_incident_blueprint() -> Json:
    """Make the blueprint of incidents that Port's documentation has people create."""
    properties = _common_incident_properties() | {
        "responder": {"title": "Assignee", "type": "string"},
    }
    return _incident_blueprint(properties, many=True)


def integration_incident_blueprint() -> Json:
    """Make the blueprint of incidents that Port's own integration installs."""
    properties = _common_incident_properties() | {
        "assignees": {"title": "Assignees", "type": "array", "items": {"type": "string"}},
        "priority": {"title": "Priority", "type": "string"},
        "description": {"title": "Description", "type": "string"},
    }
    return _incident_blueprint(properties, many=False)


def _common_incident_properties() -> Json:
    statuses = [
        "triggered",
        "annotated",
        "acknowledged",
        "reassigned",
        "escalated",
        "reopened",
        "resolved",
    ]
    return {
        "status": {"title": "Incident Status", "type": "string", "enum": statuses},
        "url": {"title": "Incident URL", "type": "string", "format": "url"},
        "urgency": {"title": "Incident Urgency", "type": "string", "enum": ["high", "low"]},
        "escalation_policy": {"title": "Escalation Policy", "type": "string"},
        "created_at": {"title": "Create At", "type": "string", "format": "date-time"},
        "updated_at": {"title": "Updated At", "type": "string", "format": "date-time"},
    }


def _incident_blueprint(properties: Json, *, many: bool) -> Json:
    relation = {"title": "Service", "target": "pagerdutyService", "required": False, "many": many}
    relations = {"pagerdutyService": relation}
    return _blueprint("pagerdutyIncident", "PagerDuty Incident", properties, relations)


def _blueprint(identifier: str, title: str, properties: Json, relations: Json) -> Json:
    now = _now()
    return {
        "identifier": identifier,
        "title": title,
        "icon": "pagerduty",
        "schema": {"properties": properties, "required": []},
        "mirrorProperties": {},
        "calculationProperties": {},
        "aggregationProperties": {},
        "relations": relations,
        "createdAt": now,
        "createdBy": "simulator",
        "updatedAt": now,
        "updatedBy": "simulator",
    }


def _check_properties(schema: Json, properties: Mapping[str, Any]) -> None:
    known = schema["schema"]["properties"]
    for name, value in properties.items():
        if name not in known:
            raise _invalid(f'"properties" must NOT have additional property "{name}"')
        if value is not None:
            _check_value(name, value, known[name])


def _check_value(name: str, value: object, schema: Json) -> None:
    kind = schema.get("type", "string")
    if not isinstance(value, _TYPES[kind]):
        raise _invalid(f'"properties/{name}" must be {kind}')
    if "enum" in schema and value not in schema["enum"]:
        raise _invalid(f'"properties/{name}" must be equal to one of the allowed values')
    if schema.get("format") == "url" and urlsplit(str(value)).scheme not in {"http", "https"}:
        raise _invalid(f'"properties/{name}" must match format "url"')
    if schema.get("format") == "date-time" and not _is_time(str(value)):
        raise _invalid(f'"properties/{name}" must match format "date-time"')


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _invalid(message: str) -> RefusedError:
    return RefusedError(422, "invalid_request", message)


def _merged(old: Json | None, wanted: Json) -> Json:
    old = old or {}
    return {
        "identifier": wanted["identifier"],
        "title": wanted.get("title") or old.get("title") or wanted["identifier"],
        "properties": {**old.get("properties", {}), **(wanted.get("properties") or {})},
        "relations": {**old.get("relations", {}), **(wanted.get("relations") or {})},
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

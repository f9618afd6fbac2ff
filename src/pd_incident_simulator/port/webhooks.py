"""Webhooks: what Port accepts as one, and the host that they are sent to.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
from collections.abc import Mapping

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .entities import WriteOptions, delete, write
from .objects import ApiError, Json, identifier_taken, invalid, not_found, with_metadata
from .schema import Schema, check_choice
from .state import PortState

_PATH = "/v1/webhooks/{webhook}"
_MAX_LENGTH = {"identifier": 30, "title": 30, "description": 200}
_TEXT = (str, type(None))
_CREATE = {"type": "create"}
_WEBHOOK = Schema(
    {"title": str, "enabled": bool},
    {
        "identifier": str,
        "description": str,
        "icon": str,
        "integrationType": str,
        "security": dict,
        "mappings": list,
    },
)
_SECURITY = Schema(
    {},
    {
        "secret": _TEXT,
        "signatureHeaderName": _TEXT,
        "signatureAlgorithm": _TEXT,
        "signaturePrefix": _TEXT,
        "requestIdentifierPath": _TEXT,
    },
)
_MAPPING = Schema(
    {"blueprint": str, "entity": dict},
    {"filter": str, "operation": dict},
)
_ENTITY = Schema(
    {"identifier": str},
    {"title": str, "icon": str, "team": str, "properties": dict, "relations": dict},
)

routes = routing.Routes[PortState]()
_ingest_routes = routing.Routes[PortState]()


class IngestApi(routing.Api[PortState]):
    """What listens at webhooks' URLs."""

    name = "ingest"

    def __init__(self, state: PortState) -> None:
        super().__init__(state, _ingest_routes)

    def handle(self, request: Request) -> Reply:
        """Handle a request; errors have Port's format."""
        with self.state.lock:
            try:
                return super().handle(request)
            except ApiError as error:
                return Reply(error.status, error.body())


@routes("POST", "/v1/webhooks")
def create_webhook(state: PortState, request: Request) -> Reply:
    """Create a webhook."""
    return Reply(201, {"ok": True, "integration": _define(state, request.json)})


@routes("GET", _PATH)
def get_webhook(state: PortState, request: Request) -> Reply:
    """Return a webhook."""
    webhook = state.webhook(request.path_params["webhook"])
    return Reply(200, {"ok": True, "integration": webhook})


@routes("PUT", _PATH)
def replace_webhook(state: PortState, request: Request) -> Reply:
    """Replace a webhook, which keeps its URL."""
    old = state.webhook(request.path_params["webhook"])
    return Reply(200, {"ok": True, "integration": _define(state, request.json, old)})


@_ingest_routes("POST", "/{webhook_key}")
def receive(state: PortState, request: Request) -> Reply:
    """Receive an event; the reply doesn't show which mappings fail."""
    key = request.path_params["webhook_key"]
    webhook = next((one for one in state.webhooks.values() if one["webhookKey"] == key), None)
    if webhook is None or not webhook["enabled"]:
        raise not_found("Webhook", key)
    _check_signature(webhook["security"], request.headers, request.body)
    if request.json is None:
        raise invalid("The body must be JSON")
    event = {"body": request.json, "headers": dict(request.headers)}
    if not _is_repeated(state, webhook, event):
        for mapping in webhook["mappings"]:
            _map(state, webhook["identifier"], mapping, event)
    return Reply(202, {"ok": True})


def evaluate(expression: str, data: object) -> object:
    """Return the first value that an expression yields, None if there is none.

    Raises:
        ApiError: the expression is wrong, doesn't suit the data, or the package jq isn't installed.
    """
    try:
        # Nothing else of the simulator needs it.
        jq = importlib.import_module("jq")
        values: list[object] = jq.compile(expression).input_value(data).all()
    except (ImportError, ValueError) as error:
        raise invalid(f"jq expression {expression!r}: {error}") from error
    return values[0] if values else None


def _define(state: PortState, body: Json, old: Json | None = None) -> Json:
    """Create a webhook, or replace one, which keeps its URL."""
    _check(state, body)
    key = old["webhookKey"] if old else state.next_webhook_key()
    identifier = body.get("identifier") or (old["identifier"] if old else f"webhook_{key}")
    if identifier in state.webhooks and (old is None or old["identifier"] != identifier):
        raise identifier_taken("Webhook", identifier)
    if old:
        del state.webhooks[old["identifier"]]
    webhook = {
        "integrationType": "custom",
        "security": {},
        "mappings": [],
        **body,
        "identifier": identifier,
        "id": f"wh_{key}",
        "webhookKey": key,
        "url": f"{state.ingest_url}/{key}",
    }
    state.webhooks[identifier] = with_metadata(webhook, old)
    return state.webhooks[identifier]


def _check(state: PortState, body: Json) -> None:
    _WEBHOOK.check("body", body)
    for name, length in _MAX_LENGTH.items():
        if len(body.get(name, "")) > length:
            raise invalid(f"body/{name} must NOT have more than {length} characters")
    check_choice("body/integrationType", body.get("integrationType", "custom"), ("custom",))
    security = _SECURITY.check("body/security", body.get("security", {}))
    algorithm = security.get("signatureAlgorithm") or "sha256"
    check_choice("body/security/signatureAlgorithm", algorithm, ("sha256",))
    for number, mapping in enumerate(body.get("mappings", [])):
        where = f"body/mappings/{number}"
        _MAPPING.check(where, mapping)
        kind = mapping.get("operation", _CREATE).get("type")
        check_choice(f"{where}/operation", kind, ("create", "delete"))
        _ENTITY.check(f"{where}/entity", mapping["entity"])
        state.blueprint(mapping["blueprint"])


def _check_signature(security: Json, headers: Mapping[str, str], body: bytes) -> None:
    """Reject what isn't signed with the webhook's secret; any of several signatures will do."""
    secret = security.get("secret")
    if not secret:
        return
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    expected = f"{security.get('signaturePrefix') or ''}{digest}".encode()
    header = headers.get((security.get("signatureHeaderName") or "").lower(), "")
    signatures = [one.strip().encode() for one in header.split(",")]
    if not any(hmac.compare_digest(one, expected) for one in signatures):
        raise ApiError(401, "invalid_signature", "The webhook's signature is not valid")


def _is_repeated(state: PortState, webhook: Json, event: Json) -> bool:
    """Return whether an event was received before, if the webhook identifies its events."""
    path = webhook["security"].get("requestIdentifierPath")
    identifier = evaluate(path, event) if path else None
    if identifier is None:
        return False
    seen = (webhook["webhookKey"], str(identifier))
    is_repeated = seen in state.seen_events
    state.seen_events.add(seen)
    return is_repeated


def _map(state: PortState, webhook: str, mapping: Json, data: Json) -> None:
    """Write or delete the entity that a mapping makes of an event; record what fails."""
    blueprint, template = mapping["blueprint"], mapping["entity"]
    try:
        if "filter" in mapping and evaluate(mapping["filter"], data) is not True:
            return
        identifier = evaluate(template["identifier"], data)
        if not isinstance(identifier, str) or not identifier:
            raise invalid(f"{template['identifier']} gives no identifier")
        if mapping.get("operation", _CREATE)["type"] == "delete":
            if identifier in state.entities.get(blueprint, {}):
                delete(state, blueprint, identifier)
            return
        entity = {
            "identifier": identifier,
            "title": evaluate(template["title"], data) if "title" in template else None,
            "properties": _evaluated(template.get("properties", {}), data),
            "relations": _evaluated(template.get("relations", {}), data),
        }
        write(state, blueprint, entity, WriteOptions(upsert=True, merge=True))
    except ApiError as error:
        state.mapping_failures.append(f"{webhook}: {error}")


def _evaluated(expressions: Json, data: Json) -> Json:
    if not all(isinstance(expression, str) for expression in expressions.values()):
        raise invalid("Relations by search aren't simulated: use jq expressions")
    return {name: evaluate(expression, data) for name, expression in expressions.items()}

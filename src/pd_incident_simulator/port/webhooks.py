"""Webhooks: what Port takes as one, and what it does with what is sent to it.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .mapping import Mapped, mapped
from .shapes import Shape, one_of
from .signatures import ALGORITHMS
from .things import Json, RefusedError, invalid, now
from .writing import Writing

if TYPE_CHECKING:
    from .state import PortState

_WEBHOOK = Shape(
    {
        "identifier": str,
        "title": str,
        "description": str,
        "icon": str,
        "enabled": bool,
        "integrationType": str,
        "security": dict,
        "mappings": list,
    },
    required=("title", "enabled"),
)
_TEXT = (str, type(None))
_SECURITY = Shape(
    {
        "secret": _TEXT,
        "signatureHeaderName": _TEXT,
        "signatureAlgorithm": _TEXT,
        "signaturePrefix": _TEXT,
        "requestIdentifierPath": _TEXT,
    }
)
_MAPPING = Shape(
    {
        "blueprint": str,
        "filter": str,
        "itemsToParse": str,
        "operation": (str, dict),
        "entity": dict,
    },
    required=("blueprint", "entity"),
)
_ENTITY = Shape(
    {
        "identifier": str,
        "title": str,
        "icon": str,
        "team": str,
        "properties": dict,
        "relations": dict,
    },
    required=("identifier",),
)
_LONGEST = {"identifier": 30, "title": 30, "description": 200}


def define(state: PortState, wanted: Json, old: Json | None = None) -> Json:
    """Add a webhook, or replace one, which keeps its address.

    Args:
        state: the account.
        wanted: the request's body.
        old: what it takes the place of.

    Returns:
        The webhook with its key and address.

    Raises:
        RefusedError: it has the wrong shape, maps to a blueprint that doesn't exist, or its
            identifier is taken.
    """
    _check(state, wanted)
    key = old["webhookKey"] if old else state.next_webhook_key()
    identifier = wanted.get("identifier") or (old["identifier"] if old else f"webhook_{key}")
    if identifier in state.webhooks and (old is None or old["identifier"] != identifier):
        raise RefusedError(409, "identifier_taken", f'Webhook "{identifier}" already exists')
    at = now()
    made = {name: old[name] for name in ("createdAt", "createdBy", "id")} if old else {}
    stamps = {"createdAt": at, "createdBy": "simulator", "updatedAt": at, "updatedBy": "simulator"}
    place = {"id": f"wh_{key}", "webhookKey": key, "url": f"{state.ingest_url}/{key}"}
    usual = {"integrationType": "custom", "security": {}, "mappings": []}
    if old:
        del state.webhooks[old["identifier"]]
    webhook = {**usual, **wanted, "identifier": identifier, **place, **stamps, **made}
    state.webhooks[identifier] = webhook
    return webhook


def take(state: PortState, webhook: Json, event: Json) -> None:
    """Do to the entities what a webhook's mappings make of an event.

    What can't be done is noted in the account's ``mapping_failures``: the sender isn't told.

    Args:
        state: the account.
        webhook: the webhook that it was sent to.
        event: ``body``, ``headers`` and ``queryParams``.

    Raises:
        RefusedError: jq expressions can't be evaluated at all.
    """
    for mapping in webhook["mappings"]:
        for one in mapped(mapping, event):
            try:
                _apply(state, webhook["identifier"], one)
            except RefusedError as refusal:
                state.mapping_failures.append(f"{webhook['identifier']}: {refusal.message}")


def _apply(state: PortState, webhook: str, one: Mapped) -> None:
    if one.failure is not None:
        raise one.failure
    if not one.delete:
        state.write(one.blueprint, one.entity, Writing(upsert=True, merge=True), by=webhook)
    elif one.entity["identifier"] in state.entities.get(one.blueprint, {}):
        identifier = one.entity["identifier"]
        state.remove(one.blueprint, identifier, dependents=one.dependents, by=webhook)


def _check(state: PortState, wanted: Json) -> None:
    _WEBHOOK.check("body", wanted)
    for name, length in _LONGEST.items():
        if len(wanted.get(name, "")) > length:
            raise invalid(f"body/{name} must NOT have more than {length} characters")
    one_of("body/integrationType", wanted.get("integrationType", "custom"), ("custom", "template"))
    security = _SECURITY.check("body/security", wanted.get("security", {}))
    if security.get("signatureAlgorithm") is not None:
        one_of("body/security/signatureAlgorithm", security["signatureAlgorithm"], ALGORITHMS)
    for number, mapping in enumerate(wanted.get("mappings", [])):
        _check_mapping(state, f"body/mappings/{number}", mapping)


def _check_mapping(state: PortState, where: str, mapping: object) -> None:
    checked = _MAPPING.check(where, mapping)
    operation = checked.get("operation", "create")
    kind = operation.get("type") if isinstance(operation, dict) else operation
    one_of(f"{where}/operation", kind, ("create", "delete"))
    _ENTITY.check(f"{where}/entity", checked["entity"])
    state.blueprint(checked["blueprint"])

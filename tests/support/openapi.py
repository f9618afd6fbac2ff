"""Checks requests and responses against the APIs' OpenAPI descriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pd_incident_simulator import Exchange, Simulator

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
_FINE: set[str] = set()
_FILES = {
    "pagerduty": ("pagerduty-rest.json", ""),
    "events": ("pagerduty-events-v2.json", "/v2"),
    "port": ("port.json", ""),
    "incident-io": ("incident-io.json", ""),
    "github": ("github-rest.json", ""),
}


# What GitHub has and its description here hasn't.
_NOT_DESCRIBED = re.compile(r"/repos/[^/]+/[^/]+/check-runs/\d+/annotations")


@dataclass(frozen=True)
class Operation:
    """An endpoint's description, and the values of its path parameters in a request."""

    definition: Mapping[str, Any]
    parameters: Mapping[str, str]


class Contract:
    """One API's description.

    Args:
        document: the parsed OpenAPI document.
        prefix: what paths begin with beyond those of the document.
    """

    def __init__(self, document: dict[str, Any], prefix: str = "") -> None:
        self._document = _corrected(document)
        self._components = self._document["components"]
        self._components_included = _with_whole_objects(self._components)
        self._prefix = prefix

    def find(self, method: str, path: str) -> Operation | None:
        """Find the endpoint of a request; literal paths come before patterns."""
        path = path.removeprefix(self._prefix)
        for template in sorted(self._document["paths"], key=lambda t: t.count("{")):
            names = re.findall(r"\{(\w+)\}", template)
            match = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
            if match and method.lower() in self._document["paths"][template]:
                values = map(unquote, match.groups())
                definition = self._document["paths"][template][method.lower()]
                return Operation(definition, dict(zip(names, values, strict=True)))
        return None

    def request_problems(self, operation: Operation, exchange: Exchange) -> list[str]:
        """List what is wrong with a request."""
        problems = self._parameter_problems(operation, exchange)
        body = self._resolve(operation.definition.get("requestBody") or {})
        content = body.get("content", {}).get("application/json")
        if content is None:
            return problems + (["has a body, but takes none"] if exchange.body else [])
        if exchange.headers.get("content-type") != "application/json":
            problems.append("Content-Type is not application/json")
        return problems + self._schema_problems(content["schema"], exchange.json, "request")

    def response_problems(self, operation: Operation, exchange: Exchange) -> list[str]:
        """List what is wrong with a response."""
        responses = operation.definition["responses"]
        status = str(exchange.status)
        known = next(
            (responses[s] for s in (status, f"{status[0]}XX", "default") if s in responses), None
        )
        if known is None:
            # Of some endpoints Port describes refusals alone.
            is_described = any(described.startswith("2") for described in responses)
            return [f"status {status} is not described"] if is_described else []
        content = self._resolve(known).get("content", {}).get("application/json")
        if content is None or "schema" not in content:
            return []
        body = json.loads(exchange.response_body)
        includes = "include[]" in exchange.query
        components = self._components_included if includes else self._components
        return self._schema_problems(content["schema"], body, "response", components)

    def _parameter_problems(self, operation: Operation, exchange: Exchange) -> list[str]:
        described = [self._resolve(p) for p in operation.definition.get("parameters", [])]
        given = {
            "query": exchange.query,
            "header": {name: [value] for name, value in exchange.headers.items()},
            "path": {name: [value] for name, value in operation.parameters.items()},
        }
        problems = []
        for parameter in described:
            place, name = parameter["in"], parameter["name"]
            key = name.lower() if place == "header" else name
            values = given.get(place, {}).get(key)
            if values is None:
                # A From header isn't needed with a user's own key, nor Content-Type without a body.
                if parameter.get("required") and name not in {"From", "Content-Type"}:
                    problems.append(f"{place} parameter {name} is missing")
                continue
            problems += self._value_problems(parameter, values)
        known = {parameter["name"] for parameter in described if parameter["in"] == "query"}
        nested = {p["name"] for p in described if _is_object(p)}
        return problems + [
            f"unknown query parameter {name}"
            for name in exchange.query
            if name not in known and name.partition("[")[0] not in nested
        ]

    def _value_problems(self, parameter: Mapping[str, Any], values: list[str]) -> list[str]:
        schema = self._resolve(parameter.get("schema", {}))
        typed = [_typed(value, schema) for value in values]
        value = typed if schema.get("type") == "array" else typed[0]
        return self._schema_problems(schema, value, f"parameter {parameter['name']}")

    def _schema_problems(
        self,
        schema: Mapping[str, Any],
        value: object,
        what: str,
        components: Mapping[str, Any] | None = None,
    ) -> list[str]:
        whole = {**schema, "components": components or self._components}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        return [
            f"{what} at {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]

    def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node


def _corrected(document: dict[str, Any]) -> dict[str, Any]:
    """Correct what contradicts itself or the API in the descriptions.

    PagerDuty's alternatives overlap, so that correct responses match more than one of them; its
    incidents' details are text in all of its examples; one log entry has two names; the values of
    custom fields, which can be null, are described as objects that hold them; and the list of a
    schedule's overrides is described as if it created something.
    """
    text = json.dumps(document).replace('"oneOf":', '"anyOf":').replace("/oneOf/", "/anyOf/")
    corrected: dict[str, Any] = json.loads(text)
    schemas = corrected["components"].get("schemas", {})
    if "IncidentBody" in schemas:
        schemas["IncidentBody"]["properties"]["details"] = {"type": "string"}
    if "AcknowledgeLogEntry" in schemas:
        kinds = schemas["AcknowledgeLogEntry"]["allOf"][1]["properties"]["type"]["enum"]
        kinds.append("acknowledge_log_entry")
    if "CustomFieldsFieldValue" in schemas:
        value = schemas["CustomFieldsFieldValue"]["properties"]["value"]
        value["anyOf"] = [choice["properties"]["value"] for choice in value["anyOf"]]
        value["anyOf"][0]["type"] = ["boolean", "null"]
    listing = corrected["paths"].get("/schedules/{id}/overrides", {}).get("get")
    if listing is not None:
        listing["responses"]["200"] = listing["responses"].pop("201")
    return corrected


def _with_whole_objects(components: Mapping[str, Any]) -> dict[str, Any]:
    """Allow whole objects instead of references, as ``include[]`` asks; only types differ."""
    text = re.sub(
        r'"enum": \[[^\]]*\]',
        lambda kinds: re.sub(r'"(\w+)_reference"', r'"\1_reference", "\1"', kinds[0]),
        json.dumps(components),
    )
    whole: dict[str, Any] = json.loads(text)
    return whole


def _is_object(parameter: Mapping[str, Any]) -> bool:
    """Return whether a parameter is written as ``name[member]=value``."""
    return bool(parameter.get("schema", {}).get("type") == "object")


def _typed(value: str, schema: Mapping[str, Any]) -> object:
    kind = schema.get("type")
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    if kind in ("integer", "number") and value.isdigit():
        return int(value)
    return value


@cache
def contract(api: str) -> Contract:
    """Load an API's contract."""
    name, prefix = _FILES[api]
    return Contract(json.loads((FOLDER / name).read_text(encoding="utf-8")), prefix)


@contextmanager
def simulated() -> Iterator[Simulator]:
    """Simulate all the APIs; what was said to them has to fit their descriptions."""
    with Simulator() as simulator:
        yield simulator
        exchanges = simulator.exchanges
    if FOLDER.is_dir():
        assert [problem for exchange in exchanges for problem in problems(exchange)] == []


def problems_of_body(path: str, body: dict[str, Any]) -> list[str]:
    """List what is wrong with the body of a request by which Port creates something."""
    if not FOLDER.is_dir():
        pytest.skip(f"the API descriptions are not in {FOLDER}")
    return problems(
        Exchange(
            api="port",
            method="POST",
            path=path,
            query={},
            headers={"content-type": "application/json"},
            body=json.dumps(body).encode(),
            arrived=0,
            connection=1,
            status=400,
            response_headers={},
            response_body=b"",
        )
    )


def problems(exchange: Exchange) -> list[str]:
    """List what is wrong with an exchange, on either side.

    A fault's reply isn't the simulator's own and isn't checked. PagerDuty's identity service and
    the hosts of webhooks have no description. Of exchanges that differ in digits alone, as times
    and ids do, one is looked at.
    """
    shape = f"{exchange.status} " + re.sub(r"\d+", "0", repr(exchange))
    if exchange.api not in _FILES or _NOT_DESCRIBED.fullmatch(exchange.path) or shape in _FINE:
        return []
    listed = _problems(exchange)
    if not listed:
        _FINE.add(shape)
    return listed


def _problems(exchange: Exchange) -> list[str]:
    found = contract(exchange.api).find(exchange.method, exchange.path)
    where = f"{exchange.method} {exchange.path} → {exchange.status}"
    if found is None:
        return [f"{where}: no such endpoint"]
    listed = contract(exchange.api).request_problems(found, exchange)
    if exchange.fault is None and exchange.status < 400:
        listed += contract(exchange.api).response_problems(found, exchange)
    return [f"{where}: {problem}" for problem in listed]

"""The inputs under ``with:``, as the runner passes them. Imports nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_PREFIX = "INPUT_"


def read_given(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs under ``with:`` by their names in lower case."""
    prefixed = ((n[len(_PREFIX) :], v) for n, v in environment.items() if n.startswith(_PREFIX))
    return {name.lower(): value for name, value in prefixed}


def normalize_name(name: str) -> str:
    """Fold all spellings of a name into one: ``port_run_id``, ``port-run-id``, ``portRunId``."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Fold names and convert values to text; blank ones, which would hide others, are left out."""
    texts = ((normalize_name(name), _as_text(value)) for name, value in values.items())
    return {name: text for name, text in texts if text.strip()}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)

"""The inputs under ``with:``, as the runner passes them. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import is_absent, to_text

_PREFIX = "INPUT_"


def read_given(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs under ``with:`` that mean something, by their names in lower case."""
    prefixed = ((n[len(_PREFIX) :], v) for n, v in environment.items() if n.startswith(_PREFIX))
    return {name.lower(): value for name, value in prefixed if not is_absent(value)}


def normalize_name(name: str) -> str:
    """Fold all spellings of a name into one: ``port_run_id``, ``port-run-id``, ``portRunId``."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Fold names and convert values to text; those that mean nothing would hide others."""
    texts = ((normalize_name(name), to_text(value)) for name, value in values.items())
    return {name: text for name, text in texts if text}

"""jq expressions, the language of Port's mappings.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/
"""

from __future__ import annotations

import importlib
from types import ModuleType

from .things import RefusedError, invalid


def evaluate(expression: str, data: object) -> object:
    """Evaluate an expression.

    Args:
        expression: in jq's language.
        data: the JSON value that it starts from.

    Returns:
        The first value that comes out, None where nothing does.

    Raises:
        RefusedError: the expression is wrong, doesn't go with the data, or the package jq isn't
            installed.
    """
    try:
        values: list[object] = _jq().compile(expression).input_value(data).all()
    except ValueError as error:
        raise invalid(f"jq expression {expression!r}: {error}") from error
    return values[0] if values else None


def _jq() -> ModuleType:
    """Load the package jq, which nothing else of the simulator needs."""
    try:
        return importlib.import_module("jq")
    except ImportError as error:
        words = "Evaluating jq expressions needs the Python package jq: python -m pip install jq"
        raise RefusedError(501, "jq_missing", words) from error

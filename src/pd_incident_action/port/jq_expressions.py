"""jq expressions of the configuration file; jq is only loaded where there are any.

https://jqlang.org/manual/
"""

from __future__ import annotations

import importlib
from typing import Any


def check(expression: str) -> str:
    """Refuse an expression that can't be compiled.

    Args:
        expression: in jq's language.

    Returns:
        The expression.

    Raises:
        ValueError: jq doesn't understand it; where jq isn't installed, nobody can tell.
    """
    try:
        importlib.import_module("jq").compile(expression)
    except ImportError:
        return expression
    except ValueError as error:
        msg = f"must be a jq expression: {_first_line(error)}"
        raise ValueError(msg) from error
    return expression


def evaluate(expression: str, data: object) -> Any:  # noqa: ANN401 - whatever comes out
    """Evaluate an expression.

    Args:
        expression: in jq's language.
        data: the JSON value that it starts from.

    Returns:
        The first value that comes out, or None where nothing does.

    Raises:
        ValueError: it doesn't go with the data, or jq isn't installed.
    """
    try:
        program = importlib.import_module("jq").compile(expression)
        return next(iter(program.input_value(data)), None)
    except ImportError as error:
        msg = "the Python package jq is not installed"
        raise ValueError(msg) from error
    except ValueError as error:
        raise ValueError(_first_line(error)) from error


def _first_line(error: ValueError) -> str:
    line = str(error).strip().partition("\n")[0]
    return line.removeprefix("jq: error: ").rstrip(":")

"""JSON from outside, nested no deeper than whatever reads, copies and writes it can stand."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 100


def parse(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON.

    Raises:
        ValueError: it isn't JSON (NaN and infinities, which Python reads, aren't either), or is
            nested too deeply.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_parse_float)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    level = _containers([value])
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return value
        level = [child for parent in level for child in _containers(parent)]
    raise ValueError("it is nested too deeply")


def _containers(parent: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    """Return the objects and lists that are directly in another one."""
    children = parent.values() if isinstance(parent, dict) else parent
    return [child for child in children if isinstance(child, (dict, list))]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number

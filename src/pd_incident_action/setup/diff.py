"""What is different between what Port has and what it should have, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pd_incident_action.text import shorten

_MOST_CHARACTERS = 100
_ABSENT: Any = None


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """List what changes from one JSON object to another.

    Args:
        old: what is there.
        new: what is wanted.

    Returns:
        ``+ path: value`` for what is added, ``- path: value`` for what goes, and
        ``~ path: old → new``; what is empty counts as not there.
    """
    return tuple(_lines("", without_empty(old), without_empty(new)))


def without_empty(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out members without a value, which Port shows or hides as it likes.

    Args:
        value: any JSON.

    Returns:
        The same without members that are null or empty, at every depth.
    """
    if isinstance(value, Mapping):
        kept = {name: without_empty(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, "", [], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def _lines(path: str, old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            place = f"{path}.{name}" if path else name
            yield from _lines(place, old.get(name, _ABSENT), new.get(name, _ABSENT))
    elif old == new:
        return
    elif old is _ABSENT:
        yield f"+ {path}: {_shown(new)}"
    elif new is _ABSENT:
        yield f"- {path}: {_shown(old)}"
    else:
        yield f"~ {path}: {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(text, _MOST_CHARACTERS)

"""Outputs in JSON, which GitHub would otherwise cut in the middle.

https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions#jobsjob_idoutputs
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pd_incident_action.text import shorten

# GitHub takes 1 MB, and counts two bytes for a character, or four for an emoji.
_MAX_BYTES = 900_000
_LONG_TEXT = 10_000


def to_json(name: str, value: object) -> tuple[str, str]:
    """Write a value as JSON, in whole or without the last items of its lists.

    Args:
        name: the output's name.
        value: any JSON value; what is shortened are its list, or its members that are lists.

    Returns:
        The JSON, and a warning where something was left out, or an empty text.
    """
    text = _write(value)
    if _size(text) <= _MAX_BYTES:
        return text, ""
    kept, counts = _without_last_items(name, value)
    text, limit = _write(kept), _LONG_TEXT
    while _size(text) > _MAX_BYTES and limit:
        # One item is too long by itself.
        text, limit = _write(_shorten_texts(kept, limit)), limit // 2
    if _size(text) > _MAX_BYTES:
        return "null", f"Output '{name}' was longer than GitHub takes and is left out."
    has = ", ".join(f"{count} of {total} {of}" for of, (count, total) in counts.items())
    shortened = "long texts in it were shortened" if limit < _LONG_TEXT else ""
    what = " and ".join(filter(None, (has and f"it has only {has}", shortened)))
    return text, f"Output '{name}' was longer than GitHub takes: {what}."


def _without_last_items(name: str, value: object) -> tuple[object, dict[str, tuple[int, int]]]:
    """Shorten the longest list until the value fits, but leave an item in each.

    Returns:
        The value, and for each list that was shortened how many items it has of how many.
    """
    members = value if isinstance(value, dict) else {name: value}
    lists = {of: list(items) for of, items in members.items() if isinstance(items, list)}
    sizes = {of: [_size(_write(item)) + 2 for item in items] for of, items in lists.items()}
    totals = {of: sum(one) for of, one in sizes.items()}
    excess = _size(_write(value)) - _MAX_BYTES
    while excess > 0 and (longest := max(_shortenable(sizes), key=totals.__getitem__, default="")):
        removed = sizes[longest].pop()
        totals[longest] -= removed
        excess -= removed
    kept = {of: items[: len(sizes[of])] for of, items in lists.items()}
    counts = {
        of: (len(items), len(lists[of]))
        for of, items in kept.items()
        if len(items) < len(lists[of])
    }
    shortened = {**members, **kept}
    return shortened if isinstance(value, dict) else shortened[name], counts


def _shortenable(sizes: dict[str, list[int]]) -> Iterator[str]:
    return (of for of, items in sizes.items() if len(items) > 1)


def _shorten_texts(value: object, limit: int) -> object:
    if isinstance(value, str):
        return shorten(value, limit)
    if isinstance(value, list):
        return [_shorten_texts(item, limit) for item in value]
    if isinstance(value, dict):
        return {key: _shorten_texts(item, limit) for key, item in value.items()}
    return value


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "replace"))

"""How people, templates and Port write inputs: names, nothing, one value, several.

Imports nothing heavy: `main` reads the inputs under ``with:`` before all else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pd_incident_action.text import try_json

# What templates leave behind where there is nothing; "none" in lower case is one of our own values.
_ABSENT = re.compile(r"""\s*(null|None|undefined|(["'])\s*\2|\[\s*\]|\{\s*\})?\s*""")
_NAMES = ("identifier", "id", "title")
_PREFIX = "INPUT_"


def is_absent(text: str) -> bool:
    """Return whether a text means that nothing is given."""
    return _ABSENT.fullmatch(text) is not None


def to_text(value: object) -> str:
    """Return a JSON value as the text of an input; empty where it means nothing."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return "" if is_absent(text) else text


def parse_json(text: str) -> object:
    """Return a JSON list or object; None for any other text."""
    if not text.lstrip().startswith(("[", "{")):
        return None
    value = try_json(text)
    return value if isinstance(value, list | dict) else None


def names_in(value: object) -> tuple[str, ...]:
    """Return the names or ids that a JSON value stands for, as Port and people write them.

    That is a text, an object with an ``identifier``, ``id`` or ``title``, a list of those, or
    either of them as JSON in a text. Each name counts once, in whatever case it is written.
    """
    parsed = parse_json(value) if isinstance(value, str) else None
    whole = value if parsed is None else parsed
    unique: dict[str, str] = {}
    for name in filter(None, map(_name, whole if isinstance(whole, list) else [whole])):
        unique.setdefault(name.casefold(), name)
    return tuple(unique.values())


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        value = next(filter(to_text, map(value.get, _NAMES)), None)
    return to_text(value).strip()


def split_names(text: str) -> tuple[str, ...]:
    """Split names separated by commas or line breaks, or in a JSON list."""
    return names_in(text if parse_json(text) is not None else re.split(r"[,\r\n]", text))


def join_names(names: tuple[str, ...]) -> str:
    """Write names so that `split_names` finds them again."""
    return json.dumps(names) if any("," in name for name in names) else ", ".join(names)


def read_given(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs under ``with:`` that mean something, by their names in lower case."""
    prefixed = ((n[len(_PREFIX) :], v) for n, v in environment.items() if n.startswith(_PREFIX))
    return {name.lower(): value for name, value in prefixed if not is_absent(value)}


def normalize_name(name: str) -> str:
    """Fold all spellings of a name into one: ``port_run_id``, ``port-run-id``, ``portRunId``."""
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()


def public_name(field_name: str) -> str:
    """Return a field's name as users write it: ``from`` of ``from_``, hyphens for underscores."""
    return field_name.rstrip("_").replace("_", "-")


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Fold names and convert values to text; those that mean nothing would hide others."""
    texts = ((normalize_name(name), to_text(value)) for name, value in values.items())
    return {name: text for name, text in texts if text}

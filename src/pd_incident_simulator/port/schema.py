"""Rejecting objects that lack a member, have an unknown one, or one of a wrong type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .objects import Json, invalid

Types = type | tuple[type, ...]
_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    dict: "object",
    list: "array",
    type(None): "null",
}


@dataclass(frozen=True)
class Schema:
    """The members of an object, with their types."""

    required: Mapping[str, Types]
    optional: Mapping[str, Types] = field(default_factory=dict)

    def check(self, where: str, value: object) -> Json:
        """Return an object that matches, or reject it.

        Args:
            where: what to call it, such as ``body/trigger``.
            value: what was sent.
        """
        if not isinstance(value, dict):
            raise invalid(f"{where} must be object")
        for name in self.required:
            if name not in value:
                raise invalid(f"{where} must have required property '{name}'")
        members = {**self.required, **self.optional}
        for name, member in value.items():
            if name not in members:
                raise invalid(f"{where} must NOT have additional property '{name}'")
            _check_type(f"{where}/{name}", member, members[name])
        return value


def check_choice(where: str, value: object, choices: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return a value that is one of some words, or reject it."""
    if not isinstance(value, str) or value not in choices:
        raise invalid(f"{where} must be equal to one of the allowed values: {', '.join(choices)}")
    return value


def _check_type(where: str, value: object, types: Types) -> None:
    if not isinstance(value, types):
        accepted = types if isinstance(types, tuple) else (types,)
        raise invalid(f"{where} must be {' or '.join(_NAMES[kind] for kind in accepted)}")

"""Refusing what doesn't have the shape that Port's API describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .things import Json, invalid

Kinds = type | tuple[type, ...]
_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    dict: "object",
    list: "array",
    int: "number",
    float: "number",
    type(None): "null",
}


@dataclass(frozen=True)
class Shape:
    """What an object may and must have.

    Attributes:
        members: the types of each member it may have.
        required: names of the members that it must have.
    """

    members: Mapping[str, Kinds]
    required: tuple[str, ...] = ()

    def check(self, where: str, value: object) -> Json:
        """Refuse what doesn't have this shape.

        Args:
            where: what to call it, such as ``body/trigger``.
            value: what was sent.

        Returns:
            The object.

        Raises:
            RefusedError: it isn't an object, lacks a member, has one too many, or one of a wrong
                type.
        """
        if not isinstance(value, dict):
            raise invalid(f"{where} must be object")
        for name in self.required:
            if name not in value:
                raise invalid(f"{where} must have required property '{name}'")
        for name, member in value.items():
            if name not in self.members:
                raise invalid(f"{where} must NOT have additional property '{name}'")
            _check_type(f"{where}/{name}", member, self.members[name])
        return value


def one_of(where: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse what isn't one of some words.

    Raises:
        RefusedError: it isn't.
    """
    if value not in choices:
        raise invalid(f"{where} must be equal to one of the allowed values: {', '.join(choices)}")


def _check_type(where: str, value: object, kinds: Kinds) -> None:
    if not isinstance(value, kinds):
        accepted = kinds if isinstance(kinds, tuple) else (kinds,)
        raise invalid(f"{where} must be {' or '.join(_NAMES[kind] for kind in accepted)}")

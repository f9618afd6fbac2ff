"""What is wrong with an input, in words that help to put it right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pd_incident_action.errors import InputProblem
from pd_incident_action.text import nearest, shorten

from .fields import InputSpec

_FIXED = {"missing": "is missing", "too_short": "must name at least one"}
_BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
    "too_long": ("must name at most", "max_length"),
}
_SHOWN_CHARACTERS = 50


def public_name(field_name: str) -> str:
    """Return a field's name as users write it: ``from`` of ``from_``, hyphens for underscores."""
    return field_name.rstrip("_").replace("_", "-")


def unknown_choice(name: str, given: str, known: Sequence[str], where: str = "") -> InputProblem:
    """Return the problem of a value that is none of those that an input may have."""
    near = nearest(given, known)
    hint = f". Did you mean '{near}'?" if near else ""
    shown = shorten(given, _SHOWN_CHARACTERS)
    return InputProblem(name, f"must be one of {', '.join(known)}{where}, not '{shown}'{hint}")


def from_pydantic(model: type[BaseModel], detail: ErrorDetails) -> InputProblem:
    """Return one of pydantic's errors in terms of the inputs."""
    if not detail["loc"]:
        return InputProblem("", _plain(detail["msg"]))
    name = str(detail["loc"][0])
    info = model.model_fields[name]
    spec = next(item for item in info.metadata if isinstance(item, InputSpec))
    problem = _problem(detail, info)
    return InputProblem(public_name(name), problem, spec.example, spec.decoration)


def _problem(detail: ErrorDetails, info: FieldInfo) -> str:
    kind, given = detail["type"], f", not '{shorten(str(detail['input']), _SHOWN_CHARACTERS)}'"
    if kind == "literal_error":
        return f"must be one of {', '.join(choices(info))}{given}"
    if kind.startswith("bool_"):
        return f"must be true or false{given}"
    if kind.startswith("int_"):
        return f"must be a whole number{given}"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"{words} {detail['ctx'][bound]}"
    return _FIXED.get(kind) or _plain(detail["msg"])


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def choices(info: FieldInfo) -> tuple[str, ...]:
    """List the values that a field of fixed choices takes; empty where any text does."""
    return tuple(dict.fromkeys(_literals(info.annotation)))


def _literals(annotation: object) -> Iterator[str]:
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)

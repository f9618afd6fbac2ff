"""What is wrong with an input, in words that help to put it right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from pd_incident_action.errors import InputProblem

from .fields import InputSpec

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_WORDS = {"missing": "is missing", "too_short": "must name at least one"}
_BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
    "too_long": ("must name at most", "max_length"),
}


def public_name(field_name: str) -> str:
    """Give a model field's name as users write it.

    Args:
        field_name: for example ``from_`` or ``escalation_policy``.

    Returns:
        For example ``from`` or ``escalation-policy``.
    """
    return field_name.rstrip("_").replace("_", "-")


def from_pydantic(model: type[BaseModel], detail: ErrorDetails) -> InputProblem:
    """Turn one of pydantic's errors into a problem that users understand.

    Args:
        model: `Settings` or an operation's request.
        detail: the error.

    Returns:
        The problem about the input.
    """
    name = str(detail["loc"][0]) if detail["loc"] else ""
    if not name:
        return InputProblem("inputs", _plain(detail["msg"]))
    info = model.model_fields[name]
    offered = next(item for item in info.metadata if isinstance(item, InputSpec))
    return InputProblem(public_name(name), _problem(detail, info), offered.example)


def _problem(detail: ErrorDetails, info: FieldInfo) -> str:
    kind = detail["type"]
    if kind == "literal_error":
        return f"must be one of {', '.join(choices(info))}"
    if kind.startswith("bool_"):
        return "must be true or false"
    if kind.startswith("int_"):
        return "must be a whole number"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"{words} {detail['ctx'][bound]}"
    return _WORDS.get(kind) or _plain(detail["msg"])


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def choices(info: FieldInfo) -> tuple[str, ...]:
    """List the values that a field of fixed choices takes.

    Args:
        info: pydantic's field.

    Returns:
        The choices, or nothing where any text does.
    """
    return tuple(dict.fromkeys(_literals(info.annotation)))


def _literals(annotation: object) -> Iterator[str]:
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)

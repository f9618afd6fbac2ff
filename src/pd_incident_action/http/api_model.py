"""Models of APIs' responses: lenient, since an odd response must never undo a page."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Item = TypeVar("Item")


def _text(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if isinstance(value, str) else str(value) if is_number else ""


def _whole_number(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except (OverflowError, ValueError):
        return None


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _members(value: object) -> dict[object, object]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[object]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
"""A text; a number becomes one, null and anything else an empty one."""

WholeNumber = Annotated[int | None, BeforeValidator(_whole_number)]
"""A whole number, or None for whatever isn't one."""

Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
"""True where the API says so."""

Items = Annotated[tuple[Item, ...], BeforeValidator(_objects)]
"""A list of objects; anything else in it is left out."""

Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
"""A list of texts; anything else in it is left out."""

Members = Annotated[dict[str, Item], BeforeValidator(_members)]
"""The members of an object that may have any; empty for anything else."""


def nested(name: str = "", *path: str | int) -> Any:  # noqa: ANN401 - the type of whichever member it is for
    """Declare a member that is an object, or one that is within another object, at a path.

    Where it is missing, its type makes the best of an empty object. An instance as the default
    would have its model built when the module is imported.
    """
    alias = AliasPath(name, *path) if name else None
    return Field(default={}, validate_default=True, validation_alias=alias)


class ApiModel(BaseModel):
    """An object as an API shows it.

    Members that are missing, null or of another type have their default.

    Attributes:
        raw: the object as it came, for outputs and expressions of the user's.
    """

    # Built when the first of them is read: to build all models would hold up the page for 20 ms.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    raw: dict[str, Any] = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_raw(cls, value: object) -> object:
        if isinstance(value, cls):
            return value
        return {**value, "raw": value} if isinstance(value, dict) else {}

    @classmethod
    def read(cls, value: object) -> Self:
        """Read an API's object; anything else becomes an empty one."""
        return cls.model_validate(value)

    @classmethod
    def read_all(cls, values: object) -> list[Self]:
        """Read a list of an API's objects, leaving out whatever isn't one."""
        return [cls.read(one) for one in _objects(values)]

"""The inputs of all operations, seen as one list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pd_incident_action import operations
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import CONTEXT_INPUTS, described
from pd_incident_action.inputs.validation_errors import choices
from pd_incident_action.operations.base import Operation
from pd_incident_action.reporting.outputs import DESCRIPTIONS

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from pd_incident_action.inputs.fields import InputSpec


@dataclass(frozen=True)
class Offered:
    """An input as it is offered to users.

    Attributes:
        name: public name.
        input: how it is offered.
        required: whether somebody has to give it, one way or another.
        choices: the values it takes, or nothing where any text does.
        default: its fixed default, or empty.
        used_by: the operations that use it; nothing means all of them.
    """

    name: str
    input: InputSpec
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    used_by: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it takes a whole number."""
        return self.input.example.isdigit()


def all_operations() -> list[type[Operation]]:
    """Import every operation, each provider's in the order of their names."""
    return [
        operations.load(name, provider)
        for provider in operations.providers()
        for name in operations.names(provider)
    ]


def label(operation: type[Operation]) -> str:
    """Name an operation in texts that are about all of them."""
    where = " with incident.io" if operation.provider == "incident-io" else ""
    return f"{operation.name}{where}"


def all_outputs() -> dict[str, str]:
    """List the common outputs and those of single operations, with their meanings."""
    own: dict[str, dict[str, list[str]]] = {}
    for operation in all_operations():
        for name, meaning in operation.outputs.items():
            own.setdefault(name, {}).setdefault(meaning, []).append(label(operation))
    return DESCRIPTIONS | {
        name: " ".join(f"{meaning} For {', '.join(who)}." for meaning, who in meanings.items())
        for name, meanings in own.items()
    }


def inputs_of(model: type[BaseModel], used_by: tuple[str, ...] = ()) -> list[Offered]:
    """List a model's inputs.

    Args:
        model: `Settings` or an operation's request.
        used_by: the operations that use the model.

    Returns:
        Its inputs, in the order of definition.
    """
    return [_offered(name, info, offered, used_by) for name, info, offered in described(model)]


def shared_inputs() -> list[Offered]:
    """List the inputs that every operation shares."""
    known = ", ".join(f"`{name}`" for name in operations.names())
    context = [Offered(name, offered) for name, offered in CONTEXT_INPUTS.items()]
    settings = inputs_of(Settings)
    operation = settings[0]
    named = operation.input.help.replace("{operations}", known)
    first = Offered("operation", _with_help(operation.input, named), default=operation.default)
    return [first, *context, *settings[1:]]


def own_inputs() -> dict[str, list[Offered]]:
    """List each input that belongs to some operations, by name and operation."""
    found: dict[str, list[Offered]] = {}
    for operation in all_operations():
        for offered in inputs_of(operation.Inputs, (label(operation),)):
            found.setdefault(offered.name, []).append(offered)
    return found


def _offered(name: str, info: FieldInfo, offered: InputSpec, used_by: tuple[str, ...]) -> Offered:
    default = "" if info.is_required() or info.default is None else str(info.default)
    return Offered(name, offered, info.is_required(), choices(info), default, used_by)


def _with_help(offered: InputSpec, text: str) -> InputSpec:
    return replace(offered, help=text)

"""The inputs and outputs of all operations, as one list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pd_incident_action import providers
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import CONTEXT_INPUTS, choices, input_specs
from pd_incident_action.inputs.values import public_name
from pd_incident_action.operations.base import Group, Operation
from pd_incident_action.reporting.outputs import DESCRIPTIONS

ADVANCED = "Advanced"
_WORDS = {"sla": "SLA", "html": "HTML", "url": "URL", "id": "ID"}
_SHARED = {
    "Everybody": (
        "operation",
        "pagerduty-token",
        "routing-key",
        "from",
        "port-client-id",
        "port-client-secret",
        "config",
        "dry-run",
    ),
    "By account": (
        "pagerduty-region",
        "port-region",
        "provider",
        "incident-io-token",
        "pagerduty-client-id",
        "pagerduty-client-secret",
        "pagerduty-subdomain",
    ),
    "What Port shows": (
        "blueprint",
        "catalog-errors",
        "create-missing-related",
        "report-status",
        "port-context",
        "port-payload",
        "port-run-id",
    ),
}


@dataclass(frozen=True)
class ActionInput:
    """An input of the action.

    Attributes:
        name: as users write it.
        spec: its description.
        required: whether it must have a value, wherever that comes from.
        choices: the values it takes, or takes several of; none where it takes any text.
        default: its fixed default, or empty.
        used_by: the operations that use it; none means all of them.
        is_switch: whether it is just true or false.
        is_list: whether it takes several values.
    """

    name: str
    spec: InputSpec
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    used_by: tuple[str, ...] = ()
    is_switch: bool = False
    is_list: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it takes a whole number."""
        return self.spec.example.isdigit()

    @property
    def form_name(self) -> str:
        """Its name in workflow_dispatch and in Port, which take no hyphens."""
        return self.name.replace("-", "_")

    @property
    def must_be_filled_in(self) -> bool:
        """Whether nothing else provides it if the user doesn't."""
        return self.required and not self.spec.origin


def all_operations() -> list[type[Operation]]:
    """Import every operation, by provider and name."""
    return [
        provider.load_operation(name)
        for provider in providers.find_all()
        for name in provider.operation_names()
    ]


def operations_by_group() -> dict[str, list[type[Operation]]]:
    """Group the operations by whom they are for."""
    every = all_operations()
    return {group: [one for one in every if one.group == group] for group in get_args(Group)}


def label(operation: type[Operation]) -> str:
    """Return an operation's name in texts about the operations of all providers."""
    if operation.provider == providers.DEFAULT:
        return operation.name
    return f"{operation.name} with {providers.find(operation.provider).title}"


def title(operation: type[Operation]) -> str:
    """Return the name of an operation's Port action and of its workflow."""
    name = " ".join(map(title_word, operation.name.split("-")))
    if operation.name == "trigger":
        return f"{name} Alert"
    takes_one = operation.name == "create" or "incident" in operation.Inputs.model_fields
    is_verb = "-" not in operation.name and operation.name != "note"
    if operation.provider != providers.DEFAULT:
        return f"{name} in {providers.find(operation.provider).title}"
    return f"{name} Incident" if takes_one and is_verb else name


def title_word(word: str) -> str:
    """Return a word of a name as a title has it."""
    return _WORDS.get(word, word.capitalize())


def all_outputs() -> dict[str, str]:
    """Return the descriptions of the common outputs and of single operations' by name."""
    own: dict[str, dict[str, list[str]]] = {}
    for operation in all_operations():
        for name, text in operation.outputs.items():
            own.setdefault(name, {}).setdefault(text, []).append(label(operation))
    return DESCRIPTIONS | {
        name: " ".join(f"{text} For {', '.join(users)}." for text, users in texts.items())
        for name, texts in own.items()
    }


def inputs_of(model: type[BaseModel], used_by: tuple[str, ...] = ()) -> list[ActionInput]:
    """List the inputs of `Settings` or of an operation's `Inputs`, advanced ones last."""
    listed = sorted(input_specs(model), key=lambda one: one[2].advanced)
    return [
        _input(public_name(name), info, spec, used_by)
        for name, info, spec in listed
        if not spec.hidden
    ]


def shared_inputs() -> list[ActionInput]:
    """List the inputs that every operation has, in the order of `shared_groups`."""
    return [one for inputs in shared_groups().values() for one in inputs]


def shared_groups() -> dict[str, list[ActionInput]]:
    """Group the inputs that every operation has by who needs them."""
    settings = [one for each in providers.find_all() for one in inputs_of(each.settings)]
    context = [ActionInput(name, spec) for name, spec in CONTEXT_INPUTS.items()]
    left = {one.name: one for one in (*map(_fill_in, inputs_of(Settings)), *context, *settings)}
    groups = {title: [left.pop(name) for name in names] for title, names in _SHARED.items()}
    return groups | {ADVANCED: list(left.values())}


def own_groups() -> dict[str, dict[str, list[ActionInput]]]:
    """Group the inputs of single operations by the first group that needs them.

    Returns:
        By group and name, what each operation of any group says of the input.
    """
    found: dict[str, dict[str, list[ActionInput]]] = {group: {} for group in get_args(Group)}
    for name, variants in own_inputs().items():
        group = {label(one): one.group for one in all_operations()}[variants[0].used_by[0]]
        found[group][name] = variants
    return found


def _fill_in(given: ActionInput) -> ActionInput:
    """Replace placeholders in an input's texts."""
    blueprints = {one.entity_blueprint: None for one in all_operations() if one.entity_blueprint}
    others = [
        f"`{one.name}` ({', '.join(one.operation_names())})"
        for one in providers.find_all()
        if one.name != providers.DEFAULT
    ]
    texts = {
        "providers": ", ".join([f"`{providers.DEFAULT}`", *others]),
        "blueprints": ", ".join(f"`{name}`" for name in blueprints),
    }
    help_, default = (text.format_map(texts) for text in (given.spec.help, given.spec.default_help))
    spec = given.spec._replace(help=help_, default_help=default)
    return replace(given, spec=spec)


def own_inputs() -> dict[str, list[ActionInput]]:
    """List each input of single operations, by name and operation."""
    found: dict[str, list[ActionInput]] = {}
    groups = get_args(Group)
    order = sorted(
        all_operations(), key=lambda one: (groups.index(one.group), one.name != "create")
    )
    for operation in order:
        for one in inputs_of(operation.Inputs, (label(operation),)):
            found.setdefault(one.name, []).append(one)
    return found


def _input(name: str, info: FieldInfo, spec: InputSpec, used_by: tuple[str, ...]) -> ActionInput:
    given = "" if info.is_required() or info.default is None else info.default
    default = ", ".join(given) if isinstance(given, tuple) else str(given)
    if spec.default_help:
        default = ""
    if isinstance(info.default, bool):
        default = default.lower()
    return ActionInput(
        name,
        spec,
        info.is_required(),
        choices(info) or (("true", "false") if info.annotation == bool | None else ()),
        default,
        used_by,
        is_switch=info.annotation is bool,
        is_list=_is_list(info.annotation),
    )


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is tuple or any(map(_is_list, get_args(annotation)))

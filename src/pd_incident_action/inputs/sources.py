"""From the environment and the event to a model: where each input comes from.

In this order: ``with:``, the workflow_dispatch event, Port's context, the configuration file, the
model's default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pd_incident_action.errors import InputProblem
from pd_incident_action.text import sanitize_unicode

from . import port_context
from .fields import InputSpec
from .given import as_texts, normalize_name, read_given
from .port_context import PortContext
from .validation_errors import from_pydantic, public_name

Model = TypeVar("Model", bound=BaseModel)

CONTEXT_INPUTS = {
    "port-context": InputSpec(
        "Port's action context as JSON, in any of the forms that Port's guides use. Only needed "
        "if the workflow has no dispatch input of this name.",
        example='{"entity": "PABC123", "run_id": "r_AbC123"}',
    ),
    "port-payload": InputSpec(
        "Older form of `port-context`: Port's whole payload as JSON.",
        example='{"context": {"entity": "PABC123", "runId": "r_AbC123"}}',
    ),
}
"""Inputs that describe a click in Port; every other input may take its value from them."""

_WITH = "the step's `with:`"
_DISPATCH = "the workflow's inputs"
_PORT = "Port's form"
_ENTITY = "the entity that the Port action was run on"
_CONFIG = "the configuration file"
# Shorter values are in any text.
_MIN_LENGTH = 5


@dataclass(frozen=True)
class InputSource:
    """Where an input's value came from.

    Attributes:
        input: its name.
        value: the text as it was given.
        where: the place, in words.
    """

    input: str
    value: str
    where: str


@dataclass(frozen=True)
class Sources:
    """Every place an input can come from, names folded by `normalize_name`.

    Attributes:
        with_inputs: the inputs under ``with:``.
        declared_inputs: the same by their exact names in lower case: the runner sets each of
            them, whereas ``INPUT_PORT_API_URL`` is a variable that somebody else has set.
        dispatch_inputs: the inputs of the workflow_dispatch event, from a person or Port.
        port_inputs: what was filled in in Port, where it sent its whole payload.
        context: Port's context.
        config_defaults: the configuration file's values for inputs that aren't given.
        config_overrides: what the configuration file replaces inputs with that are given.
    """

    with_inputs: Mapping[str, str] = field(default_factory=dict)
    declared_inputs: Mapping[str, str] = field(default_factory=dict)
    dispatch_inputs: Mapping[str, str] = field(default_factory=dict)
    port_inputs: Mapping[str, str] = field(default_factory=dict)
    context: PortContext = field(default_factory=PortContext)
    config_defaults: Mapping[str, str] = field(default_factory=dict)
    config_overrides: Mapping[str, str] = field(default_factory=dict)

    def find(self, names: Iterable[str], *, trusted: bool = False) -> str | None:
        """Return the value that somebody gave an input, or None.

        Args:
            names: its name and aliases, in any spelling.
            trusted: whether only ``with:`` counts, and only in the spelling of ``action.yml``.
        """
        value, _ = self.locate(names, trusted=trusted)
        return value or None

    def locate(self, names: Iterable[str], *, trusted: bool = False) -> tuple[str, str]:
        """Return the value that somebody gave an input and its place; both may be empty."""
        if trusted:
            places = [(_WITH, self.declared_inputs)]
            keys = [name.lower() for name in names]
        else:
            places = [(_CONFIG, self.config_overrides), (_WITH, self.with_inputs)]
            places += [(_DISPATCH, self.dispatch_inputs), (_PORT, self.port_inputs)]
            keys = [normalize_name(name) for name in names]
        found = ((values.get(key, ""), where) for where, values in places for key in keys)
        return next((one for one in found if one[0].strip()), ("", ""))


def read_sources(
    environment: Mapping[str, str], event: Mapping[str, Any]
) -> tuple[Sources, list[InputProblem]]:
    """Read the inputs of a run.

    Args:
        environment: the process's environment.
        event: the parsed file at ``GITHUB_EVENT_PATH``.

    Returns:
        The sources, and problems with a Port context that can't be read.
    """
    inputs = event.get("inputs")
    dispatched = as_texts(inputs if isinstance(inputs, Mapping) else {})
    # Port's templates render what a user left empty as the word null.
    dispatched = {name: text for name, text in dispatched.items() if text != "null"}
    given = read_given(environment)
    sources = Sources(as_texts(given), given, dispatched)
    context, problems = _read_context(sources)
    # Port's older guide for events passes an object of fields as one input, "payload".
    filled_in = {**port_context.as_object(dispatched.get("payload")), **context.properties}
    return replace(sources, port_inputs=as_texts(filled_in), context=context), problems


def _read_context(sources: Sources) -> tuple[PortContext, list[InputProblem]]:
    context, problems = PortContext(), []
    for name, spec in CONTEXT_INPUTS.items():
        text = sources.find([name])
        if text is None:
            continue
        try:
            context = port_context.merge(context, port_context.read(port_context.parse(text)))
        except ValueError as error:
            problems.append(InputProblem(name, str(error), spec.example))
    return context, problems


def input_specs(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, InputSpec]]:
    """List a model's inputs, hidden ones as well: the field's name, the field, and its spec."""
    for name, info in model.model_fields.items():
        spec = next((item for item in info.metadata if isinstance(item, InputSpec)), None)
        if spec is not None:
            yield name, info, spec


def build(
    model: type[Model], sources: Sources, *, without_decoration: bool = False
) -> tuple[Model | None, list[InputProblem], list[str]]:
    """Build a model from the sources.

    Args:
        model: the inputs.
        sources: every place an input can come from.
        without_decoration: whether decoration that can't be used is left out.

    Returns:
        The model, or None if an input is missing or wrong; all problems; and warnings about what
        was left out or changed.
    """
    values = _values(model, sources)
    found, problems, warnings = _validate(model, values)
    if not (without_decoration and problems and all(one.is_decoration for one in problems)):
        return found, problems, warnings
    found, more, warnings = _validate(model, _without(values, problems))
    if found is None:
        return None, problems + more, []
    return found, [], [*(problem.as_warning() for problem in problems), *warnings]


def build_partial(model: type[Model], sources: Sources) -> tuple[Model, list[InputProblem]]:
    """Build a model whose fields all have defaults, leaving out those that are wrong.

    Returns:
        The model, and all problems.
    """
    values = _values(model, sources)
    found, problems, _ = _validate(model, values)
    return found or model.model_validate(_without(values, problems)), problems


def _validate(
    model: type[Model], values: Mapping[str, str]
) -> tuple[Model | None, list[InputProblem], list[str]]:
    notes: list[tuple[str, str]] = []
    try:
        found = model.model_validate(values, context=notes)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [from_pydantic(model, detail) for detail in details], []
    return found, [], [f"Input '{public_name(name)}' {text}." for name, text in notes]


def _without(values: Mapping[str, str], problems: Iterable[InputProblem]) -> dict[str, str]:
    wrong = {problem.input for problem in problems}
    return {name: value for name, value in values.items() if public_name(name) not in wrong}


def _values(model: type[BaseModel], sources: Sources) -> dict[str, str]:
    return {name: one.value for name, one in resolve(model, sources).items()}


def resolve(model: type[BaseModel], sources: Sources) -> dict[str, InputSource]:
    """Find each input's value; NUL and lone surrogates are replaced.

    Returns:
        Values and their places by field name; fields without a value are left out.
    """
    found = {}
    for name, _, spec in input_specs(model):
        names = [] if spec.hidden else [public_name(name), *spec.aliases, *spec.deprecated]
        value, where = sources.locate(names, trusted=spec.trusted)
        if not value and spec.origin is not None:
            value, where = getattr(sources.context, spec.origin.replace("-", "_")), _ENTITY
        if not value and spec.configurable:
            value, where = sources.config_defaults.get(normalize_name(name), ""), _CONFIG
        if value:
            found[name] = InputSource(public_name(name), sanitize_unicode(value), where)
    return found


def explain_source(text: str, inputs: Iterable[InputSource]) -> str:
    """Return a sentence on where a value that a text mentions came from; empty if there is none.

    Args:
        text: an error's message.
        inputs: the operation's inputs.
    """
    for one in inputs:
        for part in one.value.split(","):
            value = part.strip()
            if len(value) >= _MIN_LENGTH and re.search(rf"\b{re.escape(value)}\b", text):
                return f"{value} is input '{one.input}', from {one.where}."
    return ""

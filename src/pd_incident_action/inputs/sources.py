"""From the environment and the event to a model: where each input comes from.

In this order: ``with:``, the workflow's form (the workflow_dispatch event) if it was made for the
action, Port's context, the configuration file, the model's default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pd_incident_action.errors import MAX_SHOWN_CHARACTERS, InputProblem
from pd_incident_action.text import sanitize_unicode, shorten

from . import port_context
from .fields import InputSpec
from .port_context import PortContext
from .values import as_texts, normalize_name, public_name, read_given

Model = TypeVar("Model", bound=BaseModel)

_WITH = "the step's `with:`"
_FORM = "the workflow's inputs"
_PORT = "Port's form"
_ENTITY = "the entity that the Port action was run on"
_CONFIG = "the configuration file"
_FIXED = {"missing": "is missing", "too_short": "must name at least one"}
_BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
    "too_long": ("must name at most", "max_length"),
}
# Shorter values are in any text.
_MIN_LENGTH = 5
_NOTHING: Mapping[str, str] = MappingProxyType({})
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
OLDER_CONTEXT = "payload"
"""The form's input in which Port's older guide for events passes an object of fields."""


class InputSource(NamedTuple):
    """Where an input's value came from.

    Attributes:
        where: the place, in words.
        is_guess: whether the value only may stand for the input.
    """

    input: str
    value: str
    where: str
    is_guess: bool = False

    def __str__(self) -> str:
        return f"{self.value} is input '{self.input}', from {self.where}."


class Sources(NamedTuple):
    """Every place an input can come from, names folded by `normalize_name`.

    Attributes:
        with_inputs: the inputs under ``with:``.
        declared_inputs: the same by their exact names in lower case: the runner sets each of
            them, whereas ``INPUT_PORT_API_URL`` is a variable that somebody else has set.
        dispatch_inputs: the workflow's form: the inputs of the workflow_dispatch event, if it was
            made for the action.
        port_inputs: what was filled in in Port, where it sent its whole payload.
        form_names: names as the form has them, by folded name.
        foreign_names: names of a form that was made for something else.
        context: Port's context.
        config_defaults: the configuration file's values for inputs that aren't given.
        config_overrides: what the configuration file replaces inputs with that are given.
    """

    with_inputs: Mapping[str, str] = _NOTHING
    declared_inputs: Mapping[str, str] = _NOTHING
    dispatch_inputs: Mapping[str, str] = _NOTHING
    port_inputs: Mapping[str, str] = _NOTHING
    form_names: Mapping[str, str] = _NOTHING
    foreign_names: tuple[str, ...] = ()
    context: PortContext = PortContext()
    config_defaults: Mapping[str, str] = _NOTHING
    config_overrides: Mapping[str, str] = _NOTHING

    def find(self, names: Iterable[str]) -> str | None:
        """Return the value that somebody gave an input, by any of its names, or None."""
        return self.locate(names, InputSpec(""))[0] or None

    def locate(self, names: Iterable[str], spec: InputSpec) -> tuple[str, str]:
        """Return the value that somebody gave an input and its place; both may be empty."""
        places = [(_WITH, self.declared_inputs if spec.trusted else self.with_inputs)]
        if not spec.with_only:
            places.insert(0, (_CONFIG, self.config_overrides))
            places += [(_FORM, self.dispatch_inputs), (_PORT, self.port_inputs)]
        keys = [name.lower() if spec.trusted else normalize_name(name) for name in names]
        found = ((values.get(key, ""), where) for where, values in places for key in keys)
        return next((one for one in found if one[0]), ("", ""))


def input_specs(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, InputSpec]]:
    """List a model's inputs, hidden ones as well: the field's name, the field, and its spec."""
    for name, info in model.model_fields.items():
        spec = next((item for item in info.metadata if isinstance(item, InputSpec)), None)
        if spec is not None:
            yield name, info, spec


def input_names(field_name: str, spec: InputSpec) -> list[str]:
    """List the names by which users may give an input; none if only Port's context provides it."""
    return [] if spec.hidden else [public_name(field_name), *spec.other_names]


def folded_names(model: type[BaseModel]) -> dict[str, tuple[str, InputSpec]]:
    """Return the public name and the description of each input, by each of its folded names."""
    return {
        normalize_name(alias): (public_name(name), spec)
        for name, _, spec in input_specs(model)
        for alias in input_names(name, spec)
    }


def build(
    model: type[Model], sources: Sources, *, without_decoration: bool = False
) -> tuple[Model | None, list[InputProblem], list[str]]:
    """Build a model from the sources.

    Returns:
        The model, or None if an input is missing or wrong; all problems; and warnings about what
        was left out or changed.
    """
    values = _values(model, sources)
    found, problems, warnings = _validate(model, values, sources)
    if not (without_decoration and problems and all(one.is_decoration for one in problems)):
        return found, problems, warnings
    found, more, warnings = _validate(model, _without(values, problems), sources)
    if found is None:
        return None, problems + more, []
    return found, [], [*(problem.as_warning() for problem in problems), *warnings]


def build_partial(model: type[Model], sources: Sources) -> tuple[Model, list[InputProblem]]:
    """Build a model whose fields all have defaults, leaving out those that are wrong."""
    values = _values(model, sources)
    found, problems, _ = _validate(model, values, sources)
    return found or model.model_validate(_without(values, problems)), problems


def _validate(
    model: type[Model], values: Mapping[str, str], sources: Sources
) -> tuple[Model | None, list[InputProblem], list[str]]:
    notes: list[tuple[str, str]] = []
    try:
        found = model.model_validate(values, context=notes)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_problem(model, detail, sources) for detail in details], []
    return found, [], [f"Input '{public_name(name)}' {text}." for name, text in notes]


def _problem(model: type[BaseModel], detail: ErrorDetails, sources: Sources) -> InputProblem:
    """Return one of pydantic's errors in terms of the inputs."""
    if not detail["loc"]:
        return InputProblem("", detail["msg"].removeprefix("Value error, "))
    field_name = str(detail["loc"][0])
    info = model.model_fields[field_name]
    spec = next(item for item in info.metadata if isinstance(item, InputSpec))
    name = public_name(field_name)
    names = input_names(field_name, spec)
    given_as = next((one for one in names if sources.locate([one], spec)[0]), name)
    alias = given_as if given_as != name else ""
    return InputProblem(name, _predicate(detail, info), spec.example, spec.decoration, alias)


def _predicate(detail: ErrorDetails, info: FieldInfo) -> str:
    kind = detail["type"]
    given = f", not '{shorten(str(detail['input']), MAX_SHOWN_CHARACTERS)}'"
    if kind == "literal_error":
        return f"must be one of {', '.join(choices(info))}{given}"
    if kind.startswith("bool_"):
        return f"must be true or false{given}"
    if kind.startswith("int_"):
        return f"must be a whole number{given}"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"{words} {detail['ctx'][bound]}"
    return _FIXED.get(kind) or detail["msg"].removeprefix("Value error, ")


def choices(info: FieldInfo) -> tuple[str, ...]:
    """List the values that a field of fixed choices takes; empty where any text does."""
    return tuple(dict.fromkeys(_literals(info.annotation)))


def _literals(annotation: object) -> Iterator[str]:
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from _literals(argument)


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
        candidates = _candidates(model, name, spec, sources)
        if chosen := next((one for one in candidates if one[0]), None):
            value, where, is_guess = chosen
            found[name] = InputSource(public_name(name), sanitize_unicode(value), where, is_guess)
    return found


def _candidates(
    model: type[BaseModel], name: str, spec: InputSpec, sources: Sources
) -> Iterator[tuple[str, str, bool]]:
    """Yield what an input may be, in order: the value, its place, and whether it's a guess."""
    yield *sources.locate(input_names(name, spec), spec), False
    if _yields(model, spec, sources):
        return
    if spec.origin:
        yield getattr(sources.context, spec.origin), _ENTITY, False
    if spec.configurable:
        yield sources.config_defaults.get(normalize_name(name), ""), _CONFIG, False
    if spec.guess:
        yield getattr(sources.context, spec.guess), _ENTITY, True


def _yields(model: type[BaseModel], spec: InputSpec, sources: Sources) -> bool:
    """Return whether an input is given that replaces this one."""
    specs = {name: one for name, _, one in input_specs(model)} if spec.yields_to else {}
    return any(sources.find(input_names(name, specs[name])) for name in spec.yields_to)


def explain_source(text: str, inputs: Iterable[InputSource]) -> str:
    """Return a sentence on where a value that a text mentions came from; empty if there is none."""
    for one in inputs:
        for part in one.value.split(","):
            value = part.strip()
            if len(value) >= _MIN_LENGTH and re.search(rf"\b{re.escape(value)}\b", text):
                return str(one._replace(value=value))
    return ""


def read_step(environment: Mapping[str, str]) -> Sources:
    """Read what stands under the step's ``with:``."""
    given = read_given(environment)
    return Sources(as_texts(given), given)


def add_form(
    step: Sources, form: Mapping[str, Any], model: type[BaseModel]
) -> tuple[Sources, list[InputProblem]]:
    """Add the workflow's form, unless it was made for something else, and Port's context.

    Returns:
        The sources, and problems with a Port context that can't be read.
    """
    if not _is_ours(step, form, model):
        step, form = step._replace(foreign_names=tuple(form)), {}
    sources = step._replace(dispatch_inputs=as_texts(form))
    context, problems = _read_context(sources)
    payload = port_context.as_object(form.get(OLDER_CONTEXT))
    filled_in = {**payload, **context.properties}
    return sources._replace(
        port_inputs=as_texts(filled_in),
        form_names={normalize_name(name): name for name in (*filled_in, *form)},
        context=context,
    ), problems


def _is_ours(step: Sources, form: Mapping[str, Any], model: type[BaseModel]) -> bool:
    """Return whether a form was made for the action: what it is for, or Port's context, is in it.

    The context may also have another name there, by which the step passes it on.
    """
    contexts = {normalize_name(name) for name in CONTEXT_INPUTS}
    values = as_texts(form)
    passed_on = {step.with_inputs[name] for name in contexts & step.with_inputs.keys()}
    if contexts & set(map(normalize_name, form)) or passed_on & set(values.values()):
        return True
    specs = [(name, spec) for name, _, spec in input_specs(model) if spec.main]
    main = {normalize_name(name) for _, spec in specs for name in spec.main}
    if main & as_texts(port_context.as_object(form.get(OLDER_CONTEXT))).keys():
        return True
    is_given = any(step.find(input_names(name, spec)) for name, spec in specs)
    return bool(main & values.keys()) and not is_given


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

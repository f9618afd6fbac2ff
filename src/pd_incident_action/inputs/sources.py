"""From the environment to a request: where each input comes from, and what is wrong with it.

In this order: ``with:``, the workflow_dispatch event, Port's context, the configuration file, the
model's default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from pd_incident_action.errors import InputProblem
from pd_incident_action.text import sanitize_unicode

from . import port_context
from .fields import InputSpec
from .given import as_texts, normalize_name, read_given
from .port_context import PortContext
from .validation_errors import from_pydantic, public_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Model = TypeVar("Model", bound=BaseModel)

CONTEXT_INPUTS = {
    "port-context": InputSpec(
        "Port's context of the click as JSON, in any of the forms that Port's guides use. Only "
        "needed where the workflow was not dispatched with an input of this name.",
        example='{"entity": "PABC123", "run_id": "r_AbC123"}',
    ),
    "port-payload": InputSpec(
        "The older form of `port-context`: Port's whole payload as JSON.",
        example='{"context": {"entity": "PABC123", "runId": "r_AbC123"}}',
    ),
}
"""Inputs that describe a click in Port; every other input may take its value from them."""


@dataclass(frozen=True)
class Sources:
    """Every place an input can come from, names folded by `normalize_name`.

    Attributes:
        given: what stands under ``with:``.
        dispatched: what the person or Port filled in for workflow_dispatch.
        context: what Port says about the click.
        configured: what the configuration file says where nobody else does.
        overriding: what the configuration file makes of an input that somebody gave.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    dispatched: Mapping[str, str] = field(default_factory=dict)
    context: PortContext = field(default_factory=PortContext)
    configured: Mapping[str, str] = field(default_factory=dict)
    overriding: Mapping[str, str] = field(default_factory=dict)

    @property
    def properties(self) -> dict[str, str]:
        """What was filled in in Port, where it sent its whole payload."""
        return as_texts(self.context.properties)

    def find(self, names: Iterable[str], *, trusted: bool = False) -> str | None:
        """Look an input up by its names.

        Args:
            names: its name and aliases, in any spelling.
            trusted: whether only ``with:`` counts.

        Returns:
            The first value that isn't blank, or None.
        """
        folded = [normalize_name(name) for name in names]
        places: tuple[Mapping[str, str], ...] = (self.given,)
        if not trusted:
            places = (self.overriding, self.given, self.dispatched, self.properties)
        values = (place.get(name, "") for place in places for name in folded)
        return next((value for value in values if value.strip()), None)


def read_sources(
    environment: Mapping[str, str], event: Mapping[str, Any]
) -> tuple[Sources, list[InputProblem]]:
    """Gather the inputs of a run.

    Args:
        environment: the process's environment: ``INPUT_*`` in a container, ``INPUTS_JSON`` in a
            composite action.
        event: the parsed file at ``GITHUB_EVENT_PATH``.

    Returns:
        The sources, and problems about a Port context that can't be read.
    """
    given = read_given(environment)
    inputs = event.get("inputs")
    dispatched = as_texts(inputs if isinstance(inputs, Mapping) else {})
    # Port's templates render what a user left empty as the word null.
    dispatched = {name: text for name, text in dispatched.items() if text != "null"}
    sources = Sources(given, dispatched)
    context, problems = _read_context(sources)
    # Port's older guide for events passes an object of fields as one input, "payload".
    filled_in = {**port_context.as_object(dispatched.get("payload")), **context.properties}
    context = replace(context, properties=filled_in)
    return Sources(given, dispatched, context), problems


def _read_context(sources: Sources) -> tuple[PortContext, list[InputProblem]]:
    context, problems = PortContext(), []
    for name, offered in CONTEXT_INPUTS.items():
        text = sources.find([name])
        if text is None:
            continue
        try:
            context = port_context.merge(context, port_context.read(port_context.parse(text)))
        except ValueError as error:
            problems.append(InputProblem(name, str(error), offered.example))
    return context, problems


def described(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo, InputSpec]]:
    """List a model's inputs that are offered to users.

    Args:
        model: `Settings` or an operation's request.

    Yields:
        Public name, pydantic's field, and how it is offered to users.
    """
    for name, offered in offers(model):
        if not offered.hidden:
            yield public_name(name), model.model_fields[name], offered


def build(model: type[Model], sources: Sources) -> tuple[Model | None, list[InputProblem]]:
    """Make a model from the sources.

    Args:
        model: `Settings` or an operation's request.
        sources: where its inputs come from.

    Returns:
        The model, or None if an input is missing or wrong, and all problems.
    """
    values = gather(model, sources)
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, [from_pydantic(model, detail) for detail in error.errors(include_url=False)]


def build_partial(model: type[Model], sources: Sources) -> Model:
    """Make a model whose fields all have defaults, leaving out what is wrong.

    It is for reporting to Port that inputs are wrong: what is right of them has to do.

    Args:
        model: `Settings`.
        sources: where its inputs come from.

    Returns:
        The model of the inputs that are right.
    """
    values = gather(model, sources)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
        return model.model_validate({k: v for k, v in values.items() if k not in wrong})


def gather(model: type[BaseModel], sources: Sources) -> dict[str, str]:
    """Pick each field's raw value.

    Args:
        model: `Settings` or an operation's request.
        sources: where its inputs come from.

    Returns:
        Values by field name, NUL and lone surrogates replaced; fields without one are left out.
    """
    values = {}
    for name, offered in offers(model):
        names = [] if offered.hidden else [public_name(name), *offered.aliases]
        value = (
            sources.find(names, trusted=offered.trusted)
            or _from_context(offered, sources)
            or (sources.configured.get(normalize_name(name)) if offered.configurable else None)
        )
        if value:
            values[name] = sanitize_unicode(value)
    return values


def offers(model: type[BaseModel]) -> Iterator[tuple[str, InputSpec]]:
    """List a model's inputs, hidden ones as well.

    Args:
        model: `Settings` or an operation's request.

    Yields:
        The field's name, and how it is offered to users.
    """
    for name, info in model.model_fields.items():
        offered = next((item for item in info.metadata if isinstance(item, InputSpec)), None)
        if offered is not None:
            yield name, offered


def _from_context(offered: InputSpec, sources: Sources) -> str:
    if offered.origin is None:
        return ""
    return str(getattr(sources.context, offered.origin.replace("-", "_")))

"""What a run is asked to do: read from the environment, the event and the configuration file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from . import providers
from .config import find_files, likely_region
from .config.model import Config, apply_config, apply_severity, apply_statuses
from .errors import MAX_SHOWN_CHARACTERS, InputProblem, empty_credential, unknown_choice
from .inputs.fields import InputSpec
from .inputs.settings import Settings
from .inputs.sources import (
    CONTEXT_INPUTS,
    OLDER_CONTEXT,
    Sources,
    add_form,
    build,
    build_partial,
    folded_names,
    read_step,
)
from .inputs.values import normalize_name
from .operations.base import Operation, OperationInputs
from .text import nearest, parse_strict_json, shorten

_MAX_USERS = 3
# Shorter values are a part of any other.
_MIN_LENGTH = 5
# A name that is only a little like another one means something else.
_SIMILARITY = 0.7
_Specs = Mapping[str, tuple[str, InputSpec]]


class Invocation(NamedTuple):
    """What a run is asked to do, or what is wrong with that.

    Attributes:
        settings: the inputs that operations share; those that are wrong have their defaults.
        operation: the operation, or None if there is none of that name.
        problems: all that is wrong; nothing may be sent unless there are none.
    """

    settings: Settings
    operation: type[Operation] | None
    inputs: OperationInputs | None
    problems: list[InputProblem]
    left_out: list[str]
    config: Config
    sources: Sources

    @property
    def validated(self) -> tuple[type[Operation], OperationInputs] | None:
        """The operation and its inputs, or None if anything is wrong."""
        if self.problems or self.operation is None or self.inputs is None:
            return None
        return self.operation, self.inputs

    def warnings(self) -> tuple[str, ...]:
        """Return a sentence about each input that was left out, changed or not used."""
        if self.operation is None:
            return tuple(self.left_out)
        is_said = any("'port-client" in text for text in self.left_out)
        port = "" if is_said else self.settings.port_problem()
        return (*self.left_out, *([port] if port else []), *self._unused(self.operation))

    def _unused(self, operation: type[Operation]) -> Iterator[str]:
        """Yield a sentence about each input that was given and that the operation doesn't use."""
        models: list[type[BaseModel]] = [one.settings for one in providers.find_all()]
        models = [operation.Inputs, Settings, *models]
        specs = {name: spec for model in models for name, spec in folded_names(model).items()}
        contexts = {normalize_name(name) for name in CONTEXT_INPUTS}
        for name in self.sources.declared_inputs:
            folded = normalize_name(name)
            public, spec = specs.get(folded, ("", InputSpec("")))
            if not public and folded not in contexts:
                yield self._unknown(name, operation, specs)
            elif spec.trusted and name not in map(str.lower, (public, *spec.other_names)):
                yield f"Input '{name}' is not used: under `with:` it must be written '{public}'."
        form = {**self.sources.port_inputs, **self.sources.dispatch_inputs}
        for folded, text in form.items():
            if folded in {*contexts, OLDER_CONTEXT}:
                continue
            name = shorten(self.sources.form_names[folded], MAX_SHOWN_CHARACTERS)
            public, spec = specs.get(folded, ("", InputSpec("")))
            where = " of the workflow's form"
            if not public and not self._is_passed_on(text):
                yield self._unknown(name, operation, specs, where)
            elif spec.with_only and not self.sources.locate([public, *spec.other_names], spec)[0]:
                counts = f"it only counts under `with:`, as '{public}'"
                yield f"Input '{name}'{where} is not used: {counts}."

    def _is_passed_on(self, text: str) -> bool:
        """Return whether the step itself gives an input of another name this value."""
        return any(
            text == given or (len(text) >= _MIN_LENGTH and text in given)
            for given in self.sources.with_inputs.values()
        )

    def _unknown(
        self, name: str, operation: type[Operation], specs: _Specs, where: str = ""
    ) -> str:
        folded = normalize_name(name)
        sentence = f"Input '{name}'{where} is not used: {operation.name} has no such input"
        provider = providers.find(self.settings.provider)
        others = map(provider.load_operation, provider.operation_names())
        users = [one.name for one in others if folded in folded_names(one.Inputs)]
        if users:
            more = f" and {len(users) - _MAX_USERS} more" if len(users) > _MAX_USERS else ""
            return f"{sentence}, which belongs to {', '.join(users[:_MAX_USERS])}{more}."
        near = nearest(folded, specs, _SIMILARITY)
        return f"{sentence}. Did you mean '{specs[near][0]}'?" if near else f"{sentence}."


def parse_invocation(environment: Mapping[str, str]) -> Invocation:
    """Read and check everything that a run is asked to do."""
    step = read_step(environment)
    # Whose form the event has depends on the operation, and that stands under `with:`.
    settings, _ = build_partial(Settings, step)
    operation = _find_operation(settings)
    form = _read_form(environment) if settings.dispatch_inputs else {}
    model = operation.Inputs if operation else OperationInputs
    sources, problems = add_form(step, form, model)
    config, wrong_config = _read_config(environment, sources)
    sources = apply_config(sources, config)
    settings, wrong = _read_settings(sources)
    if operation is None:
        inputs, more, warnings = None, [_unknown_operation(settings)], list[str]()
    else:
        inputs, more, warnings = _read_inputs(operation, settings, sources, config)
    if operation and inputs and operation.can_page_without_config(inputs, settings):
        wrong_config = [one._replace(is_decoration=True) for one in wrong_config]
    problems += wrong_config
    named = {problem.input for problem in wrong}
    problems += wrong + [problem for problem in more if problem.input not in named]
    if operation and operation.is_urgent and all(one.is_decoration for one in problems):
        warnings = [*(problem.as_warning() for problem in problems), *warnings]
        problems = []
    return Invocation(settings, operation, inputs, problems, warnings, config, sources)


def _find_operation(settings: Settings) -> type[Operation] | None:
    known = settings.provider in providers.names()
    provider = providers.find(settings.provider if known else providers.DEFAULT)
    if settings.operation not in provider.operation_names():
        return None
    return provider.load_operation(settings.operation)


def _read_form(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the inputs of the event that started the workflow; none if it can't be read."""
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        event = parse_strict_json(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    inputs = event.get("inputs") if isinstance(event, dict) else {}
    return inputs if isinstance(inputs, dict) else {}


def _read_config(
    environment: Mapping[str, str], sources: Sources
) -> tuple[Config, list[InputProblem]]:
    given = sources.declared_inputs.get("config")
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    if given is None and not find_files(workspace):
        return Config(), []
    from .config.file import read_config  # noqa: PLC0415 - YAML takes 50 ms; most have no file

    config, problems = read_config(given, workspace)
    # A key belongs to one region, so that the wrong one pages nobody else.
    return config or Config(region=likely_region(given, workspace)), problems


def _read_settings(sources: Sources) -> tuple[Settings, list[InputProblem]]:
    settings, problems = build_partial(Settings, sources)
    known = providers.names()
    if settings.provider not in known:
        problems.append(unknown_choice("provider", settings.provider, known))
        settings = settings.model_copy(update={"provider": providers.DEFAULT})
    found = []
    for provider in providers.find_all():
        own, wrong = build_partial(provider.settings, sources)
        found.append(own)
        problems += wrong + own.problems()
    return settings.model_copy(update={"provider_settings": tuple(found)}), problems


def _read_inputs(
    operation: type[Operation], settings: Settings, sources: Sources, config: Config
) -> tuple[OperationInputs | None, list[InputProblem], list[str]]:
    problems = [
        empty_credential(name, operation.name)
        for name in operation.required_credentials
        if not settings.has(name)
    ]
    if (one_of := operation.required_one_of) and not any(map(settings.has, one_of)):
        problems.append(empty_credential(one_of[0], operation.name, one_of[1:]))
    if operation.provider == providers.DEFAULT:
        sources, wrong = apply_severity(sources, config, operation.Inputs)
        problems += wrong
        sources = apply_statuses(sources, config, operation.Inputs)
    inputs, wrong, warnings = build(
        operation.Inputs, sources, without_decoration=operation.is_urgent
    )
    return inputs, wrong + problems, warnings


def _unknown_operation(settings: Settings) -> InputProblem:
    provider = providers.find(settings.provider)
    where = "" if provider.name == providers.DEFAULT else f" with provider {provider.name}"
    return unknown_choice("operation", settings.operation, provider.operation_names(), where)

"""What is asked for: read from the environment, the event and the configuration file, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import operations
from .config.inputs import apply_config, apply_severity
from .config.model import DEFAULT_PATH, Config
from .errors import InputProblem
from .inputs.settings import Settings
from .inputs.sources import Sources, build, build_partial, read_sources

if TYPE_CHECKING:
    from .operations.base import Operation, OperationInputs

_EXAMPLES = {
    "pagerduty-token": "${{ secrets.PAGERDUTY_API_KEY }}",
    "routing-key": "${{ secrets.PAGERDUTY_ROUTING_KEY }}",
    "incident-io-token": "${{ secrets.INCIDENT_IO_API_KEY }}",
    "port-client-id": "${{ secrets.PORT_CLIENT_ID }}",
    "port-client-secret": "${{ secrets.PORT_CLIENT_SECRET }}",
}


@dataclass(frozen=True)
class Invocation:
    """What is asked for, or what is wrong with it.

    Attributes:
        settings: the shared inputs, as far as they are right.
        operation: what to do, or None if nobody knows it.
        inputs: the operation's inputs, or None if they are wrong.
        problems: all that is wrong; nothing may be sent unless there are none.
        config: what the configuration file says.
        sources: where inputs come from.
    """

    settings: Settings
    operation: type[Operation] | None
    inputs: OperationInputs | None
    problems: list[InputProblem]
    config: Config
    sources: Sources

    @property
    def validated(self) -> tuple[type[Operation], OperationInputs] | None:
        """The operation and its inputs, or None if anything is wrong."""
        if self.problems or self.operation is None or self.inputs is None:
            return None
        return self.operation, self.inputs


def parse_invocation(environment: Mapping[str, str]) -> Invocation:
    """Read what is asked for, and check all of it at once.

    Args:
        environment: the process's environment.

    Returns:
        What is asked for, or all that is wrong with it.
    """
    sources, problems = read_sources(environment, _read_event(environment))
    config, wrong = _read_config(environment, sources)
    problems += wrong
    sources = apply_config(sources, config)
    settings, wrong = build(Settings, sources)
    usable = settings or build_partial(Settings, sources)
    operation, inputs, more = _read_inputs(usable, sources, config)
    refused = {problem.input for problem in wrong}
    problems += wrong + [problem for problem in more if problem.input not in refused]
    return Invocation(usable, operation, inputs, problems, config, sources)


def _read_event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the event that started the workflow; one that can't be read has no inputs."""
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        event = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _read_config(
    environment: Mapping[str, str], sources: Sources
) -> tuple[Config, list[InputProblem]]:
    given = sources.find(["config"], trusted=True)
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    if given is None and not (workspace / DEFAULT_PATH).is_file():
        return Config(), []
    from .config.file import read_config  # noqa: PLC0415 - YAML takes 50 ms; most have no file

    config, problems = read_config(given, workspace)
    return config or Config(), problems


def _read_inputs(
    settings: Settings, sources: Sources, config: Config
) -> tuple[type[Operation] | None, OperationInputs | None, list[InputProblem]]:
    known = operations.names(settings.provider)
    if settings.operation not in known:
        return None, None, [_unknown_operation(settings, known)]
    operation = operations.load(settings.operation, settings.provider)
    problems = [
        InputProblem(name, "is missing, which a PagerDuty app's token needs")
        for name in settings.missing_of_app
    ]
    problems += _missing_credentials(operation, settings)
    if operation.provider == "pagerduty":
        sources, wrong = apply_severity(sources, config, operation.Inputs)
        problems += wrong
    inputs, wrong = build(operation.Inputs, sources)
    return operation, inputs, wrong + problems


def _unknown_operation(settings: Settings, known: list[str]) -> InputProblem:
    import difflib  # noqa: PLC0415 - 7 ms, for a wrong name only

    near = difflib.get_close_matches(settings.operation, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    whose = "" if settings.provider == "pagerduty" else f" with provider {settings.provider}"
    problem = f"must be one of {', '.join(known)}{whose}, not '{settings.operation}'{hint}"
    return InputProblem("operation", problem, near[0] if near else "create")


def _missing_credentials(operation: type[Operation], settings: Settings) -> list[InputProblem]:
    given = {
        "pagerduty-token": settings.has_pagerduty or None,
        "routing-key": settings.routing_key,
        "incident-io-token": settings.incident_io_token,
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    return [
        InputProblem(name, f"is missing, which {operation.name} needs", _EXAMPLES[name])
        for name in operation.required_credentials
        if given[name] is None
    ]

"""The run itself, once it is read what is asked for: opens the connections, gives the exit code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .action import action
from .clients import ClientFactory, build_context
from .context import RunContext
from .errors import InputError, InputProblem
from .http.deadline import Deadline
from .http.dry_run import DryRun
from .http.preconnect import Preconnector, find_ca_bundle
from .http.request_log import RequestLog
from .identity import RunIdentity
from .inputs.provenance import trace_inputs

if TYPE_CHECKING:
    from .invocation import Invocation
    from .runner import Runner


def run(
    asked: Invocation,
    environment: Mapping[str, str],
    runner: Runner,
    started: float,
    preconnector: Preconnector | None = None,
) -> int:
    """Do what is asked for, or say what is wrong with it.

    Args:
        asked: what is asked for.
        environment: the process's environment.
        runner: GitHub's runner, which learns the secrets.
        started: when the process started, in seconds of the monotonic clock.
        preconnector: connections that have been begun already.

    Returns:
        The exit code.
    """
    settings, operation = asked.settings, asked.operation
    for secret in settings.secrets():
        runner.mask(secret)
    dry_run = DryRun() if settings.dry_run else None
    clients = ClientFactory(
        settings=settings,
        deadline=Deadline(settings.timeout),
        request_log=_request_log(environment, runner),
        ca_bundle=find_ca_bundle(environment),
        preconnector=preconnector,
        dry_run=dry_run,
        mask=runner.mask,
        redactor=runner.redactor,
    )
    blueprint = settings.blueprint or (operation.entity_blueprint if operation else "")
    port = None if dry_run is not None else clients.port_reporter(blueprint)
    identity = RunIdentity.of(environment)
    origins = trace_inputs(operation.Inputs, asked.sources) if operation else ()
    stage = RunContext(
        settings, blueprint, identity, runner, port, started, clients.request_log, origins
    )
    if asked.validated is None:
        code = _refuse(asked.problems, stage)
        _write_metrics(stage, code)
        return code
    kind, inputs = asked.validated
    clients = replace(clients, log=stage.say)
    if port is not None:
        clients = replace(clients, on_sent=port.page_sent)
    context = build_context(kind, inputs, clients, identity, asked.config)
    validated = kind(inputs, context)
    if dry_run is not None:
        from .dry_run import run_dry  # noqa: PLC0415 - only for dry runs

        return run_dry(validated, stage, dry_run)
    code = action(validated, stage)
    _write_metrics(stage, code)
    return code


def _write_metrics(stage: RunContext, code: int) -> None:
    name = stage.settings.metrics_file
    if name is None:
        return
    from .reporting import metrics_file  # noqa: PLC0415 - only for those who collect figures

    workspace = Path(stage.identity.workspace or ".")
    seconds = time.monotonic() - stage.started
    try:
        metrics_file.append(stage, workspace, name, code, seconds)
    except OSError as error:
        stage.runner.warning("Please check", f"metrics-file could not be written: {error.strerror}")


def _request_log(environment: Mapping[str, str], runner: Runner) -> RequestLog:
    """Open the journal; where the runner debugs, each attempt is shown in full."""
    if environment.get("RUNNER_DEBUG") != "1":
        return RequestLog()
    from .reporting import debug  # noqa: PLC0415 - only to debug

    return RequestLog(lambda one: runner.group(debug.title_of(one), debug.lines_of(one)))


def _refuse(problems: list[InputProblem], stage: RunContext) -> int:
    """Say what is wrong with the inputs, in Port as well if it is known which run to tell."""
    wrong_way_to_port = any(problem.input.startswith("port-") for problem in problems)
    from .reporting.publish import fail  # noqa: PLC0415 - a page doesn't wait for it

    if stage.port is None or stage.settings.port_run_id is None or wrong_way_to_port:
        stage = replace(stage, port=None)
    else:
        stage.port.start("Checking the inputs")
    return fail(stage.settings.operation, InputError(problems), stage)

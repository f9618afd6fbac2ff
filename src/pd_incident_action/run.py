"""The run itself, once it is read what is asked for: opens the connections, gives the exit code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .action import action
from .clients import Callbacks, build_context, open_port
from .context import RunContext
from .errors import InputError, InputProblem
from .http.deadline import Deadline
from .http.network import Network
from .http.preconnect import Preconnector, ca_bundle
from .http.request_log import RequestLog
from .identity import RunIdentity
from .inputs.provenance import trace_inputs

if TYPE_CHECKING:
    from .http.dry_run import DryRun
    from .inputs.settings import Settings
    from .invocation import Invocation
    from .runner import Runner


def run(
    asked: Invocation,
    environment: Mapping[str, str],
    runner: Runner,
    started: float,
    head_start: Preconnector | None = None,
) -> int:
    """Do what is asked for, or say what is wrong with it.

    Args:
        asked: what is asked for.
        environment: the process's environment.
        runner: GitHub's runner, which learns the secrets.
        started: when the process started, in seconds of the monotonic clock.
        head_start: connections that are already being made.

    Returns:
        The exit code.
    """
    settings, operation = asked.settings, asked.operation
    for secret in settings.secrets():
        runner.mask(secret)
    deadline = Deadline(settings.timeout)
    journal = _journal(environment, runner)
    rehearsal = _rehearsal(settings)
    network = Network(
        deadline, settings.timeout, journal, ca_bundle(environment), head_start, rehearsal
    )
    blueprint = settings.blueprint or (operation.entity_blueprint if operation else "")
    port = (
        open_port(settings, network, blueprint, on_token=runner.mask, redactor=runner.redactor)
        if rehearsal is None
        else None
    )
    identity = RunIdentity.of(environment)
    origins = trace_inputs(operation.Inputs, asked.sources) if operation else ()
    stage = RunContext(settings, blueprint, identity, runner, port, started, journal, origins)
    if asked.validated is None:
        code = _refuse(asked.complaints, stage)
        _write_metrics(stage, code)
        return code
    kind, inputs = asked.validated
    on_sent = port.page_sent if port is not None else _nothing
    listeners = Callbacks(stage.say, on_sent, runner.mask, runner.redactor.scrub_entity)
    context = build_context(kind, inputs, settings, identity, network, asked.config, listeners)
    validated = kind(inputs, context)
    if rehearsal is not None:
        from .dry_run import run_dry  # noqa: PLC0415 - only for dry runs

        return run_dry(validated, stage, rehearsal)
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


def _rehearsal(settings: Settings) -> DryRun | None:
    if not settings.dry_run:
        return None
    from .http.dry_run import DryRun  # noqa: PLC0415 - only for dry runs

    return DryRun()


def _journal(environment: Mapping[str, str], runner: Runner) -> RequestLog:
    """Open the journal; where the runner debugs, each attempt is shown in full."""
    if environment.get("RUNNER_DEBUG") != "1":
        return RequestLog()
    from .reporting import debug  # noqa: PLC0415 - only to debug

    return RequestLog(lambda one: runner.group(debug.title_of(one), debug.lines_of(one)))


def _nothing() -> None:
    """Do nothing, where nobody wants to know."""


def _refuse(complaints: list[InputProblem], stage: RunContext) -> int:
    """Say what is wrong with the inputs, in Port as well if it is known which run to tell."""
    wrong_way_to_port = any(complaint.input.startswith("port-") for complaint in complaints)
    from .reporting.publish import fail  # noqa: PLC0415 - a page doesn't wait for it

    if stage.port is None or stage.settings.port_run_id is None or wrong_way_to_port:
        stage = replace(stage, port=None)
    else:
        stage.port.start("Checking the inputs")
    return fail(stage.settings.operation, InputError(complaints), stage)

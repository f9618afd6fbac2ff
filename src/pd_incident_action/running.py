"""The run itself, once it is read what is asked for: opens the connections, gives the exit code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .action import action
from .connections import Listeners, open_port, open_tools
from .errors import Complaint, InputError
from .identity import RunIdentity
from .inputs.origins import origins_of
from .network.deadline import Deadline
from .network.head_start import HeadStart, ca_bundle
from .network.journal import Journal
from .network.network import Network
from .stage import Stage

if TYPE_CHECKING:
    from .asked import Asked
    from .inputs.settings import Settings
    from .network.rehearsal import Rehearsal
    from .runner import Runner


def run(
    asked: Asked,
    environment: Mapping[str, str],
    runner: Runner,
    started: float,
    head_start: HeadStart | None = None,
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
    origins = origins_of(operation.request, asked.sources) if operation else ()
    stage = Stage(settings, blueprint, identity, runner, port, started, journal, origins)
    if asked.to_do is None:
        code = _refuse(asked.complaints, stage)
        _write_metrics(stage, code)
        return code
    operation, request = asked.to_do
    on_sent = port.page_sent if port is not None else _nothing
    listeners = Listeners(stage.say, on_sent, runner.mask, runner.redactor.scrub_entity)
    tools = open_tools(operation, request, settings, identity, network, asked.config, listeners)
    if rehearsal is not None:
        from .dry_run import rehearse  # noqa: PLC0415 - only for dry runs

        return rehearse(operation, request, tools, stage, rehearsal)
    code = action(operation, request, tools, stage)
    _write_metrics(stage, code)
    return code


def _write_metrics(stage: Stage, code: int) -> None:
    name = stage.settings.metrics_file
    if name is None:
        return
    from .reports import metrics_file  # noqa: PLC0415 - only for those who collect figures

    workspace = Path(stage.identity.workspace or ".")
    seconds = time.monotonic() - stage.started
    try:
        metrics_file.append(stage, workspace, name, code, seconds)
    except (OSError, ValueError) as error:
        stage.runner.warning("Please check", f"metrics-file could not be written: {error}")


def _rehearsal(settings: Settings) -> Rehearsal | None:
    if not settings.dry_run:
        return None
    from .network.rehearsal import Rehearsal  # noqa: PLC0415 - only for dry runs

    return Rehearsal()


def _journal(environment: Mapping[str, str], runner: Runner) -> Journal:
    """Open the journal; where the runner debugs, each attempt is shown in full."""
    if environment.get("RUNNER_DEBUG") != "1":
        return Journal()
    from .reports import debug  # noqa: PLC0415 - only to debug

    return Journal(lambda one: runner.group(debug.title_of(one), debug.lines_of(one)))


def _nothing() -> None:
    """Do nothing, where nobody wants to know."""


def _refuse(complaints: list[Complaint], stage: Stage) -> int:
    """Say what is wrong with the inputs, in Port as well if it is known which run to tell."""
    wrong_way_to_port = any(complaint.input.startswith("port-") for complaint in complaints)
    from .reports.telling import fail  # noqa: PLC0415 - a page doesn't wait for it

    if stage.port is None or stage.settings.port_run_id is None or wrong_way_to_port:
        stage = stage._replace(port=None)
    else:
        stage.port.start("Checking the inputs")
    return fail(stage.settings.operation, InputError(complaints), stage)

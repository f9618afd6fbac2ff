"""The front door: reads the environment, opens the connections, turns errors into exit codes."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import operations
from .asking_ahead import ask_ahead
from .cancellation import listening
from .config.inputs import with_config, with_severity
from .config.model import DEFAULT_PATH, Config
from .errors import Complaint, Document, InputError
from .identity import RunIdentity
from .inputs.origins import origins_of
from .inputs.reading import Sources, build, build_leniently, read_sources
from .inputs.settings import Settings
from .network.deadline import Deadline
from .network.head_start import HeadStart, ca_bundle
from .network.journal import Journal
from .operations.base import Operation
from .redaction import Redactor
from .runner import Runner

if TYPE_CHECKING:
    from .inputs.request import Request
    from .network.rehearsal import Rehearsal
    from .stage import Stage

_ISSUES = "https://github.com/org/pd-incident-action/issues"
_EXAMPLES = {
    "pagerduty-token": "${{ secrets.PAGERDUTY_API_KEY }}",
    "routing-key": "${{ secrets.PAGERDUTY_ROUTING_KEY }}",
    "incident-io-token": "${{ secrets.INCIDENT_IO_API_KEY }}",
    "port-client-id": "${{ secrets.PORT_CLIENT_ID }}",
    "port-client-secret": "${{ secrets.PORT_CLIENT_SECRET }}",
}


def main(started: float, head_start: HeadStart | None = None) -> int:
    """Run the action in this process's environment.

    Args:
        started: when the process started, in seconds of the monotonic clock.
        head_start: connections that are already being made.

    Returns:
        The exit code: 0 when what was asked for is done, else 1.
    """
    _use_utf8()
    redactor = Redactor()
    runner = _runner(os.environ, redactor)
    try:
        with listening():
            return run(os.environ, runner, redactor, started, head_start)
    except Document as error:
        runner.error(error.title, str(error))
    except Exception:  # noqa: BLE001 - the last resort: say that it is our fault, and where to go
        import traceback  # noqa: PLC0415 - 3 ms that only a bug is worth

        runner.error("Bug in pd-incident-action", f"This is our bug; please report it: {_ISSUES}")
        runner.info(traceback.format_exc())
    return 1


def run(
    environment: Mapping[str, str],
    runner: Runner,
    redactor: Redactor,
    started: float,
    head_start: HeadStart | None = None,
) -> int:
    """Read the inputs and do what they ask for.

    Args:
        environment: the process's environment.
        runner: GitHub's runner.
        redactor: learns the secrets.
        started: when the process started, in seconds of the monotonic clock.
        head_start: connections that are already being made.

    Returns:
        The exit code.
    """
    sources, complaints = read_sources(environment, _read_event(environment))
    config, wrong = _read_config(environment, sources)
    complaints += wrong
    sources = with_config(sources, config)
    settings, wrong = build(Settings, sources)
    usable = settings or build_leniently(Settings, sources)
    for secret in usable.secrets():
        runner.mask(secret)
    operation, request, more = _read_request(usable, sources, config)
    refused = {complaint.input for complaint in wrong}
    complaints += wrong + [complaint for complaint in more if complaint.input not in refused]
    if not complaints and operation is not None and request is not None and head_start is not None:
        ask_ahead(operation, request, usable, head_start)
    # Only now: what is asked early is on its way meanwhile.
    from .action import action  # noqa: PLC0415
    from .connections import Listeners, open_port, open_tools  # noqa: PLC0415
    from .network.network import Network  # noqa: PLC0415
    from .stage import Stage  # noqa: PLC0415

    deadline = Deadline(usable.timeout)
    journal = _journal(environment, runner)
    rehearsal = _rehearsal(usable)
    network = Network(
        deadline, usable.timeout, journal, ca_bundle(environment), head_start, rehearsal
    )
    blueprint = usable.blueprint or (operation.entity_blueprint if operation else "")
    port = (
        open_port(usable, network, blueprint, on_token=runner.mask, redactor=redactor)
        if rehearsal is None
        else None
    )
    identity = RunIdentity.of(environment)
    origins = origins_of(operation.request, sources) if operation else ()
    stage = Stage(usable, blueprint, identity, runner, port, started, journal, origins)
    if complaints or operation is None or request is None:
        code = _refuse(complaints, stage)
        _write_metrics(environment, stage, code)
        return code
    on_sent = port.page_sent if port is not None else _nothing
    listeners = Listeners(stage.say, on_sent, runner.mask, redactor.scrub_entity)
    tools = open_tools(operation, request, usable, identity, network, config, listeners)
    if rehearsal is not None:
        from .dry_run import rehearse  # noqa: PLC0415 - only for dry runs

        return rehearse(operation, request, tools, stage, rehearsal)
    code = action(operation, request, tools, stage)
    _write_metrics(environment, stage, code)
    return code


def _write_metrics(environment: Mapping[str, str], stage: Stage, code: int) -> None:
    name = stage.settings.metrics_file
    if name is None:
        return
    from .reports import metrics_file  # noqa: PLC0415 - only for those who collect figures

    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
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


def _read_config(
    environment: Mapping[str, str], sources: Sources
) -> tuple[Config, list[Complaint]]:
    given = sources.find(["config"], trusted=True)
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    if given is None and not (workspace / DEFAULT_PATH).is_file():
        return Config(), []
    from .config.file import read_config  # noqa: PLC0415 - 20 ms that most runs do without

    config, complaints = read_config(given, workspace)
    return config or Config(), complaints


def _read_request(
    settings: Settings, sources: Sources, config: Config
) -> tuple[Operation | None, Request | None, list[Complaint]]:
    known = operations.names(settings.provider)
    if settings.operation not in known:
        return None, None, [_unknown_operation(settings, known)]
    operation = operations.load(settings.operation, settings.provider)
    complaints = [
        Complaint(name, "is missing, which a PagerDuty app's token needs")
        for name in settings.missing_of_app
    ]
    complaints += _missing_credentials(operation, settings)
    if operation.provider == "pagerduty":
        sources, wrong = with_severity(sources, config, operation.request)
        complaints += wrong
    request, wrong = build(operation.request, sources)
    return operation, request, wrong + complaints


def _unknown_operation(settings: Settings, known: list[str]) -> Complaint:
    import difflib  # noqa: PLC0415 - 7 ms that only a wrong name is worth

    near = difflib.get_close_matches(settings.operation, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    whose = "" if settings.provider == "pagerduty" else f" with provider {settings.provider}"
    problem = f"must be one of {', '.join(known)}{whose}, not '{settings.operation}'{hint}"
    return Complaint("operation", problem, near[0] if near else "create")


def _missing_credentials(operation: Operation, settings: Settings) -> list[Complaint]:
    given = {
        "pagerduty-token": settings.has_pagerduty or None,
        "routing-key": settings.routing_key,
        "incident-io-token": settings.incident_io_token,
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    return [
        Complaint(name, f"is missing, which {operation.name} needs", _EXAMPLES[name])
        for name in operation.needs
        if given[name] is None
    ]


def _runner(environment: Mapping[str, str], redactor: Redactor) -> Runner:
    summary = environment.get("GITHUB_STEP_SUMMARY")
    return Runner(
        redactor,
        summary_file=Path(summary) if summary else None,
        has_outputs=bool(environment.get("GITHUB_OUTPUT")),
    )


def _read_event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the event that started the workflow; one that can't be read has no inputs."""
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        event = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")

"""One run: the start message, the operation, its reports and the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from .clients import ClientFactory, build_context
from .context import RunContext
from .errors import ActionError, Cancelled, InputError, InputProblem
from .http.deadline import Deadline
from .http.dry_run import DryRun
from .http.preconnect import Preconnector, find_ca_bundle
from .http.request_log import RequestLog
from .identity import RunIdentity
from .inputs.sources import resolve
from .invocation import Invocation
from .models import Outcome
from .operations.base import Operation
from .port import mapping
from .port.client import PortClient
from .port.entity_diff import preview
from .port.jq_mapping import apply_jq_mapping
from .reporting import call_trace, dry_run, metrics, publish
from .runner import Runner

# The runner kills a cancelled step after some seconds; together these stay below five.
_SECONDS_TO_RECOVER = 1.5
_SECONDS_TO_REPORT = 2.5


def run(
    invocation: Invocation,
    environment: Mapping[str, str],
    runner: Runner,
    started: float,
    preconnector: Preconnector | None = None,
) -> int:
    """Do what the inputs ask for, or report what is wrong with them.

    Args:
        invocation: the inputs.
        environment: the process's environment.
        runner: GitHub's runner, which learns the secrets.
        started: when the process started, in seconds of the monotonic clock.
        preconnector: connections that have been begun already.

    Returns:
        The exit code.
    """
    settings, kind = invocation.settings, invocation.operation
    for secret in settings.secrets():
        runner.mask(secret)
    clients = ClientFactory(
        settings=settings,
        deadline=Deadline(settings.timeout),
        request_log=_request_log(environment, runner),
        ca_bundle=find_ca_bundle(environment),
        preconnector=preconnector,
        dry_run=DryRun() if settings.dry_run else None,
        mask=runner.mask,
        redactor=runner.redactor,
    )
    blueprint = settings.blueprint or (kind.entity_blueprint if kind else "")
    context = RunContext(
        settings=settings,
        blueprint=blueprint,
        identity=RunIdentity.from_environment(environment),
        runner=runner,
        port=None if clients.dry_run else clients.port_reporter(blueprint),
        started=started,
        request_log=clients.request_log,
        input_sources=tuple(resolve(kind.Inputs, invocation.sources).values()) if kind else (),
        input_warnings=tuple(invocation.warnings),
    )
    operation = _operation(invocation, clients, context)
    if operation is None:
        code = _refuse(invocation.problems, context)
    elif clients.dry_run is not None:
        return preview_operation(operation, context, clients.dry_run)
    else:
        code = run_operation(operation, context)
    metrics.write_to_file(context, code)
    return code


def run_operation(operation: Operation, context: RunContext) -> int:
    """Run an operation, and report on it to GitHub and Port.

    Returns:
        The exit code.
    """
    message, outcome = operation.start_message(), None
    try:
        if context.port is not None:
            context.port.start(message)
        context.runner.info(message)
        try:
            outcome = _run(operation, context)
            publish.publish_early(outcome, context)
            # The user's expressions may take their time: everybody knows of the page by now.
            outcome = apply_jq_mapping(outcome, operation.context.config.mapping)
            publish.write_entities(outcome, context)
            outcome = operation.after(outcome)
            return publish.publish_success(outcome, context)
        except ActionError as error:
            return publish.publish_failure(operation.name, error, context)
    except Cancelled as error:
        done = outcome or _recover(operation)
        operation.context.deadline.shorten(_SECONDS_TO_REPORT)
        return publish.publish_failure(operation.name, error, context, done)


def preview_operation(operation: Operation, context: RunContext, recorded: DryRun) -> int:
    """Look everything up, change nothing, and show what a real run would do.

    Returns:
        The exit code: 1 if a real run would fail, as far as that can be known.
    """
    context.runner.info(f"Dry run: {operation.start_message()}")
    try:
        outcome = apply_jq_mapping(_run(operation, context), operation.context.config.mapping)
        entities = mapping.to_entities(outcome, context.blueprint)
        port = operation.context.find(PortClient)
        changes = preview(port, entities) if port is not None else ()
    except (ActionError, Cancelled) as error:
        return publish.publish_failure(operation.name, error, context)
    report = dry_run.DryRunReport(recorded.planned, outcome, changes)
    return dry_run.publish(report, context.runner)


def _run(operation: Operation, context: RunContext) -> Outcome:
    """Run an operation; its outcome also warns about what was left out of the inputs."""
    outcome = operation.run()
    return replace(outcome, warnings=(*context.input_warnings, *outcome.warnings))


def _request_log(environment: Mapping[str, str], runner: Runner) -> RequestLog:
    """Open the log of requests; where the runner debugs, each attempt is shown in full."""
    if environment.get("RUNNER_DEBUG") != "1":
        return RequestLog()
    return RequestLog(
        lambda one: runner.group(call_trace.attempt_title(one), call_trace.attempt_lines(one))
    )


def _operation(
    invocation: Invocation, clients: ClientFactory, context: RunContext
) -> Operation | None:
    """Build the operation; None where an input is missing or wrong."""
    if invocation.validated is None:
        return None
    kind, inputs = invocation.validated
    clients = replace(clients, log=context.log)
    if context.port is not None:
        clients = replace(clients, on_sent=context.port.page_sent)
    return kind(inputs, build_context(kind, inputs, clients, context.identity, invocation.config))


def _refuse(problems: Sequence[InputProblem], context: RunContext) -> int:
    """Report input problems, to Port as well if it is known to which run."""
    leads_elsewhere = any(problem.input.startswith("port-") for problem in problems)
    if context.port is None or context.settings.port_run_id is None or leads_elsewhere:
        context = replace(context, port=None)
    else:
        context.port.start("Checking the inputs")
    return publish.publish_failure(context.settings.operation, InputError(problems), context)


def _recover(operation: Operation) -> Outcome | None:
    """Find out what an interrupted operation had done."""
    operation.context.deadline.shorten(_SECONDS_TO_RECOVER)
    with suppress(ActionError):
        return operation.recover()
    return None

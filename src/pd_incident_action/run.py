"""One run: the start message, the operation, its reports and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from . import providers
from .clients import ClientFactory, build_context
from .errors import ActionError, Cancelled, InputError, InputProblem, InternalError
from .http.deadline import Cancellation, Deadline
from .http.messages import Attempt, RequestLog
from .http.preconnect import Preconnector, find_ca_bundle
from .identity import RunIdentity
from .inputs.port_context import PortContext
from .inputs.sources import input_specs, resolve
from .inputs.values import split_names
from .invocation import Invocation
from .models import Outcome
from .operations.base import Operation, OperationInputs
from .port.client import SERVICE as PORT
from .redaction import People
from .reporting import call_trace, publish
from .reporting.publish import RunContext
from .runner import Runner
from .text import shorten

if TYPE_CHECKING:
    from .reporting.dry_run import DryRunReporter

# The runner kills a cancelled step after some seconds; together these stay below five.
_SECONDS_TO_RECOVER = 1.5
_SECONDS_TO_REPORT = 2.5
# After the time is up: the last report to Port, and a margin.
_SECONDS_TO_END = 4.5
_MAX_NAMES = 200
_GUESS = (
    "No {0.input} is given, and Port's entity '{0.value}' neither is nor relates to one of "
    "PagerDuty's: its identifier is used as the name or id of one."
)


class Process(NamedTuple):
    """The process that a run has to itself.

    Attributes:
        watch: begins to watch over the run; takes what cancels it, and the seconds in which it ends
            by itself.
    """

    environment: Mapping[str, str]
    started: float
    watch: Callable[[Callable[[str], None], float], None] = lambda _cancel, _seconds: None


def run(
    invocation: Invocation,
    process: Process,
    runner: Runner,
    preconnector: Preconnector | None = None,
) -> int:
    """Do what the inputs ask for, or report what is wrong with them."""
    settings, kind = invocation.settings, invocation.operation
    cancellation, seconds = Cancellation(), float(settings.timeout)
    if invocation.validated:
        seconds += kind.seconds_to_wait(invocation.validated[1]) if kind else 0
    process.watch(cancellation.cancel, seconds + _SECONDS_TO_END)
    for secret in settings.secrets():
        runner.mask(secret)
    if settings.redact_people:
        runner.people = People(_people(invocation))
    dry_run = _open_dry_run() if settings.dry_run else None
    clients = ClientFactory(
        settings=settings,
        deadline=Deadline(seconds, cancellation),
        request_log=_request_log(process.environment, runner),
        ca_bundle=find_ca_bundle(process.environment),
        preconnector=preconnector,
        dry_run=dry_run.recorded if dry_run else None,
        mask=runner.mask,
        redactor=runner.redactor,
    )
    blueprint = settings.blueprint or (kind.entity_blueprint if kind else "")
    identity = RunIdentity.from_environment(process.environment)
    port = clients.port_reporter(blueprint, identity.external_run_id)
    context = RunContext(
        settings=settings,
        blueprint=blueprint,
        identity=identity,
        runner=runner,
        port=port,
        started=process.started,
        pages=bool(kind and kind.pages),
        request_log=clients.request_log,
        deadline=clients.deadline,
        input_sources=tuple(resolve(kind.Inputs, invocation.sources).values()) if kind else (),
        input_warnings=invocation.warnings,
        related=_related(invocation.sources.context, blueprint, kind),
    )
    if foreign := invocation.sources.foreign_names:
        names = shorten(", ".join(foreign), _MAX_NAMES)
        runner.info(f"This workflow's inputs ({names}) are not read: they aren't the action's.")
    operation = _operation(invocation, clients, context)
    if operation is None:
        code = _refuse(invocation.problems, context)
    else:
        code = run_operation(operation, context, dry_run)
    if dry_run is None:
        publish.write_metrics(context, code)
    return code


def _open_dry_run() -> DryRunReporter:
    from .reporting.dry_run import DryRunReporter  # noqa: PLC0415 - 5 ms that no page needs

    return DryRunReporter()


def _related(
    clicked: PortContext, blueprint: str, kind: type[Operation] | None
) -> Mapping[str, Any]:
    """Return what a new entity relates to: the one that was clicked, and what that relates to.

    An incident that is there already stays whose it is.
    """
    is_there = clicked.blueprint == blueprint or (kind and "incident" in kind.Inputs.model_fields)
    if not clicked.entity or is_there:
        return {}
    return {**clicked.relations, clicked.blueprint: clicked.entity}


def run_operation(
    operation: Operation, context: RunContext, dry_run: DryRunReporter | None = None
) -> int:
    """Run an operation, and report on it to GitHub and Port.

    Returns:
        The exit code; in a dry run, 1 if a real run would fail, as far as that can be known.
    """
    outcome: Outcome | None = None
    context = context._replace(pages=operation.pages)
    try:
        try:
            context.log(f"{'Dry run: ' if dry_run else ''}{operation.start_message()}")
            for one in context.input_sources:
                if one.is_guess:
                    context.log(_GUESS.format(one))
            outcome = operation.run()
            for step in _steps_after(operation, context):
                outcome = _attempt(step, outcome)
            if dry_run is not None:
                return dry_run.publish(outcome, operation.context, context)
            return publish.publish_success(outcome, context)
        except ActionError as error:
            return publish.publish_failure(operation.name, error, context)
    except Cancelled as error:
        done = None if dry_run else _recover(operation, outcome)
        return publish.publish_failure(operation.name, error, _with_final_deadline(context), done)
    except Exception as error:  # noqa: BLE001 - a bug: it is reported everywhere
        done = None if dry_run else outcome
        bug = InternalError(error, _done_before(operation, context, done))
        return publish.publish_bug(operation.name, bug, _with_final_deadline(context), done)


def _steps_after(
    operation: Operation, context: RunContext
) -> Iterator[Callable[[Outcome], Outcome]]:
    """Yield what is done once somebody was paged, each returning the outcome it makes of one."""
    if not operation.context.dry_run:
        yield lambda outcome: publish.publish_early(outcome, context)
    # The user's expressions may take their time: everybody knows of the page by now.
    expressions = operation.context.config.mapping
    if expressions:
        yield lambda outcome: _map(outcome, expressions, context.deadline.remaining())
    find_email = operation.context.find_email
    yield lambda outcome: publish.write_entities(outcome, context, find_email)
    yield operation.leave_note
    yield operation.after
    yield lambda outcome: replace(outcome, warnings=(*context.input_warnings(), *outcome.warnings))


def _map(outcome: Outcome, expressions: Mapping[str, str], seconds: float) -> Outcome:
    from .port.jq_mapping import apply_jq_mapping  # noqa: PLC0415 - loads subprocess; see tests

    return apply_jq_mapping(outcome, expressions, seconds)


def _attempt(step: Callable[[Outcome], Outcome], outcome: Outcome) -> Outcome:
    """Take a step after the page, where whatever fails is only a warning."""
    try:
        return step(outcome)
    except ActionError as error:
        warning = str(error)
    except Exception as error:  # noqa: BLE001 - a bug, but the page is out
        warning = str(InternalError(error, "the operation itself succeeded"))
    return outcome.adding(warnings=[warning])


def _done_before(operation: Operation, context: RunContext, outcome: Outcome | None) -> str:
    """Describe what is known to have been done before a bug, or how to find out."""
    if outcome is not None:
        return f"this was done before: {outcome.message}"
    if not context.request_log.may_have_written(but_to=PORT):
        return ""
    provider = providers.find(operation.provider).title
    return f"look in {provider} before you {'page again' if operation.pages else 'repeat it'}"


def _with_final_deadline(context: RunContext) -> RunContext:
    """Leave only the time that it takes to report how the run ended."""
    return context._replace(deadline=Deadline(_SECONDS_TO_REPORT))


def _request_log(environment: Mapping[str, str], runner: Runner) -> RequestLog:
    """Open the log of requests; where the runner debugs, each attempt is shown in full."""

    def on_attempt(attempt: Attempt) -> None:
        if runner.people is not None:
            runner.people.learn(attempt.received)
        if environment.get("RUNNER_DEBUG") == "1":
            title, lines = call_trace.attempt_title(attempt), call_trace.attempt_lines(attempt)
            runner.group(title, lines)

    return RequestLog(on_attempt)


def _people(invocation: Invocation) -> Iterator[str]:
    """Yield the people that inputs name."""
    model = invocation.operation.Inputs if invocation.operation else OperationInputs
    given = resolve(model, invocation.sources)
    for name, _, spec in input_specs(model):
        if spec.names_people and name in given:
            yield from split_names(given[name].value)


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
    run_id = context.settings.port_run_id or context.identity.external_run_id
    if context.port is None or not run_id or leads_elsewhere:
        context = context._replace(port=None)
    else:
        context.port.log("Checking the inputs")
    name = context.settings.operation
    try:
        return publish.publish_failure(name, InputError(problems), context)
    except Cancelled as error:
        return publish.publish_failure(name, error, _with_final_deadline(context))


def _recover(operation: Operation, outcome: Outcome | None) -> Outcome | None:
    """Find out what an interrupted operation had done, so that a re-run finds it as well.

    Nothing of it is under way any more.
    """
    operation.context = operation.context.reopened(Deadline(_SECONDS_TO_RECOVER))
    with suppress(Exception):
        outcome = outcome or operation.recover()
        return outcome and operation.leave_note(outcome)
    return outcome

"""The flow of a run, from a checked request to the exit code. Everything it needs is handed in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from .catalog import mapping
from .catalog.overrides import with_overrides
from .errors import ActionError, ApiError, Cancelled, Document
from .journal import Journal
from .origins import Origin, named_in
from .reports import summary, timeline
from .reports.conclusion import Conclusion
from .reports.metrics import Metrics, metrics_of
from .reports.outputs import outputs_of

if TYPE_CHECKING:
    from .catalog.port_runs import Ending
    from .identity import RunIdentity
    from .operations.base import Operation, Tools
    from .outcome import Entity, Outcome
    from .reports.run_log import PortReporter
    from .request import Request
    from .runner import Runner
    from .settings import Settings

# The runner kills a cancelled step after some seconds; together these stay below five.
_SECONDS_TO_RECOVER = 1.5
_SECONDS_TO_TELL_PORT = 2.5
_NOT_FOUND = 404
_MOST_LINKS = 10
_PORT_APPS = {"eu": "https://app.port.io", "us": "https://app.us.port.io"}


@dataclass(frozen=True)
class Stage:
    """Where a run takes place, and who hears of it.

    Attributes:
        settings: the shared inputs.
        blueprint: identifier of the blueprint of the entities that come of it.
        identity: the GitHub run.
        runner: GitHub's runner.
        port: Port's reporter, or None if there is nothing to report to.
        started: when the process started, in seconds of the monotonic clock.
        journal: what was sent and what came back.
        origins: where the operation's inputs came from.
    """

    settings: Settings
    blueprint: str
    identity: RunIdentity
    runner: Runner
    port: PortReporter | None
    started: float
    journal: Journal = field(default_factory=Journal)
    origins: tuple[Origin, ...] = ()

    def say(self, line: str) -> None:
        """Tell GitHub's log and Port's run log alike.

        Args:
            line: any text.
        """
        self.runner.info(line)
        if self.port is not None:
            self.port.say(line)

    @property
    def metrics(self) -> Metrics:
        """How the run went so far, in figures."""
        return metrics_of(self.journal.attempts, self.started)

    @property
    def timeline(self) -> str:
        """What was sent when, in Markdown."""
        return timeline.as_markdown(self.journal.attempts, self.started)

    def may_end_run(self, when: Literal["failure", "always"]) -> bool:
        """Tell whether the action itself ends the Port run."""
        return self.settings.report_status in {when, "always"}


def action(operation: Operation, request: Request, tools: Tools, stage: Stage) -> int:
    """Page, then tell everybody.

    Args:
        operation: what to do.
        request: its checked inputs.
        tools: the providers it works with.
        stage: where, and who hears of it.

    Returns:
        The exit code.
    """
    announcement = operation.announce(request)
    outcome = None
    try:
        if stage.port is not None:
            stage.port.start(announcement)
        stage.runner.info(announcement)
        try:
            outcome = with_overrides(operation.run(request, tools), tools.config.mapping)
            _tell_at_once(outcome, stage)
            outcome = operation.follow_up(request, outcome, tools)
            return _succeed(outcome, stage)
        except ActionError as error:
            return fail(operation.name, error, stage)
    except Cancelled as error:
        done = outcome or _recover(operation, request, tools)
        tools.deadline.hurry(_SECONDS_TO_TELL_PORT)
        return fail(operation.name, error, stage, done)


def _recover(operation: Operation, request: Request, tools: Tools) -> Outcome | None:
    """Find out what the provider had done when the job was cancelled."""
    tools.deadline.hurry(_SECONDS_TO_RECOVER)
    with suppress(ActionError):
        return operation.recover(request, tools)
    return None


def fail(operation: str, error: Document, stage: Stage, outcome: Outcome | None = None) -> int:
    """Tell everybody that it didn't work.

    Args:
        operation: what was to be done.
        error: why it wasn't.
        stage: who hears of it.
        outcome: what had nevertheless been done, as far as is known.

    Returns:
        The exit code, always 1.
    """
    if isinstance(error, ApiError) and error.status == _NOT_FOUND:
        error.hint = named_in(error.what, stage.origins)
    for text in error.sentences:
        stage.runner.error(error.title, text)
    entities: tuple[Entity, ...] = ()
    lines = error.sentences
    if outcome is not None:
        entities = mapping.to_entities(outcome, stage.blueprint)
        lines += (f"By then: {outcome.message}",)
        stage.runner.notice("Incident", _with_url(outcome))
        stage.runner.outputs(outputs_of(outcome, entities) | stage.metrics.as_outputs())
    problems: tuple[str, ...] = ()
    if stage.port is not None:
        ending: Ending = "CANCELLED" if isinstance(error, Cancelled) else "FAILURE"
        stage.port.conclude(
            Conclusion(
                lines=lines,
                links=_links(stage, outcome),
                summary=" ".join(lines),
                entities=entities,
                ending=ending if stage.may_end_run("failure") else None,
                label=error.title,
            )
        )
        stage.port.join()
        problems = _tell_problems(stage.port, stage)
    more = (*lines[len(error.sentences) :], *problems)
    stage.runner.summary(summary.of_failure(operation, error, more, stage.timeline))
    return 1


def _tell_at_once(outcome: Outcome, stage: Stage) -> None:
    """Say what was achieved before anything else is done about it."""
    if outcome.incident or not outcome.failures:
        stage.runner.notice("Incident" if outcome.incident else "Done", _with_url(outcome))
    if stage.port is not None:
        stage.port.say(outcome.message)


def _succeed(outcome: Outcome, stage: Stage) -> int:
    """Tell everybody what was achieved; first those who can't be in trouble."""
    entities = mapping.to_entities(outcome, stage.blueprint)
    for line in outcome.lines:
        stage.runner.info(line)
    for text in outcome.warnings:
        stage.runner.warning("Please check", text)
    for error in outcome.failures:
        stage.runner.error(error.title, str(error))
    figures = stage.metrics
    stage.runner.outputs(outputs_of(outcome, entities) | figures.as_outputs())
    stage.runner.secrets(outcome.secrets)
    catalog = _report_to_port(outcome, entities, stage)
    stage.runner.summary(summary.of_outcome(outcome, catalog, figures.time_to_page, stage.timeline))
    is_failure = catalog.problems and stage.settings.catalog_errors == "fail"
    return 1 if is_failure or outcome.failures else 0


def _report_to_port(
    outcome: Outcome, entities: tuple[Entity, ...], stage: Stage
) -> summary.CatalogReport:
    port = stage.port
    if port is None:
        return summary.CatalogReport()
    failures = tuple(map(str, outcome.failures))
    port.conclude(
        Conclusion(
            lines=(*outcome.lines, *outcome.warnings, *failures),
            links=_links(stage, outcome),
            summary=" ".join((_with_url(outcome), *failures)),
            entities=entities,
            ending=_ending(outcome, stage),
            label=outcome.failures[0].title if failures else _label(outcome),
        )
    )
    port.join()
    return summary.CatalogReport(
        written=port.entities.written,
        unwritten=port.entities.unwritten,
        links=tuple(_entity_link(one, stage.settings) for one in port.entities.written),
        problems=_tell_problems(port, stage),
    )


def _ending(outcome: Outcome, stage: Stage) -> Ending | None:
    if outcome.failures:
        return "FAILURE" if stage.may_end_run("failure") else None
    return "SUCCESS" if stage.may_end_run("always") else None


def _label(outcome: Outcome) -> str:
    return outcome.incident.status.capitalize() if outcome.incident else "Done"


def _tell_problems(port: PortReporter, stage: Stage) -> tuple[str, ...]:
    """Say what Port wasn't told, as loudly as the user wants; give the sentences."""
    for text in port.remarks:
        stage.runner.warning("Please check", text)
    problems = tuple(f"The page is not affected, but {error}" for error in port.problems)
    is_failure = stage.settings.catalog_errors == "fail"
    annotate = stage.runner.error if is_failure else stage.runner.warning
    for text in problems:
        annotate("Port was not told everything", text)
    return problems


def _with_url(outcome: Outcome) -> str:
    return " ".join((outcome.message, *_urls(outcome)))


def _links(stage: Stage, outcome: Outcome | None = None) -> tuple[str, ...]:
    return (*(_urls(outcome) if outcome else ()), *filter(None, [stage.identity.url]))


def _urls(outcome: Outcome) -> tuple[str, ...]:
    """List the pages that the outcome is about, not too many of them."""
    urls = [incident.url for incident in outcome.incidents]
    urls += [outcome.service.url] if outcome.service else []
    return tuple(filter(None, urls))[:_MOST_LINKS]


def _entity_link(entity: Entity, settings: Settings) -> str:
    if settings.port_api_url is not None:
        return ""
    app = _PORT_APPS[settings.port_region]
    return f"{app}/{entity.blueprint}Entity?identifier={quote(entity.identifier, safe='')}"

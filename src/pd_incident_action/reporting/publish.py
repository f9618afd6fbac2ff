"""Tells GitHub and Port how a run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pd_incident_action.errors import ApiError, Cancelled, UserFacingError
from pd_incident_action.inputs.provenance import explain_source
from pd_incident_action.port import mapping
from pd_incident_action.port.reporter import FinalReport

from . import call_trace, summary
from .metrics import Metrics, metrics_of
from .outputs import outputs_of

if TYPE_CHECKING:
    from pd_incident_action.context import RunContext
    from pd_incident_action.inputs.settings import Settings
    from pd_incident_action.models import Entity, Outcome
    from pd_incident_action.port.reporter import PortReporter
    from pd_incident_action.port.runs import Ending

_NOT_FOUND = 404
_MOST_LINKS = 10
_PORT_APPS = {"eu": "https://app.port.io", "us": "https://app.us.port.io"}


def fail(
    operation: str, error: UserFacingError, context: RunContext, outcome: Outcome | None = None
) -> int:
    """Tell everybody that it didn't work.

    Args:
        operation: what was to be done.
        error: why it wasn't.
        context: who hears of it.
        outcome: what had nevertheless been done, as far as is known.

    Returns:
        The exit code, always 1.
    """
    if isinstance(error, ApiError) and error.status == _NOT_FOUND:
        error.hint = explain_source(error.summary, context.input_sources)
    for text in error.messages:
        context.runner.error(error.title, text)
    entities: tuple[Entity, ...] = ()
    lines = error.messages
    if outcome is not None:
        entities = mapping.to_entities(outcome, context.blueprint)
        lines += (f"By then: {outcome.message}",)
        context.runner.notice("Incident", _with_url(outcome))
        context.runner.outputs(outputs_of(outcome, entities) | _metrics(context).as_outputs())
    problems: tuple[str, ...] = ()
    if context.port is not None:
        context.port.write(entities)
        ending: Ending = "CANCELLED" if isinstance(error, Cancelled) else "FAILURE"
        context.port.finish(
            FinalReport(
                lines=lines,
                links=_links(context, outcome),
                summary=" ".join(lines),
                ending=ending if context.should_close_port_run("failure") else None,
                label=error.title,
            )
        )
        problems = _report_problems(context.port, context)
    more = (*lines[len(error.messages) :], *problems)
    context.runner.summary(summary.render_failure(operation, error, more, _timeline(context)))
    return 1


def publish_early(outcome: Outcome, context: RunContext) -> None:
    """Say what was achieved, and have it written into the catalog, before anything else is done.

    Args:
        outcome: what was achieved.
        context: who hears of it.
    """
    if outcome.incident or not outcome.failures:
        context.runner.notice("Incident" if outcome.incident else "Done", _with_url(outcome))
    if context.port is not None:
        context.port.log(outcome.message)
        # Before the entity: a run that has ended takes none, and this is how it is found out.
        context.port.set_result(_links(context, outcome), _summary(outcome))
        context.port.write(mapping.to_entities(outcome, context.blueprint))


def publish_success(outcome: Outcome, context: RunContext) -> int:
    """Tell everybody what was achieved; first those who can't be in trouble.

    Args:
        outcome: what was achieved.
        context: who hears of it.

    Returns:
        The exit code: 0, or 1 where something failed that was asked for.
    """
    entities = mapping.to_entities(outcome, context.blueprint)
    for line in outcome.lines:
        context.runner.info(line)
    for text in outcome.warnings:
        context.runner.warning("Please check", text)
    for error in outcome.failures:
        context.runner.error(error.title, str(error))
    figures = _metrics(context)
    context.runner.outputs(outputs_of(outcome, entities) | figures.as_outputs())
    context.runner.secrets(outcome.secrets)
    catalog = _report_to_port(outcome, context)
    context.runner.summary(
        summary.render_success(outcome, catalog, figures.time_to_page, _timeline(context))
    )
    is_failure = catalog.problems and context.settings.catalog_errors == "fail"
    return 1 if is_failure or outcome.failures else 0


def _report_to_port(outcome: Outcome, context: RunContext) -> summary.CatalogReport:
    port = context.port
    if port is None:
        return summary.CatalogReport()
    failures = tuple(map(str, outcome.failures))
    port.finish(
        FinalReport(
            lines=(*outcome.lines, *outcome.warnings, *failures),
            links=_links(context, outcome),
            summary=_summary(outcome),
            ending=_ending(outcome, context),
            label=outcome.failures[0].title if failures else _label(outcome),
            fails_on_problems=context.settings.catalog_errors == "fail"
            and context.should_close_port_run("failure"),
        )
    )
    return summary.CatalogReport(
        written=port.entities.written,
        unwritten=port.entities.unwritten,
        links=tuple(_entity_link(one, context.settings) for one in port.entities.written),
        problems=_report_problems(port, context),
    )


def _metrics(context: RunContext) -> Metrics:
    return metrics_of(context.request_log.attempts, context.started)


def _timeline(context: RunContext) -> str:
    return call_trace.to_markdown(context.request_log.attempts, context.started)


def _ending(outcome: Outcome, context: RunContext) -> Ending | None:
    if outcome.failures:
        return "FAILURE" if context.should_close_port_run("failure") else None
    return "SUCCESS" if context.should_close_port_run("always") else None


def _label(outcome: Outcome) -> str:
    return outcome.incident.status.capitalize() if outcome.incident else "Done"


def _report_problems(port: PortReporter, context: RunContext) -> tuple[str, ...]:
    """Say what Port wasn't told, as loudly as the user wants; give the sentences."""
    for text in port.notices:
        context.runner.warning("Please check", text)
    problems = tuple(f"The page is not affected, but {error}" for error in port.problems)
    is_failure = context.settings.catalog_errors == "fail"
    annotate = context.runner.error if is_failure else context.runner.warning
    for text in problems:
        annotate("Port was not told everything", text)
    return problems


def _summary(outcome: Outcome) -> str:
    return " ".join((_with_url(outcome), *map(str, outcome.failures)))


def _with_url(outcome: Outcome) -> str:
    return " ".join((outcome.message, *_urls(outcome)))


def _links(context: RunContext, outcome: Outcome | None = None) -> tuple[str, ...]:
    return (*(_urls(outcome) if outcome else ()), *filter(None, [context.identity.url]))


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

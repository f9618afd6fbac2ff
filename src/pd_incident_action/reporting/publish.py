"""Publishes how a run went: outputs, annotations and job summary on GitHub, a report to Port."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from pd_incident_action.errors import (
    ApiError,
    Cancelled,
    InternalError,
    NobodyNotified,
    Unconfirmed,
    UserFacingError,
)
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import RequestLog
from pd_incident_action.identity import RunIdentity
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.inputs.sources import InputSource, explain_source
from pd_incident_action.models import Entity, Outcome, Page
from pd_incident_action.port.client import SERVICE as PORT
from pd_incident_action.port.client import Ending
from pd_incident_action.port.mapping import FindEmail, to_entities
from pd_incident_action.port.reporter import NOT_UPDATED, FinalReport, PortReporter
from pd_incident_action.runner import Runner, write_below
from pd_incident_action.text import is_web_url

from . import call_trace, summary
from .outputs import as_outputs, metrics_of, outputs_of

_MAX_LINKS = 10
_WOULD_REPORT = "Dry run: nothing was sent. A real run would fail and report:"
_PORT_APPS = {"eu": "https://app.port.io", "us": "https://app.us.port.io"}


class RunContext(NamedTuple):
    """What reporting on a run needs to know.

    Attributes:
        port: reports to Port's run; None if there is nothing to report to.
        pages: whether somebody is to be notified.
        related: relations of the entity that the run was started on, for others to have, too.
        input_warnings: returns what was left out or changed of them, or not used.
    """

    settings: Settings
    blueprint: str
    identity: RunIdentity
    runner: Runner
    port: PortReporter | None
    started: float
    request_log: RequestLog
    deadline: Deadline
    input_sources: tuple[InputSource, ...] = ()
    pages: bool = False
    input_warnings: Callable[[], tuple[str, ...]] = tuple
    related: Mapping[str, Any] = MappingProxyType({})

    def entities(self, outcome: Outcome) -> tuple[Entity, ...]:
        """Build the entities that an outcome leads to."""
        return to_entities(outcome, self.blueprint, self.related)

    def log(self, line: str) -> None:
        """Write a line to GitHub's log and to Port's run log."""
        self.runner.info(line)
        if self.port is not None:
            self.port.log(line)


def publish_early(outcome: Outcome, context: RunContext) -> Outcome:
    """Publish what was achieved, before anything else is done; return it."""
    if outcome.page is Page.NOT_ASKED:
        _notice(outcome, context)
    else:
        # Who was notified is still to be found out.
        context.runner.info(outcome.headline)
    if context.port is not None:
        context.port.log(outcome.headline)
        # Before the entity: a run that has ended takes none, and this is how it is found out.
        context.port.set_result(_links(context, outcome), _summary(outcome))
    return outcome


def write_entities(outcome: Outcome, context: RunContext, find_email: FindEmail) -> Outcome:
    """Have the outcome's entities written to Port, while the run goes on; return the outcome."""
    if context.port is not None:
        context.port.write(context.entities(outcome), find_email)
    return outcome


def publish_success(outcome: Outcome, context: RunContext) -> int:
    """Publish what was achieved.

    Returns:
        The exit code: 0, or 1 where a part of it failed, or Port if the user wants that to count.
    """
    entities = context.entities(outcome)
    shortened = _publish_outputs(outcome, entities, context)
    context.runner.secrets(outcome.secrets)
    outcome = outcome.adding(warnings=shortened)
    for line in outcome.log_lines:
        context.runner.info(line)
    if outcome.page is not Page.NOT_ASKED:
        _notice(outcome, context)
    for text in outcome.warnings:
        context.runner.warning("Done, with a warning", text)
    for error in outcome.failures:
        context.runner.error(_title_of_failure(outcome, error), str(error))
    catalog = _report_success(outcome, context)
    trace = _call_trace(context, outcome.dedup_key)
    milliseconds = _metrics(context)["time_to_page_ms"]
    context.runner.summary(summary.render_success(outcome, catalog, milliseconds, trace))
    is_failure = catalog.problems and context.settings.catalog_errors == "fail"
    return 1 if is_failure or outcome.failures else 0


def publish_failure(
    operation: str, error: UserFacingError, context: RunContext, outcome: Outcome | None = None
) -> int:
    """Publish why it didn't work."""
    if isinstance(error, ApiError) and error.status == HTTPStatus.NOT_FOUND:
        error.source = explain_source(error.summary, context.input_sources)
    # A job that is cancelled has no time for what may be meant.
    warnings = () if isinstance(error, Cancelled) else context.input_warnings()
    page = _page_before(error, context, outcome)
    title, messages = _begin_title(page, error), tuple(map(page.begin, error.messages))
    if context.settings.dry_run:
        title, messages = "Dry run", tuple(f"{_WOULD_REPORT} {text}" for text in messages)
    for text in messages:
        context.runner.error(title, text)
    for text in warnings:
        context.runner.warning("An input was not used", text)
    before: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    if outcome is not None:
        before = (f"Before cancellation: {outcome.message}",)
        entities = context.entities(outcome)
        context.runner.notice(_title(outcome), _message_with_urls(outcome))
        warnings = (*outcome.warnings, *map(str, outcome.failures))
        for text in warnings:
            context.runner.warning("Done, with a warning", text)
        _publish_outputs(outcome, entities, context)
    problems: tuple[str, ...] = ()
    if context.port is not None:
        context.port.write(entities)
        report = FinalReport(
            lines=before,
            errors=messages,
            warnings=warnings,
            summary=" ".join((*messages, *before)),
            ending="CANCELLED" if isinstance(error, Cancelled) else "FAILURE",
            label=title,
        )
        problems = _finish(context.port, context, outcome, report)
    notes = (*before, *warnings, *problems)
    blocks = [*(summary.full_texts(outcome) if outcome else ()), _call_trace(context)]
    context.runner.summary(summary.render_failure(operation, error, notes, title, blocks))
    return 1


def publish_bug(
    operation: str, bug: InternalError, context: RunContext, outcome: Outcome | None
) -> int:
    """Publish that the action itself failed, wherever that was.

    Returns:
        The exit code: 0 where everything that was asked for was done.
    """
    is_done = outcome is not None and not outcome.failures
    annotate = context.runner.warning if is_done else context.runner.error
    page = _page_before(bug, context, outcome)
    title, message = _begin_title(page, bug), page.begin(str(bug))
    annotate(title, message)
    context.runner.group("Details for the report", [traceback.format_exc()])
    parts: list[Callable[[], object]] = [
        partial(context.runner.summary, summary.render_failure(operation, bug, (), title=title))
    ]
    if outcome is not None:
        parts += [
            partial(context.runner.secrets, outcome.secrets),
            partial(_publish_outputs, outcome, (), context),
        ]
    if context.port is not None:
        ending: Ending = "SUCCESS" if is_done else "FAILURE"
        report = FinalReport(errors=(message,), summary=message, ending=ending, label=title)
        parts.append(partial(_finish, context.port, context, outcome, report))
    for part in parts:
        # Any of them may be what has the bug.
        with suppress(Exception):
            part()
    return 0 if is_done else 1


def _publish_outputs(
    outcome: Outcome, entities: tuple[Entity, ...], context: RunContext
) -> tuple[str, ...]:
    """Publish the outputs; return warnings about those that were too long."""
    outputs, warnings = outputs_of(outcome, entities)
    context.runner.outputs(outputs | as_outputs(_metrics(context)))
    return warnings


def _metrics(context: RunContext) -> dict[str, int | None]:
    return metrics_of(context.request_log.attempts, context.started, pages=context.pages)


def _report_success(outcome: Outcome, context: RunContext) -> summary.CatalogReport:
    port = context.port
    if port is None:
        return summary.CatalogReport()
    failures = tuple(map(str, outcome.failures))
    if failures:
        label = _title_of_failure(outcome, outcome.failures[0])
    else:
        status = outcome.incident.status.capitalize() if outcome.incident else ""
        label = outcome.page.value or status or "Done"
    report = FinalReport(
        lines=(*outcome.log_lines, outcome.headline),
        errors=failures,
        warnings=outcome.warnings,
        summary=_summary(outcome),
        ending="FAILURE" if failures else "SUCCESS",
        label=label,
    )
    problems = _finish(port, context, outcome, report)
    return summary.CatalogReport(
        written=port.entities.written,
        unwritten=port.entities.unwritten,
        links=tuple(_entity_link(one, context.settings) for one in port.entities.written),
        problems=problems,
    )


def _finish(
    port: PortReporter, context: RunContext, outcome: Outcome | None, report: FinalReport
) -> tuple[str, ...]:
    """Send the final report to Port, and end its run unless the user leaves that to the workflow.

    Returns:
        What Port hasn't taken, in sentences; annotated as loudly as the user wants.
    """
    is_strict, status = context.settings.catalog_errors == "fail", context.settings.report_status
    is_ended = status == "always" or (status == "failure" and report.ending != "SUCCESS")
    report = report._replace(
        links=_links(context, outcome),
        ending=report.ending if is_ended else None,
        fails_on_problems=is_strict and status != "never",
    )
    port.finish(report, context.deadline)
    for text in port.notices:
        context.runner.warning(NOT_UPDATED, text)
    prefix = "The page went out. " if outcome is not None and outcome.page.is_out else ""
    problems = tuple(f"{prefix}{error}" for error in port.problems)
    annotate = context.runner.error if is_strict else context.runner.warning
    for text in problems:
        annotate(NOT_UPDATED, text)
    return problems


def _page_before(error: UserFacingError, context: RunContext, outcome: Outcome | None) -> Page:
    """Return what is known about the page once a run has failed."""
    if not context.pages:
        return Page.NOT_ASKED
    if outcome is not None and outcome.page is not Page.NOT_ASKED:
        return outcome.page
    if isinstance(error, NobodyNotified):
        return Page.UNKNOWN if isinstance(error, Unconfirmed) else Page.NOBODY
    if isinstance(error, ApiError):
        return Page.UNKNOWN if error.outcome_unknown else Page.NOBODY
    is_unknown = context.request_log.may_have_written(but_to=PORT)
    return Page.UNKNOWN if is_unknown else Page.NOBODY


def _begin_title(page: Page, error: UserFacingError) -> str:
    """Begin an error's title, unless it says no more, with what is known about the page."""
    if isinstance(error, NobodyNotified) or not page.value:
        return error.title
    return page.value if error.title == UserFacingError.TITLE else f"{page.value}: {error.title}"


def _title_of_failure(outcome: Outcome, error: UserFacingError) -> str:
    """Return the title of an error that is only a part of the outcome."""
    if outcome.page.is_out and not isinstance(error, NobodyNotified):
        return "Not everybody was paged"
    return _begin_title(outcome.page, error)


def _notice(outcome: Outcome, context: RunContext) -> None:
    if outcome.incident or not outcome.failures:
        context.runner.notice(_title(outcome), _message_with_urls(outcome))


def _title(outcome: Outcome) -> str:
    return outcome.page.value or ("Incident" if outcome.incident else "Done")


def _call_trace(context: RunContext, dedup_key: str = "") -> str:
    return call_trace.render(context.request_log.attempts, context.started, dedup_key)


def _summary(outcome: Outcome) -> str:
    return " ".join((outcome.headline, *map(str, outcome.failures)))


def _message_with_urls(outcome: Outcome) -> str:
    return " ".join((outcome.headline, *_urls(outcome)))


def _links(context: RunContext, outcome: Outcome | None) -> tuple[str, ...]:
    urls = _urls(outcome) if outcome else ()
    return tuple(filter(None, (*urls, context.identity.url)))


def _urls(outcome: Outcome) -> tuple[str, ...]:
    """Return the web pages of what the outcome is about, not too many of them."""
    urls = [incident.url for incident in outcome.incidents]
    urls += [outcome.service.url] if outcome.service else []
    return tuple(filter(is_web_url, urls))[:_MAX_LINKS]


def _entity_link(entity: Entity, settings: Settings) -> str:
    if settings.port_api_url is not None:
        return ""
    app = _PORT_APPS[settings.port_region]
    return f"{app}/{entity.blueprint}Entity?identifier={quote(entity.identifier, safe='')}"


def write_metrics(context: RunContext, exit_code: int) -> None:
    """Append a line of JSON about the run to the input ``metrics-file``, if there is one."""
    name = context.settings.metrics_file
    if name is None:
        return
    identity = context.identity
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "operation": context.settings.operation,
        "provider": context.settings.provider,
        "repository": identity.repository,
        "workflow": identity.workflow,
        "run_id": identity.run_id,
        "exit_code": exit_code,
        "seconds": round(time.monotonic() - context.started, 3),
        **_metrics(context),
    }
    line = json.dumps(record, ensure_ascii=False)
    try:
        write_below(Path(identity.workspace or "."), name, f"{line}\n", "ab")
    except (OSError, ValueError) as error:
        problem = f"metrics-file could not be written: {error}"
        context.runner.warning("Done, with a warning", problem)

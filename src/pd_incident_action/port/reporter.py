"""Reports to Port on a separate thread, so that the page never waits for Port.

Whenever there is something new, the thread takes all steps, each of which sends what isn't sent
yet, with the client's own retries and in a share of the time. So what failed is tried again, at
the latest in the end. A run is ended last, after its entities were written, since Port ties
entities to a run only while it is in progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Literal, NamedTuple

from pd_incident_action.errors import ApiError, ApiRejected, Cancelled
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.models import Entity
from pd_incident_action.redaction import Redactor
from pd_incident_action.text import escape_markdown, shorten

from .client import LOG_CHARACTERS, Ending, LogLine, PortClient, PortRun
from .entities import EntityWriter
from .mapping import FindEmail

NOT_UPDATED = "Port wasn't fully updated"

# GitHub Ocean calls a workflow's run gh_{owner id}_{repository id}_{run id}.
_EXTERNAL_PREFIX = "gh_"
_LABEL_CHARACTERS = 100
# A proxy hides when the page is sent.
_MAX_SECONDS_FOR_PAGE = 0.3
_MAX_SECONDS_PER_STEP = 10.0
# The final report has at least so much time, even where the page took all there was.
_SECONDS_TO_FINISH = 2.5
# Where the thread hangs, the caller sends the rest in the last seconds, over a new connection.
_SECONDS_TO_TAKE_OVER = 1.5
_ENDED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})

_Step = Callable[[PortClient], None]


class FinalReport(NamedTuple):
    """The last things to report: lines for the run log, and links, summary and end of the run.

    Attributes:
        errors: lines that say what failed.
        warnings: lines that the user should read although it worked.
        ending: how to end the run, or None to leave that to the workflow.
        label: a few words for the run's status.
        fails_on_problems: whether to end the run as failed if Port hasn't taken everything.
    """

    lines: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    summary: str = ""
    ending: Ending | None = None
    label: str = ""
    fails_on_problems: bool = False


class PortReporter:
    """Reports to Port in the background.

    Args:
        connect: opens Port's API, each time on a new connection.
        run_id: the run to report to; or by what Port's GitHub Ocean integration calls it; or empty.
    """

    def __init__(
        self,
        connect: Callable[[], PortClient],
        *,
        run_id: str,
        entities: EntityWriter,
        deadline: Deadline,
        redactor: Redactor,
    ) -> None:
        self.entities = entities
        self._connect = connect
        is_external = run_id.startswith(_EXTERNAL_PREFIX)
        self._run_id, self._external_run_id = ("", run_id) if is_external else (run_id, "")
        self._deadline = deadline
        self._redactor = redactor
        self._lines: list[LogLine] = []
        self._lines_sent = 0
        self._result = self._result_sent = (tuple[str, ...](), "")
        self._report: FinalReport | None = None
        self._sent_report: FinalReport | None = None
        self._errors: dict[_Step, ApiError] = {}
        self._page_sent = Event()
        self._ending, self._is_ending = Lock(), False
        # That there is something new; at last what to set once everything is sent.
        self._news: SimpleQueue[Event | None] = SimpleQueue()
        # Who has it does the reporting; the others are left behind.
        self._port = connect()
        Thread(target=self._work, args=(self._port,), name="port", daemon=True).start()

    def page_sent(self) -> None:
        """Let the thread begin: from now on it takes no time from the page."""
        self._page_sent.set()

    def log(self, line: str) -> None:
        """Add a line to the run log."""
        self._lines.append(LogLine(self._clean(line)))
        self._news.put(None)

    def set_result(self, links: tuple[str, ...], summary: str) -> None:
        """Show links and a summary on the run."""
        self._result = links, summary
        self._news.put(None)

    def write(self, entities: tuple[Entity, ...], find_email: FindEmail | None = None) -> None:
        """Write entities of one blueprint into the catalog; only the first ones count."""
        if find_email is not None:
            self.entities.find_email = cache(find_email)
        redacted = tuple(map(self._redactor.redact_entity, entities))
        self.entities.entities = self.entities.entities or redacted
        self._news.put(None)

    def finish(self, report: FinalReport, deadline: Deadline) -> None:
        """Send the last things; return when all is sent, or after the deadline and some seconds.

        Raises:
            Cancelled: the job was cancelled before the run's end was sent; there is another report
                to follow.
        """
        self._add(report.errors, "ERROR")
        self._add(report.lines, "INFO")
        self._add(report.warnings, "WARN")
        self._report, self._result = report, (report.links, report.summary)
        self._page_sent.set()
        remaining = max(deadline.remaining(), _SECONDS_TO_FINISH)
        self._deadline, is_done = Deadline(remaining), Event()
        self._news.put(is_done)
        seconds = remaining - min(_SECONDS_TO_TAKE_OVER, remaining / 2)
        try:
            is_in_time = deadline.cancellation.wait_for(is_done, seconds)
        except Cancelled:
            with self._ending:
                if not self._is_ending:
                    self._report = None
                    raise
            # The runner kills a cancelled job after some seconds.
            self._deadline = Deadline(2 * _SECONDS_TO_TAKE_OVER)
            is_in_time = is_done.wait(_SECONDS_TO_TAKE_OVER)
        if not is_in_time:
            self._port = self._connect()
            self._send_all(self._port, is_done)

    @property
    def problems(self) -> tuple[ApiError, ...]:
        """What Port rejected or hasn't taken; what a retry healed isn't a problem."""
        failed = [one for step, one in self._errors.items() if not self._notice_of(step, one)]
        errors = (*self.entities.problems, *failed)
        return tuple({str(error): error for error in errors}.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user may want to know although nothing is wrong."""
        about_run = (self._notice_of(*item) for item in self._errors.items())
        return (*filter(None, about_run), *self.entities.notices)

    def _notice_of(self, step: _Step, error: ApiError) -> str:
        """Describe what looks like an error but is none; empty for a real one."""
        if self._is_about_run(step) and error.status in _ENDED:
            return f"Port's run takes no more reports, it has ended ({error.summary})."
        if step == self._end_run and error.outcome_unknown:
            return f"Port may not know that its run has ended: {error}"
        return ""

    def _work(self, port: PortClient) -> None:
        while port is self._port:
            is_done = self._news.get()
            # Until then it would cost the page 10 ms of the interpreter that both share.
            self._page_sent.wait(_MAX_SECONDS_FOR_PAGE)
            while is_done is None and not self._news.empty():
                is_done = self._news.get()
            self._send_all(port, is_done)

    def _send_all(self, port: PortClient, is_done: Event | None) -> None:
        report = (self._send_lines, self._send_result)
        if is_done is not None:
            self._sent_report = self._report
        self._try(port, self._read_blueprint, self._find_run, *report, self._write_entities)
        if is_done is not None:
            self._report_entities()
            self._try(port, *report, self._end_run)
            is_done.set()

    def _try(self, port: PortClient, *steps: _Step) -> None:
        for step in steps:
            if port is not self._port or self._is_hopeless(step):
                continue
            problem: ApiError | None = None
            try:
                step(port.with_timeout(self._seconds_for(step)))
            except ApiError as error:
                problem = error
            except Exception as error:  # noqa: BLE001 - a bug in here must not pass for success
                problem = ApiError(f"Reporting to Port failed: {error!r}")
            if port is self._port:
                self._errors.pop(step, None)
                self._errors |= {step: problem} if problem else {}
                if self._is_about_run(step) and isinstance(problem, ApiRejected):
                    # An entity can't be tied to a run that doesn't exist or has ended, either.
                    self._run_id = ""

    def _is_hopeless(self, step: _Step) -> bool:
        is_locked_out = any(e.status == HTTPStatus.UNAUTHORIZED for e in self._errors.values())
        return is_locked_out or isinstance(self._errors.get(step), ApiRejected)

    def _seconds_for(self, step: _Step) -> float:
        """Return how long a step may take, so that there is time left to end the run."""
        remaining = self._deadline.remaining()
        if step == self._end_run:
            return remaining
        if step == self._write_entities:
            return remaining - min(_SECONDS_TO_FINISH, remaining / 2)
        return min(_MAX_SECONDS_PER_STEP, remaining / 3)

    def _is_about_run(self, step: _Step) -> bool:
        return step in {self._send_lines, self._send_result, self._end_run}

    def _add(self, texts: Iterable[str], level: Literal["INFO", "WARN", "ERROR"]) -> None:
        """Add lines to the run log, unless they are there already."""
        lines = (LogLine(self._clean(text), level) for text in texts)
        self._lines += [line for line in lines if line not in self._lines]

    def _clean(self, text: str) -> str:
        """Return a text without secrets as a line of Markdown, which Port renders."""
        return escape_markdown(self._redactor.redact(text), LOG_CHARACTERS)

    def _read_blueprint(self, port: PortClient) -> None:
        if self._report is None or self.entities.unwritten:
            self.entities.read_blueprint(port)

    def _find_run(self, port: PortClient) -> None:
        """Find the run that this workflow was started for, where nobody says; Port may not know it.

        GitHub Ocean tells Port a second or two after it has started a workflow.
        """
        if self._external_run_id:
            with suppress(ApiError):
                self._run_id = port.find_run(self._external_run_id)
            if self._run_id:
                self._external_run_id = ""

    def _send_lines(self, port: PortClient) -> None:
        while self._run_id and self._lines_sent < len(self._lines):
            start = self._lines_sent
            batch = _first_message(self._lines[start:])
            PortRun(port, self._run_id).log(batch)
            # Where one thread hung, the other may have sent more meanwhile.
            self._lines_sent = max(self._lines_sent, start + len(batch))

    def _send_result(self, port: PortClient) -> None:
        result = self._result
        if self._run_id and result != self._result_sent:
            links, summary = map(self._redactor.redact, result[0]), self._clean(result[1])
            PortRun(port, self._run_id).set_result([*links], summary)
            self._result_sent = result

    def _write_entities(self, port: PortClient) -> None:
        self.entities.write(port, self._run_id)

    def _report_entities(self) -> None:
        """Add to the run's log and summary what the catalog lacks now."""
        failed = self._errors.get(self._write_entities)
        problems = dict.fromkeys(map(str, filter(None, (failed, *self.entities.problems))))
        texts = [f"{NOT_UPDATED}: {text}" for text in problems]
        self._add((*texts, *self.entities.notices), "WARN")
        report = self._sent_report
        if texts and report is not None and report is self._report:
            self._result = report.links, " ".join((report.summary, *texts))

    def _end_run(self, port: PortClient) -> None:
        with self._ending:
            report = self._report
            # One that follows a withdrawn report is sent in full before it ends the run.
            if not self._run_id or report is None or report is not self._sent_report:
                return
            self._is_ending = True
        ending, label = report.ending, report.label
        if report.fails_on_problems and ending != "FAILURE" and self.problems:
            ending, label = "FAILURE", NOT_UPDATED
        if ending is not None:
            label = shorten(self._redactor.redact(label), _LABEL_CHARACTERS)
            PortRun(port, self._run_id).end(ending, label)
            self._run_id = ""


def _first_message(lines: Sequence[LogLine]) -> Sequence[LogLine]:
    """Return as many lines as fit into one log message."""
    size = -1
    for count, line in enumerate(lines):
        size += 1 + len(line.text)
        if size > LOG_CHARACTERS:
            return lines[:count]
    return lines

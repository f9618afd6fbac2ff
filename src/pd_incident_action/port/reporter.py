"""Reports to Port on a separate thread, so that the page never waits for Port.

Each step uses the client's own retries within a share of the time. A step that still failed
is tried again at the end. A run is ended last, after its entities were written, since Port ties
entities to a run only while it is in progress.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from queue import SimpleQueue

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
# Lines wait so long for the result, to share a request with it; most pages take less.
_MAX_SECONDS_FOR_RESULT = 0.3
_MAX_SECONDS_PER_STEP = 10.0
# The final report has at least so much time, even where the page took all there was.
_SECONDS_TO_FINISH = 2.5
# Where the thread hangs, the caller sends the rest in the last seconds, over a new connection.
_SECONDS_TO_TAKE_OVER = 1.5
_ENDED = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})

_Step = Callable[[PortClient], None]


@dataclass(frozen=True)
class FinalReport:
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
        self._minimum = Deadline(0)
        self._redactor = redactor
        self._lines: list[LogLine] = []
        self._lines_sent = 0
        self._result: tuple[tuple[str, ...], str] = ((), "")
        self._result_sent: tuple[tuple[str, ...], str] = ((), "")
        self._report: FinalReport | None = None
        self._page_sent, self._has_result = threading.Event(), threading.Event()
        self._rejected: dict[_Step, ApiRejected] = {}
        self._failed: dict[_Step, ApiError] = {}
        self._queue: SimpleQueue[_Step] = SimpleQueue()
        self._ending, self._is_ending = threading.Lock(), False
        # Who has it does the reporting; the others are left behind.
        self._port = connect()
        threading.Thread(target=self._work, args=(self._port,), name="port", daemon=True).start()

    def start(self, line: str) -> None:
        """Begin, as soon as the page is on the wire, with the first line of the run log."""
        self._put(self._read_blueprint, self._find_run)
        self.log(line)

    def page_sent(self) -> None:
        """Let the thread begin: from now on it takes no time from the page."""
        self._page_sent.set()

    def log(self, line: str) -> None:
        """Add a line to the run log."""
        self._lines.append(LogLine(self._clean(line)))
        self._put(self._send_lines)

    def set_result(self, links: tuple[str, ...], summary: str) -> None:
        """Show links and a summary on the run."""
        self._result = links, summary
        self._has_result.set()
        self._put(self._send_result)

    def write(self, entities: tuple[Entity, ...], find_email: FindEmail | None = None) -> None:
        """Write entities of one blueprint into the catalog; only the first ones count."""
        redacted = tuple(map(self._redactor.redact_entity, entities))
        if find_email is not None:
            self.entities.find_email = cache(find_email)
        self.entities.entities = self.entities.entities or redacted
        self._put(self._read_blueprint, self._write_entities)

    def finish(self, report: FinalReport, deadline: Deadline) -> None:
        """Send the last things, and return when all is sent or the time is up.

        Args:
            report: the last things.
            deadline: when the time is up, though not within the next few seconds.

        Raises:
            Cancelled: the job was cancelled before the run's end was sent; there is another report
                to follow.
        """
        self._lines += [LogLine(self._clean(text), "ERROR") for text in report.errors]
        lines = [LogLine(self._clean(text)) for text in report.lines]
        self._lines += [one for one in lines if one not in self._lines]
        self._lines += [LogLine(self._clean(text), "WARN") for text in report.warnings]
        self._report, self._result = report, (report.links, report.summary)
        self._page_sent.set()
        self._has_result.set()
        self._deadline, self._minimum = deadline, Deadline(_SECONDS_TO_FINISH)
        is_done = threading.Event()
        self._put(*self._final_steps())
        self._queue.put(lambda _port: is_done.set())
        remaining = self._remaining()
        seconds = remaining - min(_SECONDS_TO_TAKE_OVER, remaining / 2)
        try:
            is_in_time = deadline.cancellation.wait_for(is_done, seconds)
        except Cancelled:
            if self._withdraw_report():
                raise
            is_in_time = is_done.wait(_SECONDS_TO_TAKE_OVER)
        if not is_in_time:
            self._port = self._connect()
            for step in self._final_steps():
                self._try(step, self._port)

    @property
    def problems(self) -> tuple[ApiError, ...]:
        """What Port rejected or hasn't taken; what a retry healed isn't a problem."""
        rejected = [e for step, e in self._rejected.items() if not self._has_ended(step, e)]
        failed = [e for step, e in self._failed.items() if not self._may_have_ended(step, e)]
        errors = (*rejected, *self.entities.problems, *failed)
        return tuple({str(error): error for error in errors}.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user may want to know although nothing is wrong."""
        ended = [e.summary for step, e in self._rejected.items() if self._has_ended(step, e)]
        unknown = [e for step, e in self._failed.items() if self._may_have_ended(step, e)]
        return (
            *(f"Port's run takes no more reports, it has ended ({e})." for e in ended),
            *(f"Port may not know that its run has ended: {e}" for e in unknown),
            *self.entities.notices,
        )

    def _final_steps(self) -> tuple[_Step, ...]:
        report = (self._send_lines, self._send_result)
        write = (self._read_blueprint, self._write_entities, self._report_entities)
        return (self._find_run, *report, *write, *report, self._end_run)

    def _remaining(self) -> float:
        return max(self._deadline.remaining(), self._minimum.remaining())

    def _work(self, port: PortClient) -> None:
        while port is self._port:
            self._queue.get()(port)

    def _put(self, *steps: _Step) -> None:
        for step in steps:
            self._queue.put(partial(self._try, step))

    def _try(self, step: _Step, port: PortClient) -> None:
        if step in self._rejected or self._is_locked_out():
            return
        problem: ApiError | None = None
        try:
            step(port.with_timeout(self._seconds_for(step)))
        except ApiError as error:
            problem = error
        except Exception as error:  # noqa: BLE001 - a bug in here must not pass for success
            problem = ApiError(f"Reporting to Port failed: {error!r}")
        if port is self._port:
            self._record(step, problem)

    def _record(self, step: _Step, problem: ApiError | None) -> None:
        """Record how a step went this time."""
        self._failed.pop(step, None)
        if isinstance(problem, ApiRejected):
            self._rejected[step] = problem
            if self._is_about_run(step):
                # The entity can't be tied to a run that doesn't exist or has ended, either.
                self._run_id = ""
        elif problem is not None:
            self._failed[step] = problem

    def _seconds_for(self, step: _Step) -> float:
        """Return how long a step may take, so that there is time left to end the run."""
        remaining = self._remaining()
        if step == self._end_run:
            return remaining
        if step == self._write_entities:
            return remaining - min(_SECONDS_TO_FINISH, remaining / 2)
        return min(_MAX_SECONDS_PER_STEP, remaining / 3)

    def _is_about_run(self, step: _Step) -> bool:
        return step in {self._send_lines, self._send_result, self._end_run}

    def _has_ended(self, step: _Step, error: ApiRejected) -> bool:
        return self._is_about_run(step) and error.status in _ENDED

    def _may_have_ended(self, step: _Step, error: ApiError) -> bool:
        return step == self._end_run and error.outcome_unknown

    def _is_locked_out(self) -> bool:
        errors = self._rejected.values()
        return any(error.status == HTTPStatus.UNAUTHORIZED for error in errors)

    def _clean(self, text: str) -> str:
        """Return a text without secrets as a line of Markdown, which Port renders."""
        return escape_markdown(self._redactor.redact(text), LOG_CHARACTERS)

    def _read_blueprint(self, port: PortClient) -> None:
        # Talking to Port meanwhile would cost the page 10 ms of the interpreter that both share.
        self._page_sent.wait(_MAX_SECONDS_FOR_PAGE)
        if self._report is None or self.entities.unwritten:
            self.entities.read_blueprint(port)

    def _find_run(self, port: PortClient) -> None:
        """Find the run that this workflow was started for, where nobody says; Port may not know it.

        GitHub Ocean tells Port a second or two after it has started a workflow.
        """
        if not self._external_run_id:
            return
        with suppress(ApiError):
            self._run_id = port.find_run(self._external_run_id)
        if self._run_id:
            self._external_run_id = ""

    def _send_lines(self, port: PortClient) -> None:
        self._has_result.wait(_MAX_SECONDS_FOR_RESULT)
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

    def _withdraw_report(self) -> bool:
        """Take the final report back, unless the run's end is on its way already."""
        with self._ending:
            if not self._is_ending:
                self._report = None
            return not self._is_ending

    def _report_entities(self, _port: PortClient) -> None:
        """Add to the run's log and summary what the catalog lacks now."""
        report = self._report or FinalReport(())
        failures = {**self._rejected, **self._failed}
        failed = [error for step, error in failures.items() if step == self._write_entities]
        problems = dict.fromkeys(map(str, (*failed, *self.entities.problems)))
        texts = [f"{NOT_UPDATED}: {text}" for text in problems]
        for text in (*texts, *self.entities.notices):
            line = LogLine(self._clean(text), "WARN")
            if line not in self._lines:
                self._lines.append(line)
        if texts:
            self._result = report.links, " ".join((report.summary, *texts))

    def _end_run(self, port: PortClient) -> None:
        with self._ending:
            report = self._report
            if not self._run_id or report is None:
                return
            self._is_ending = True
        ending, label = report.ending, report.label
        if report.fails_on_problems and ending != "FAILURE" and self.problems:
            ending, label = "FAILURE", NOT_UPDATED
        if ending is not None:
            PortRun(port, self._run_id).end(
                ending, shorten(self._redactor.redact(label), _LABEL_CHARACTERS)
            )
            self._run_id = ""


def _first_message(lines: Sequence[LogLine]) -> Sequence[LogLine]:
    """Return as many lines as fit into one log message."""
    size = -1
    for count, line in enumerate(lines):
        size += 1 + len(line.text)
        if size > LOG_CHARACTERS:
            return lines[:count]
    return lines

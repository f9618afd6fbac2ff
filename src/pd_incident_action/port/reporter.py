"""Telling Port what happens, on a thread of its own so that the page never waits for it.

What Port can't take right now is tried again, in order, until it has been said or the time is up.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.text import sanitize_unicode, shorten

from .final_report import FinalReport, chunks
from .runs import LOG_CHARACTERS

if TYPE_CHECKING:
    from pd_incident_action.http.deadline import Deadline
    from pd_incident_action.models import Entity
    from pd_incident_action.redaction import Redactor

    from .entity_writer import EntityWriter
    from .runs import Run

# The order in which things are told: the run ends last, and only after the entity is written,
# since Port ties entities to a run only while it is in progress.
_ORDER = ("blueprint", "log", "describe", "entity", "end")
_ABOUT_THE_RUN = ("log", "describe", "end")
_ENDED = frozenset({409, 422})
_UNAUTHORIZED = 401
# If only the log doesn't work, the run ends without its last lines rather than never.
_ROUNDS_BEFORE_END = 3
_LABEL_CHARACTERS = 100
_LAST_TRY = 1.5
_LONGEST_WAIT_FOR_PAGE = 0.3  # A proxy hides when the page is sent.
# Lines wait so long for others, to share a request; most pages are answered by then.
_LINES_WAIT = 0.3


class PortReporter:
    """Tells Port what happens, in the background.

    Args:
        run: the run to report to, or None.
        entities: writes into the catalog.
        deadline: when to give up.
        redactor: removes secrets from what is told.

    Attributes:
        entities: tells which entities Port has by now.
    """

    def __init__(
        self,
        run: Run | None,
        *,
        entities: EntityWriter,
        deadline: Deadline,
        redactor: Redactor,
    ) -> None:
        self._run = run
        self._deadline = deadline
        self._redactor = redactor
        self._lines: list[str] = []
        self._log_due = 0.0
        self._concluded = False
        self._has_entities = False
        self._unauthorized = False
        self._described: tuple[tuple[str, ...], str] | None = None
        self.entities = entities
        self._pending: dict[str, Callable[[], None]] = {"blueprint": entities.read_blueprint}
        self._rounds_failed = 0
        self._changed = threading.Condition()
        self._finished = threading.Event()
        self._page_sent = threading.Event()
        self._remarks: list[str] = []
        self._refused: list[ApiError] = []
        self._trouble: dict[str, ApiError] = {}

    def start(self, line: str) -> None:
        """Begin to talk to Port, as soon as the page is on the wire.

        Args:
            line: the first line for the run log.
        """
        self.say(line)
        self._start_thread()

    def _start_thread(self) -> None:
        self._finished.clear()
        threading.Thread(target=self._work, name="port", daemon=True).start()

    def page_sent(self) -> None:
        """Let the thread begin: from now on it takes no time away from the page."""
        self._page_sent.set()

    def say(self, line: str) -> None:
        """Add a line to the run log, some time soon.

        Args:
            line: any text.
        """
        if self._run is None:
            return
        with self._changed:
            if not self._lines:
                self._log_due = time.monotonic() + _LINES_WAIT
            self._lines.append(sanitize_unicode(self._redactor.redact(line)))
            self._pending["log"] = partial(self._log, self._run)
            self._changed.notify_all()

    def write(self, entities: tuple[Entity, ...]) -> None:
        """Hand over what to write into the catalog; only the first that are handed over count.

        Args:
            entities: what to write, all of one blueprint.
        """
        with self._changed:
            if entities and not self._has_entities:
                self._has_entities = True
                self.entities.unwritten = entities
                if not self._unauthorized:
                    self._pending["entity"] = self.entities.write
                    self._changed.notify_all()

    def describe(self, links: tuple[str, ...], summary: str) -> None:
        """Have the run show links and a summary; what it shows already isn't sent again.

        Args:
            links: pages to show on the run.
            summary: what came of it, in Markdown.
        """
        with self._changed:
            if self._run is not None and (links, summary) != self._described:
                self._described = (links, summary)
                self._pending["describe"] = partial(self._describe, self._run, links, summary)
                self._changed.notify_all()

    def conclude(self, conclusion: FinalReport) -> None:
        """Hand over the last things to tell; the thread stops when they are told.

        Args:
            conclusion: what came of it.
        """
        for line in conclusion.lines:
            self.say(line)
        self.describe(conclusion.links, conclusion.summary)
        with self._changed:
            self._concluded = True
            self._page_sent.set()
            if not self._has_entities:
                self._pending.pop("blueprint", None)
            if self._run is not None and conclusion.ending:
                label = shorten(conclusion.label, _LABEL_CHARACTERS)
                self._pending["end"] = partial(self._run.end, conclusion.ending, label)
            self._changed.notify_all()
        if self._finished.is_set():
            # Everything had been told already when the job was cancelled.
            self._start_thread()

    def join(self) -> None:
        """Wait until everything is told or the time is up.

        Where the thread hangs on a connection that doesn't answer, the caller's own thread tries
        once more, on another connection, with the last of the time.
        """
        left = self._deadline.remaining()
        # Not Thread.join: interrupted by a signal, it takes the thread for ended (in Python 3.11).
        if not self._finished.wait(left - min(_LAST_TRY, left / 2)):
            self._run_pending()

    def _work(self) -> None:
        try:
            self._tell()
        except Exception as error:  # noqa: BLE001 - a bug in here must not pass for success
            self._refused.append(ApiError(f"Port was not told everything: {error!r}"))
        finally:
            self._finished.set()

    def _tell(self) -> None:
        # Talking to Port meanwhile would cost the page 10 ms of the interpreter that both share.
        self._page_sent.wait(_LONGEST_WAIT_FOR_PAGE)
        policy = None
        while not self._deadline.expired():
            with self._changed:
                if not self._changed.wait_for(self._busy, self._wait_timeout()):
                    continue
                if not self._pending:
                    return
            trouble = self._run_pending()
            if trouble is None:
                continue
            from pd_incident_action.http import retry  # noqa: PLC0415 - 25 ms, for trouble only

            policy = (policy or retry.policy()).increment("POST", "/")
            self._rounds_failed += 1
            wait = retry.backoff(policy, trouble.headers, trouble.body)
            if wait >= self._deadline.remaining():
                return
            threading.Event().wait(wait)

    def _busy(self) -> bool:
        return self._concluded or any(map(self._is_ready, self._pending))

    def _wait_timeout(self) -> float:
        """Tell for how many seconds there is nothing to do unless something is said."""
        due = self._log_due if "log" in self._pending else math.inf
        return min(self._deadline.remaining(), max(0.0, due - time.monotonic()))

    @property
    def problems(self) -> tuple[ApiError, ...]:
        """What Port refused, and what it still hasn't been told; trouble that healed isn't one."""
        refused = (*self._refused, *self.entities.refused)
        unique = {str(error): error for error in (*refused, *self._trouble.values())}
        return tuple(unique.values())

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user may want to know although nothing is wrong."""
        return (*self._remarks, *self.entities.notices)

    def _run_pending(self) -> ApiError | None:
        """Try everything that is to be done, once and in order; give what may heal."""
        trouble = None
        for name in _ORDER:
            step = self._pending.get(name) if self._is_ready(name) else None
            if step is None:
                continue
            try:
                step()
            except ApiRejected as error:
                self._drop(name, error)
            except ApiError as error:
                trouble = self._trouble[name] = error
            else:
                self._done(name, step)
        return trouble

    def _is_ready(self, name: str) -> bool:
        """Tell whether a step's turn has come."""
        if name == "log":
            return self._concluded or time.monotonic() >= self._log_due
        if name == "entity":
            return "blueprint" not in self._pending
        if name == "end":
            waiting = self._pending.keys() - {"end"}
            impatient = self._rounds_failed >= _ROUNDS_BEFORE_END
            return not waiting or (impatient and "entity" not in waiting)
        return True

    def _done(self, name: str, step: Callable[[], None]) -> None:
        with self._changed:
            self._trouble.pop(name, None)
            # What has come up meanwhile is still to be done.
            if self._pending.get(name) is step and (name != "log" or not self._lines):
                self._pending.pop(name, None)

    def _drop(self, name: str, error: ApiRejected) -> None:
        """Forget what Port will never take; what concerns other things still goes on."""
        with self._changed:
            self._trouble.pop(name, None)
            self._pending.pop(name, None)
            if error.status == _UNAUTHORIZED:
                # Nothing else will be let in either.
                self._unauthorized = True
                self._pending.clear()
            if self._unauthorized or name in _ABOUT_THE_RUN:
                self._detach_run()
            if name in _ABOUT_THE_RUN and error.status in _ENDED:
                self._remarks.append(
                    f"Port's run takes no more reports, it has ended ({error.what})."
                )
            else:
                self._refused.append(error)

    def _detach_run(self) -> None:
        """Leave a run alone that doesn't exist or has ended; the entity can't be tied to it."""
        self._run = self.entities.run_id = None
        self._lines.clear()
        for name in _ABOUT_THE_RUN:
            self._pending.pop(name, None)

    def _log(self, run: Run) -> None:
        with self._changed:
            self._lines = chunks(self._lines, LOG_CHARACTERS)
            texts = list(self._lines)
        for text in texts:
            run.log(text)
            with self._changed:
                # Where this thread hung, the caller's own may have told it meanwhile.
                self._lines = [line for line in self._lines if line != text]

    def _describe(self, run: Run, links: tuple[str, ...], summary: str) -> None:
        text = sanitize_unicode(self._redactor.redact(summary))
        run.describe(list(links), shorten(text, LOG_CHARACTERS))

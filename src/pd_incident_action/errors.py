"""Every way a run can fail, as short documents for the person who is woken up.

::

    Document                    a failure in one sentence
    ├── Cancelled               the job was cancelled or the runner shut down (a BaseException)
    └── ActionError             whatever else stops the run
        ├── InputError          inputs are missing or wrong; nothing was sent
        ├── Impossible          what was asked can't be done to this incident
        ├── Unfit               a check-up found something that would stop a run
        ├── NobodyNotified      the page was taken, but nobody hears of it
        ├── TargetMissed        an incident is open for longer than it was to be
        └── ApiError            an API didn't do what it was asked
            ├── Refused         it answered no (4xx); asking again won't help
            ├── Unavailable     it kept answering 408, 429 or 5xx until the time was up
            └── Unreachable     it gave no usable answer until the time was up

``str(error)`` is the sentence that goes to the log, the annotation, Port's run log and the job
summary alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class UserFacingError(BaseException):
    """Root of everything that the action reports as a failure.

    Args:
        what: what happened, without a full stop.
        cause: the likely cause, without a full stop; may be empty.
        remedy: what the reader should change or do, without a full stop; may be empty.

    Attributes:
        hint: a further sentence, added by whoever knows more; may be empty.
    """

    def __init__(self, what: str, cause: str = "", remedy: str = "") -> None:
        self.what = what
        self.cause = cause
        self.remedy = remedy
        self.hint = ""
        super().__init__(sentence(what, cause, remedy))

    @property
    def messages(self) -> tuple[str, ...]:
        """One sentence for each thing to annotate; a single one for most errors."""
        return (" ".join(filter(None, (str(self), self.hint))),)

    @property
    def title(self) -> str:
        """A few words for the head of the annotation and Port's status label."""
        return "Incident action failed"


class ActionError(UserFacingError, Exception):
    """Whatever stops the run, other than somebody from outside."""


@dataclass(frozen=True)
class InputProblem:
    """What is wrong with one input.

    Attributes:
        input: the input's name as users write it, for example ``port-context``.
        problem: what is wrong, as the predicate of a sentence, for example ``is missing``.
        example: a value that would work.
    """

    input: str
    problem: str
    example: str = ""

    def __str__(self) -> str:
        example = f"; for example {self.input}: {self.example}" if self.example else ""
        return f"Input '{self.input}' {self.problem}{example}."


class InputError(ActionError):
    """Inputs are missing or wrong; nothing has been sent to anybody.

    Args:
        complaints: all that is wrong, in the order of the inputs' definition.
    """

    def __init__(self, complaints: Iterable[InputProblem]) -> None:
        self.complaints = tuple(complaints)
        super().__init__(" ".join(str(complaint) for complaint in self.complaints))

    def __str__(self) -> str:
        return self.what

    @property
    def messages(self) -> tuple[str, ...]:
        """One sentence for each input that is missing or wrong."""
        return tuple(str(complaint) for complaint in self.complaints)

    @property
    def title(self) -> str:
        """Says at a glance that nobody was paged."""
        return "Nothing was sent: check the inputs"


class NotApplicable(ActionError):
    """What was asked for makes no sense for the incident as it stands."""


class CheckFailed(ActionError):
    """A check-up found something that would stop a run."""

    @property
    def title(self) -> str:
        """Says that nothing but a check failed."""
        return "The check-up found a problem"


class NobodyNotified(ActionError):
    """PagerDuty took the page, but nobody hears of it, and the user wants that to be a failure."""

    @property
    def title(self) -> str:
        """Says at a glance that somebody has to be reached in another way."""
        return "Nobody was notified"


class SlaBreached(ActionError):
    """An incident is open for longer than it was to be, and the user wants that to be a failure."""

    @property
    def title(self) -> str:
        """Says that the action itself worked."""
        return "Past its target"


class ApiError(ActionError):
    """An API didn't do what it was asked.

    Args:
        what: what happened.
        cause: the likely cause.
        remedy: what to change.
        service: the API's name, for example ``PagerDuty``.
        status: HTTP status of the last answer, or None without an answer.
        code: the API's own error code, or None.
        headers: headers of the last answer.
        body: the last answer's parsed JSON, or None.

    Attributes:
        attempts: how many attempts were made; more than one means that an earlier one may have
            been processed without our hearing of it.
    """

    def __init__(  # noqa: PLR0913 - an error carries all that callers decide on
        self,
        what: str,
        cause: str = "",
        remedy: str = "",
        *,
        service: str = "",
        status: int | None = None,
        code: int | str | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> None:
        super().__init__(what, cause, remedy)
        self.service = service
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.body = body
        self.attempts = 1

    @property
    def title(self) -> str:
        """Names the API that said no."""
        return f"{self.service} did not accept the request"


class ApiRejected(ApiError):
    """The API answered no (4xx other than 408 and 429): asking again won't help."""


class ApiUnavailable(ApiError):
    """The API kept answering 408, 429 or 5xx until the time was up."""

    @property
    def title(self) -> str:
        """Names the API that is in trouble."""
        return f"{self.service} is unavailable"


class ApiUnreachable(ApiError):
    """No usable answer until the time was up: no connection, time-outs, unreadable answers."""

    @property
    def title(self) -> str:
        """Names the API that couldn't be reached."""
        return f"{self.service} could not be reached"


class Cancelled(UserFacingError):
    """The job was cancelled, timed out, or the runner is shutting down.

    It is raised wherever the signal hits and, like KeyboardInterrupt, isn't an Exception, so that
    no handler on the way takes it for something else.

    Args:
        signal: name of the signal that said so, for example ``SIGTERM``.
    """

    def __init__(self, signal: str) -> None:
        super().__init__(
            f"The job was cancelled ({signal}) before the action had finished",
            "somebody cancelled the run, it hit timeout-minutes, or the runner shut down",
            "check the incident in PagerDuty, then re-run the job: a re-run never pages twice",
        )

    @property
    def title(self) -> str:
        """The word that users know from GitHub."""
        return "Cancelled"


def sentence(what: str, cause: str = "", remedy: str = "") -> str:
    """Join the parts of an error into one sentence.

    Args:
        what: what happened.
        cause: the likely cause, or nothing.
        remedy: what to change, or nothing.

    Returns:
        ``What: cause; fix.``, leaving out what is empty.
    """
    text = what.rstrip(".")
    if cause:
        text += f": {cause.rstrip('.')}"
    if remedy:
        text += f"; {remedy.rstrip('.')}"
    return f"{text}."

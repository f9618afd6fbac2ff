"""Every way a run can fail, as short messages for the person who is woken up.

::

    UserFacingError             a failure: what happened, the likely cause, what to change
    ├── Cancelled               the job was cancelled or the runner shut down (a BaseException)
    └── ActionError             whatever else stops the run
        ├── InputError          inputs are missing or wrong; nothing was sent
        ├── InternalError       a bug in the action itself
        ├── NotApplicable       the operation can't be applied to this incident
        ├── CheckFailed         doctor found something that would stop a run
        ├── NobodyNotified      the page was accepted, but nobody will be notified
        │   └── Unconfirmed     … or whether somebody will isn't known
        ├── SlaBreached         an incident breaches its SLA target
        ├── DeploymentBroken    a new incident opened while a deployment was watched
        └── ApiError            an API didn't do what it was asked
            ├── ApiRejected     it refused (4xx); asking again won't help
            ├── ApiUnavailable  it kept answering 408, 429 or 5xx until the time was up
            └── ApiUnreachable  it gave no usable response until the time was up
                └── ApiResponseTooLarge  its response was too large: ask for less

``str(error)`` is the message for the log, the annotation, Port's run log and the job summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from .text import nearest, shorten

ISSUES = "https://github.com/org/pd-incident-action/issues"
_MAX_BUG_CHARACTERS = 200
MAX_SHOWN_CHARACTERS = 50


class UserFacingError(BaseException):
    """Root of everything that the action reports as a failure.

    Attributes:
        summary: what happened, without a full stop.
        cause: the likely cause, without a full stop; may be empty.
        remedy: what the reader should change or do, without a full stop; may be empty.
        source: a sentence on where the value came from that it is about; may be empty.
    """

    TITLE: ClassVar = "Incident action failed"

    def __init__(self, summary: str, cause: str = "", remedy: str = "") -> None:
        self.summary = summary
        self.cause = cause
        self.remedy = remedy
        self.source = ""
        super().__init__(summary, cause, remedy)

    def __str__(self) -> str:
        return format_message(self.summary, self.cause, self.remedy)

    @property
    def messages(self) -> tuple[str, ...]:
        """The message of each annotation; a single one for most errors."""
        return (" ".join(filter(None, (str(self), self.source))),)

    @property
    def title(self) -> str:
        """A few words for the head of the annotation and Port's status label."""
        return self.TITLE


class ActionError(UserFacingError, Exception):
    """Whatever stops the run, except cancellation."""


class InputProblem(NamedTuple):
    """What is wrong with an input.

    Attributes:
        input: the input's name as users write it, for example ``port-context``; empty for a problem
            of several inputs.
        problem: what is wrong: the predicate of a sentence, for example ``is missing``; without an
            input a whole sentence. It has no full stop.
        example: a value that would work.
        is_decoration: whether an operation that pages goes ahead without the input.
        given_as: another name under which it was given.
    """

    input: str
    problem: str
    example: str = ""
    is_decoration: bool = False
    given_as: str = ""

    def __str__(self) -> str:
        text = f"{self._subject} {self.problem}" if self.input else self.problem
        if text.endswith("?"):
            return text
        example = f"; for example {self.input}: {self.example}" if self.example else ""
        return f"{text}{example}."

    def as_warning(self) -> str:
        """Return what is to be read where the operation went ahead without the input."""
        end = "" if self.problem.endswith("?") else "."
        return f"{self._subject} was left out: it {self.problem}{end}"

    @property
    def _subject(self) -> str:
        given_as = f" (given as '{self.given_as}')" if self.given_as else ""
        return f"Input '{self.input}'{given_as}"


WHY_EMPTY = (
    "If you pass a secret, check its name: GitHub gives an empty value for a secret that doesn't "
    "exist or isn't available here (forks, Dependabot)"
)


def empty_credential(name: str, needed_by: str, alternatives: tuple[str, ...] = ()) -> InputProblem:
    """Return the problem of a credential without which, or an alternative, nothing is done."""
    either = "".join(f" or {one}" for one in alternatives)
    return InputProblem(
        name,
        f"is empty, but {needed_by} needs it{either}. {WHY_EMPTY}",
    )


def unknown_choice(name: str, given: str, known: Sequence[str], where: str = "") -> InputProblem:
    """Return the problem of a value that is none of those that an input may have."""
    near = nearest(given, known)
    hint = f". Did you mean '{near}'?" if near else ""
    shown = shorten(given, MAX_SHOWN_CHARACTERS)
    return InputProblem(name, f"must be one of {', '.join(known)}{where}, not '{shown}'{hint}")


class InputError(ActionError):
    """Inputs are missing or wrong; nothing has been sent to anybody."""

    TITLE = "An input is wrong"

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.messages).removesuffix("."))

    @property
    def messages(self) -> tuple[str, ...]:
        """One sentence for each problem."""
        return tuple(str(problem) for problem in self.problems)


class InternalError(ActionError):
    """A bug in the action itself.

    Args:
        bug: the exception that nobody expected.
        done: what is known to have been done before, or what to do where that isn't known.
    """

    TITLE = "Bug in pd-incident-action"

    def __init__(self, bug: Exception, done: str) -> None:
        what = f"{type(bug).__name__}: {str(bug)[:_MAX_BUG_CHARACTERS]}".removesuffix(": ")
        super().__init__(
            f"The action hit a bug ({what})",
            done,
            f"please report it, with the log: {ISSUES}",
        )


class NotApplicable(ActionError):
    """The operation can't be applied to the incident as it is."""


class CheckFailed(ActionError):
    """Doctor found something that would stop a run."""

    TITLE = "Doctor found a problem"


class NobodyNotified(ActionError):
    """PagerDuty accepted the page, but nobody will be notified, and the user wants that to fail."""

    TITLE = "Nobody was paged"


class Unconfirmed(NobodyNotified):
    """It isn't known whether anybody was notified, and the user wants to be sure."""

    TITLE = "Unknown whether anybody was paged"


class SlaBreached(ActionError):
    """An incident breaches its SLA target, and the user wants that to fail."""

    TITLE = "SLA target missed"


class DeploymentBroken(ActionError):
    """A new incident opened while a deployment was watched."""

    TITLE = "The deployment broke something"


class ApiError(ActionError):
    """An API didn't do what it was asked.

    Attributes:
        status: HTTP status of the last response, or None without one.
        outcome_unknown: whether the API may have done it anyway: this attempt or an earlier
            one was sent, and the API didn't clearly refuse.
    """

    TITLE = "{service} rejected the request"

    def __init__(  # noqa: PLR0913 - an error carries all that callers decide on
        self,
        summary: str,
        cause: str = "",
        remedy: str = "",
        *,
        service: str = "",
        status: int | None = None,
        code: int | str | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(summary, cause, remedy)
        self.service = service
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.body = body
        self.outcome_unknown = outcome_unknown

    @property
    def title(self) -> str:
        """A few words that name the API."""
        if self.outcome_unknown:
            return f"{self.service} gave no clear answer"
        return self.TITLE.format(service=self.service)


class ApiRejected(ApiError):
    """The API refused (4xx other than 408 and 429): asking again won't help."""


class ApiUnavailable(ApiError):
    """The API kept answering 408, 429 or 5xx until the time was up."""

    TITLE = "{service} is unavailable"


class ApiUnreachable(ApiError):
    """No usable response until the time was up: no connection, time-outs, unreadable responses."""

    TITLE = "{service} could not be reached"


class ApiResponseTooLarge(ApiUnreachable):
    """The response was larger than the action reads; what was asked for in parts may fit."""


class Cancelled(UserFacingError):
    """The job was cancelled, timed out, or the runner is shutting down.

    It is raised by whatever sends requests or waits and, like KeyboardInterrupt, isn't an
    Exception, so that no handler on the way takes it for something else.
    """

    TITLE = "Cancelled"

    def __init__(self, signal: str) -> None:
        super().__init__(
            f"The job was cancelled ({signal}) before the action had finished",
            "somebody cancelled the run, it hit timeout-minutes, or the runner shut down",
            "check what was done, then re-run the job: a re-run never pages twice",
        )


def format_message(summary: str, cause: str = "", remedy: str = "") -> str:
    """Return ``Summary: cause; remedy.``, leaving out what is empty."""
    text = summary.rstrip(".")
    if cause:
        text += f": {cause.rstrip('.')}"
    if remedy:
        text += f"; {remedy.rstrip('.')}"
    return text if text.endswith("?") else f"{text}."

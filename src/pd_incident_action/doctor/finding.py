"""What a check found, and how checks are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pd_incident_action.errors import ActionError, CheckFailed, format_message
from pd_incident_action.http.concurrency import map_concurrently

Mark = Literal["✓", "!", "✗"]


@dataclass(frozen=True)
class Finding:
    """What is so with one of the things that a workflow will need.

    Attributes:
        mark: ``✓`` for what is as it should be, ``!`` for what may surprise somebody, ``✗`` for
            what will fail.
        what: the thing, for example ``service Checkout``.
        finding: what is so, without a full stop.
        remedy: what to change, without a full stop; empty where nothing has to be.
    """

    mark: Mark
    what: str
    finding: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """The finding as a line of the log."""
        remedy = f" – {self.remedy}" if self.remedy else ""
        return f"{self.mark} {self.what}: {self.finding}{remedy}"

    @property
    def sentence(self) -> str:
        """The finding as an annotation."""
        return format_message(self.what, self.finding, self.remedy)

    @property
    def error(self) -> CheckFailed:
        """The finding as a failure of the step."""
        return CheckFailed(self.what, self.finding, self.remedy)


@dataclass(frozen=True)
class Check:
    """One thing to look at.

    Attributes:
        what: the thing in words, for when it can't even be looked at.
        run: looks at it; raises `ActionError` when it can't.
    """

    what: str
    run: Callable[[], Sequence[Finding]]


def fine(what: str, finding: str) -> Finding:
    """Find that something is as it should be."""
    return Finding("✓", what, finding)


def doubtful(what: str, finding: str, remedy: str) -> Finding:
    """Find something that works, but may surprise somebody."""
    return Finding("!", what, finding, remedy)


def wrong(what: str, finding: str, remedy: str) -> Finding:
    """Find something that will fail."""
    return Finding("✗", what, finding, remedy)


def refused(what: str, error: ActionError) -> Finding:
    """Find that something can't be looked at.

    Args:
        what: the thing.
        error: why not.

    Returns:
        The finding, with the error's own words.
    """
    cause = f" ({error.cause})" if error.cause else ""
    return wrong(what, f"{error.summary.rstrip('.')}{cause}", error.remedy)


def perform(checks: Iterable[Check]) -> list[Finding]:
    """Carry checks out side by side.

    Args:
        checks: what to look at.

    Returns:
        The findings, in the order of the checks; one about a check that couldn't be carried out.
    """
    due = list(checks)
    findings: list[Finding] = []
    for check, result in zip(due, map_concurrently(lambda one: one.run(), due), strict=True):
        if isinstance(result, ActionError):
            findings.append(refused(check.what, result))
        else:
            findings += result
    return findings

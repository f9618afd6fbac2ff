"""What a check found, and running checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pd_incident_action.errors import ActionError, CheckFailed, format_message
from pd_incident_action.http.concurrency import map_concurrently

Mark = Literal["✓", "!", "✗"]


@dataclass(frozen=True)
class Finding:
    """The state of one thing that a workflow needs.

    Attributes:
        mark: ``✓`` for ok, ``!`` for a warning, ``✗`` for an error that will fail a workflow.
        what: the thing, for example ``service Checkout``.
        finding: its state, without a full stop.
        remedy: what to change, without a full stop; empty if nothing.
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
    def message(self) -> str:
        """The finding as an annotation."""
        return format_message(self.what, self.finding, self.remedy)

    @property
    def error(self) -> CheckFailed:
        """The finding as a failure of the step."""
        return CheckFailed(self.what, self.finding, self.remedy)


@dataclass(frozen=True)
class Check:
    """One thing to check.

    Attributes:
        what: the thing, for when it can't be checked.
        run: checks it; raises `ActionError` if it can't.
    """

    what: str
    run: Callable[[], Sequence[Finding]]


def ok(what: str, finding: str) -> Finding:
    """Find that something is as it should be."""
    return Finding("✓", what, finding)


def warning(what: str, finding: str, remedy: str) -> Finding:
    """Find something that works, but may surprise somebody."""
    return Finding("!", what, finding, remedy)


def error(what: str, finding: str, remedy: str) -> Finding:
    """Find something that will fail a workflow."""
    return Finding("✗", what, finding, remedy)


def failed(what: str, reason: ActionError) -> Finding:
    """Find that something couldn't be checked, in the words of the reason."""
    cause = f" ({reason.cause})" if reason.cause else ""
    return error(what, f"{reason.summary.rstrip('.')}{cause}", reason.remedy)


def run_checks(checks: Iterable[Check]) -> list[Finding]:
    """Run checks in parallel; return the findings in the order of the checks."""
    due = list(checks)
    findings: list[Finding] = []
    for check, result in zip(due, map_concurrently(lambda one: one.run(), due), strict=True):
        if isinstance(result, ActionError):
            findings.append(failed(check.what, result))
        else:
            findings += result
    return findings

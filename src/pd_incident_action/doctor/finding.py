"""What a check found, running checks, and findings about how the APIs answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Literal

from pd_incident_action.errors import ActionError, ApiRejected, CheckFailed
from pd_incident_action.http.client import map_concurrently
from pd_incident_action.http.messages import TRANSIENT_STATUSES, Attempt
from pd_incident_action.http.retry import rate_limit

Mark = Literal["✓", "!", "✗"]
_SLOW_MS = 2_000
_SCARCE = 0.1
_MAX_SKEW_SECONDS = 300


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
    def error(self) -> CheckFailed:
        """The finding as a failure of the step; ``str()`` is the annotation."""
        return CheckFailed(self.what, self.finding, self.remedy)


@dataclass(frozen=True)
class Check:
    """One thing to check.

    Attributes:
        refusals: what an API's refusals mean, by their status: a finding and the remedy.
    """

    what: str
    run: Callable[[], Iterable[Finding]]
    refusals: Mapping[int, tuple[str, str]] = field(default_factory=dict)


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
    due, findings = list(checks), list[Finding]()
    for check, result in zip(due, map_concurrently(lambda one: [*one.run()], due), strict=True):
        if isinstance(result, ActionError):
            status = result.status if isinstance(result, ApiRejected) else None
            known = check.refusals.get(status or 0)
            findings.append(error(check.what, *known) if known else failed(check.what, result))
        else:
            findings += result
    return findings


def check_api_health(attempts: Iterable[Attempt]) -> list[Finding]:
    """Check how the APIs answered so far; return a finding for each that did."""
    by_service: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_service.setdefault(attempt.service, []).append(attempt)
    return [
        _check_service(f"{name}'s API", made)
        for name, made in sorted(by_service.items())
        if any(one.status is not None for one in made)
    ]


def _check_service(what: str, attempts: list[Attempt]) -> Finding:
    answered = [one for one in attempts if one.status is not None]
    milliseconds = 1000 * median(one.seconds for one in answered)
    finding, is_scarce = f"answers in {milliseconds:.0f} ms", False
    limits = [rate_limit(one.headers) for one in answered]
    known = [
        (one.remaining, one.limit)
        for one in limits
        if one.remaining is not None and one.limit is not None
    ]
    if known:
        remaining, limit = min(known)
        finding += f", {remaining} of {limit} requests left"
        is_scarce = remaining < limit * _SCARCE
    failures = sum(one.status is None or one.status in TRANSIENT_STATUSES for one in attempts)
    if failures:
        finding += f"; {failures} of {len(attempts)} attempts failed"
        return warning(what, finding, "see its status page if that lasts")
    if is_scarce:
        remedy = "use a separate key for these workflows: other uses of this one may starve them"
        return warning(what, finding, remedy)
    if milliseconds > _SLOW_MS:
        return warning(what, finding, "raise timeout if that lasts")
    return ok(what, finding)


def clock_warnings(attempts: Iterable[Attempt], now: float | None = None) -> list[str]:
    """Compare the ``Date`` headers of responses with this machine's clock.

    Nothing that is signed here depends on the time, but times in logs and the catalog do.

    Returns:
        A sentence for each API whose clock differs by more than five minutes.
    """
    offset = (time.time() if now is None else now) - time.monotonic()
    skews = {
        one.service: offset + one.ended - date
        for one in attempts
        if (date := _date(one)) is not None
    }
    return [
        f"This machine's clock is {abs(skew) / 60:.0f} minutes "
        f"{'ahead of' if skew > 0 else 'behind'} {service}'s: correct it, since times in logs and "
        "reports come from it."
        for service, skew in skews.items()
        if abs(skew) > _MAX_SKEW_SECONDS
    ]


def _date(attempt: Attempt) -> float | None:
    try:
        date = parsedate_to_datetime(attempt.headers.get("date", ""))
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()

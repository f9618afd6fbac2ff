"""Who is on call, as PagerDuty's escalation policies and schedules have it.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pd_incident_action.models import Table


@dataclass(frozen=True)
class Shift:
    """One person's turn.

    Attributes:
        level: the level of the escalation policy, counted from 1.
        user: the person's name.
        email: the person's address, or empty.
        schedule: name of the schedule that says so, or empty where the policy names the person.
        until: when the turn ends, in ISO 8601; None where it never does.
        policy: name of the escalation policy.
    """

    level: int
    user: str
    email: str = ""
    schedule: str = ""
    until: str | None = None
    policy: str = ""

    @property
    def ends(self) -> str:
        """How long the turn lasts, in words."""
        return f"until {self.until}" if self.until else "always"

    @property
    def humanize(self) -> str:
        """For example ``Ada Lovelace (level 1, until 2026-12-01T09:00:00Z)``."""
        return f"{self.user} (level {self.level}, {self.ends})"

    @property
    def line(self) -> str:
        """All that is known of it, for a log."""
        address = f" <{self.email}>" if self.email else ""
        through = self.schedule or self.policy
        return f"Level {self.level}: {self.user}{address}, {self.ends}, through {through}"

    def as_json(self) -> dict[str, Any]:
        """Give what the output shows of it."""
        names = ("level", "user", "email", "schedule", "until")
        return {name: getattr(self, name) for name in names}


def table_of(shifts: Iterable[Shift]) -> Table:
    """Show turns in the job summary.

    Args:
        shifts: the turns, first level first.

    Returns:
        A row for each.
    """
    rows = tuple(
        (
            str(shift.level),
            f"{shift.user} {shift.email}".strip(),
            shift.until or "always",
            shift.schedule or shift.policy,
        )
        for shift in shifts
    )
    return Table("On call", ("Level", "Who", "Until", "Through"), rows)


def shifts_of(oncalls: Iterable[Mapping[str, Any]]) -> tuple[Shift, ...]:
    """Read on-calls as PagerDuty lists them.

    Args:
        oncalls: the ``oncalls`` of an answer, users included.

    Returns:
        The turns, first level first; what several policies say of a schedule counts once.
    """
    shifts = sorted(map(_shift, oncalls), key=lambda shift: shift.level)
    unique = {(s.level, s.user, s.email, s.schedule, s.until): s for s in reversed(shifts)}
    return tuple(sorted(unique.values(), key=shifts.index))


def emails_of(shifts: Iterable[Shift]) -> tuple[str, ...]:
    """List the addresses of who is on call, in order, each once."""
    return tuple(dict.fromkeys(shift.email for shift in shifts if shift.email))


def _shift(oncall: Mapping[str, Any]) -> Shift:
    user = oncall.get("user") or {}
    return Shift(
        level=int(oncall.get("escalation_level") or 1),
        user=str(user.get("name") or user.get("summary") or user.get("id") or ""),
        email=str(user.get("email") or ""),
        schedule=str((oncall.get("schedule") or {}).get("summary") or ""),
        until=oncall.get("end") or None,
        policy=str((oncall.get("escalation_policy") or {}).get("summary") or ""),
    )

"""How PagerDuty notifies a person, by their notification rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pd_incident_action.errors import ApiError
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.models import NotificationRule


@dataclass(frozen=True, order=True)
class Step:
    """One notification by a rule: ``str()`` is for example ``phone after 5 min``.

    Attributes:
        minutes: how long after the assignment.
        kind: the kind of contact method.
    """

    minutes: int
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} " + ("now" if self.is_due_at_once else f"after {self.minutes} min")

    @property
    def is_due_at_once(self) -> bool:
        """Whether it is due on the assignment."""
        return self.minutes <= 0

    @property
    def delay(self) -> timedelta:
        """How long after the assignment it is due."""
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Reachability:
    """How a person is notified of incidents of one urgency.

    ``str()`` is for example ``push now, phone after 5 min``; empty if nothing reaches them.

    Attributes:
        urgency: ``high`` or ``low``.
        rules: their notification rules for it.
        has_contact_method: False if they are known to have none.
    """

    urgency: str
    rules: tuple[NotificationRule, ...] = ()
    has_contact_method: bool = True

    def __str__(self) -> str:
        return describe(self.steps)

    @property
    def steps(self) -> list[Step]:
        """The notifications of an incident, earliest first."""
        usable = (one for one in self.rules if one.contact_method.is_usable)
        return sorted(
            {Step(one.start_delay_in_minutes or 0, one.contact_method.kind) for one in usable}
        )

    @property
    def obstacle(self) -> str:
        """Why nothing reaches them; empty if something does."""
        if self.steps:
            return ""
        if self.rules:
            kinds = dict.fromkeys(one.contact_method.kind for one in self.rules)
            return f"{', '.join(kinds)} disabled or blocked"
        if not self.has_contact_method:
            return "no contact method"
        return f"no notification rule for {self.urgency} urgency"


def describe(steps: list[Step]) -> str:
    """Describe several notifications."""
    return ", ".join(map(str, steps))


def read_reachability(pagerduty: PagerDuty, user_id: str, urgency: str) -> Reachability:
    """Read how a person is notified.

    Args:
        pagerduty: PagerDuty's REST API, with the scope for contact methods.
        user_id: PagerDuty's id of the person.
        urgency: ``high`` or ``low``.

    Raises:
        ApiError: the rules can't be read, for example because the credentials don't allow it.
    """
    directory = Directory(pagerduty)
    rules = tuple(directory.notification_rules(user_id, urgency))
    try:
        has_contact_method = bool(rules or directory.contact_methods(user_id))
    except ApiError:
        has_contact_method = True
    return Reachability(urgency, rules, has_contact_method)

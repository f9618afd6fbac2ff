"""What PagerDuty shows of an incident says whether anybody was notified, or why nobody was."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.notification.verify import NotificationStatus, diagnose
from pd_incident_action.pagerduty.models import LogEntry, PagerDutyIncident, Service

ADA = {"id": "PUSER1", "summary": "Ada"}
GRACE = {"id": "PUSER2", "summary": "Grace"}
BEFORE, THEN, AFTER = (f"2026-12-01T03:10:0{n}Z" for n in range(3))
LATER = "2026-12-01T03:40:00Z"
NOT_YET = "PagerDuty has not reached Ada yet"
RULES = "check Ada's notification rules in PagerDuty"
Json = dict[str, Any]


def notified(user: Json, at: str | None = AFTER, channel: str = "email") -> Json:
    notification = {"type": f"{channel}_notification"} if channel else {}
    return {
        "type": "notify_log_entry",
        "created_at": at,
        "user": user,
        "channel": {"notification": notification},
    }


def status_of(log: list[Json] | None = None, **changes: Any) -> NotificationStatus:  # noqa: ANN401 - JSON
    names = ("service", "is_new")
    options = {name: changes.pop(name) for name in names if name in changes}
    incident = {
        "id": "Q1",
        "incident_number": 42,
        "title": "Down",
        "status": "triggered",
        "urgency": "high",
        "service": {"id": "PSVC001", "summary": "Checkout"},
        "escalation_policy": {"summary": "Platform"},
        "assigned_via": "escalation_policy",
        "assignments": [{"at": THEN, "assignee": ADA}],
        "pending_actions": [{"type": "escalate", "at": LATER}],
    }
    entries = tuple(LogEntry.read_all(log))
    return NotificationStatus(PagerDutyIncident.read(incident | changes), entries, **options)


@pytest.mark.parametrize(
    ("log", "changes", "text"),
    [
        (
            [notified(ADA, channel="push"), {"type": "trigger_log_entry"}, notified(ADA)],
            {},
            "Ada was notified (email, push). Escalates at 03:40 UTC unless acknowledged.",
        ),
        (
            [notified(ADA, channel=""), notified(ADA, channel="")],
            {"pending_actions": [{"type": "unacknowledge", "at": LATER}]},
            "Ada was notified.",
        ),
        (
            [notified(GRACE, LATER, "sms"), notified(ADA)],
            {
                "assignments": [{"at": THEN, "assignee": GRACE}, {"assignee": ADA}],
                "pending_actions": None,
            },
            "Ada (email), Grace (sms) were notified.",
        ),
        (
            [notified(ADA | {"summary": None})],
            {"pending_actions": [{"type": "escalate", "at": "2026-12-02T01:00:00+02:00"}]},
            "PUSER1 was notified (email). Escalates at 23:00 UTC unless acknowledged.",
        ),
        (
            [notified(ADA)],
            {"pending_actions": [{"type": "escalate", "at": "2026-12-02T03:40:00Z"}]},
            "Ada was notified (email). Escalates at 2026-12-02 03:40 UTC unless acknowledged.",
        ),
        (
            [notified(ADA)],
            {"pending_actions": [{"type": "escalate", "at": "soon"}]},
            "Ada was notified (email). Escalates at soon unless acknowledged.",
        ),
    ],
    ids=["one", "no channel", "several", "another zone", "another day", "no time"],
)
def test_a_sentence_says_who_was_notified_and_what_comes_next(
    log: list[Json], changes: Json, text: str
) -> None:
    status = status_of(log, **changes)
    assert str(status) == text
    assert status.is_conclusive
    assert diagnose(status) is None


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        (notified(ADA, THEN), True),
        (notified(ADA, None), True),
        (notified(ADA, "2026-12-01T04:10:01+01:00"), True),
        (notified(ADA, BEFORE), False),
        (notified(GRACE), False),
        (notified({}), False),
        ({"type": "assign_log_entry", "user": ADA, "created_at": AFTER}, False),
        ({"type": "notify_log_entry", "user": None, "channel": "odd"}, False),
    ],
    ids=[
        "same second",
        "no time",
        "another zone",
        "before it was assigned",
        "somebody else",
        "nobody",
        "another entry",
        "odd entry",
    ],
)
def test_only_notifications_of_who_has_it_since_then_count(entry: Json, *, counts: bool) -> None:
    assert bool(status_of([entry]).notified) is counts


@pytest.mark.parametrize(
    ("changes", "cause", "remedy"),
    [
        (
            {"service": Service(status="disabled")},
            "service Checkout is disabled",
            "change that in PagerDuty, or call somebody",
        ),
        (
            {"service": Service(status="maintenance")},
            "service Checkout is in maintenance",
            "change that in PagerDuty, or call somebody",
        ),
        (
            {"status": "acknowledged", "is_new": True},
            "it is assigned to whoever asked for it (input 'from'), so it started as acknowledged",
            "give another assignee, or an escalation-policy",
        ),
        (
            {"assignments": []},
            "nobody is assigned to it, nor on call on policy Platform",
            "put somebody on call, or hand it to somebody with operation: reassign",
        ),
    ],
)
def test_what_will_not_change_is_not_waited_for(changes: Json, cause: str, remedy: str) -> None:
    status = status_of(**changes)
    assert status.is_conclusive
    assert str(status) == ""
    assert str(diagnose(status)) == (
        f"Nobody was notified of incident #42 Down: {cause}; {remedy}."
    )


@pytest.mark.parametrize(
    ("changes", "cause", "remedy"),
    [
        (
            {"urgency": "low", "pending_actions": []},
            "it has low urgency: Ada's rules for that apply, and nothing is escalated",
            "give it high urgency with operation: escalate if somebody has to wake up",
        ),
        (
            {"service": Service(status="critical")},
            f"{NOT_YET} and pages the next level at 03:40 UTC",
            f"{RULES}, or escalate it to the next level now",
        ),
        (
            {"pending_actions": []},
            f"{NOT_YET}, and its escalation policy has no further level",
            f"{RULES}, or escalate it to another policy",
        ),
        (
            {"pending_actions": [], "assigned_via": "direct_assignment"},
            f"{NOT_YET}, and it is assigned to a person directly, so nothing is escalated",
            f"{RULES}, or escalate it to another policy",
        ),
    ],
)
def test_what_may_still_come_is_waited_for(changes: Json, cause: str, remedy: str) -> None:
    status = status_of(**changes)
    assert not status.is_conclusive
    assert str(diagnose(status)) == (
        f"Nobody was notified of incident #42 Down: {cause}; {remedy}."
    )


@pytest.mark.parametrize("status", ["acknowledged", "resolved"])
def test_what_somebody_took_already_needs_nobody(status: str) -> None:
    handled = status_of(status=status)
    assert handled.is_conclusive
    assert diagnose(handled) is None

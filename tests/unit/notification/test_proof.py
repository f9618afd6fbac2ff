"""What PagerDuty shows of an incident says whether anybody was really paged."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.notification.status import (
    NotificationStatus,
    diagnose,
    earliest_escalation,
    notification_status,
)

ADA = {"id": "PUSER1", "summary": "Ada"}
GRACE = {"id": "PUSER2", "summary": "Grace"}
BEFORE, THEN, AFTER = (f"2026-12-01T03:10:0{n}Z" for n in range(3))
LATER, LAST = "2026-12-01T03:40:00Z", "2026-12-01T04:10:00Z"
NOT_YET = "PagerDuty has not reached Ada yet"
Json = dict[str, Any]


def incident(**changes: Any) -> Json:  # noqa: ANN401 - members of JSON
    return {
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
    } | changes


def notified(user: Json, at: str | None = AFTER, through: str = "email") -> Json:
    notification = {"type": f"{through}_notification"} if through else {}
    return {
        "type": "notify_log_entry",
        "created_at": at,
        "user": user,
        "channel": {"notification": notification},
    }


def seen(log: list[Json] | None = None, **changes: Any) -> NotificationStatus:  # noqa: ANN401 - JSON
    rest = {name: changes.pop(name) for name in ("service_status", "is_new") if name in changes}
    return notification_status(incident(**changes), log or [], **rest)


def test_who_was_told_and_what_comes_next_is_one_line() -> None:
    log = [notified(ADA, through="push"), {"type": "trigger_log_entry"}, notified(ADA)]
    evidence = seen(log)
    assert evidence.line == (
        "Notified of incident #42 Down: Ada (email, push); PagerDuty escalates it at "
        "2026-12-01T03:40:00Z."
    )
    assert evidence.names == ("Ada",)
    assert evidence.is_conclusive
    assert diagnose(evidence) is None


@pytest.mark.parametrize("pending", [[], None, [{"type": "unacknowledge", "at": LATER}]])
def test_where_nothing_is_escalated_the_line_ends_earlier(pending: list[Json] | None) -> None:
    evidence = seen([notified(ADA, through="")], pending_actions=pending)
    assert evidence.line == "Notified of incident #42 Down: Ada."
    assert evidence.escalates_at == ""


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        (notified(ADA, THEN), True),
        (notified(ADA, None), True),
        (notified(ADA, "2026-12-01T04:10:01+01:00"), True),
        (notified(ADA, BEFORE), False),
        (notified(GRACE), False),
        ({"type": "assign_log_entry", "user": ADA, "created_at": AFTER}, False),
    ],
    ids=["same second", "no time", "other zone", "earlier turn", "other person", "no notification"],
)
def test_only_a_notification_of_this_turn_counts(entry: Json, *, counts: bool) -> None:
    assert bool(seen([entry]).notified) is counts


def test_several_people_are_named_in_the_order_they_were_told() -> None:
    both = [{"at": THEN, "assignee": GRACE}, {"assignee": ADA}]
    evidence = seen([notified(GRACE, LATER), notified(ADA, AFTER)], assignments=both)
    assert evidence.names == ("Ada", "Grace")


@pytest.mark.parametrize(
    ("changes", "cause", "remedy"),
    [
        (
            {"service_status": "disabled"},
            "service Checkout is disabled",
            "change that in PagerDuty, or call somebody",
        ),
        (
            {"service_status": "maintenance"},
            "service Checkout is in a maintenance window",
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
def test_what_will_not_change_is_not_waited_for(
    changes: dict[str, Any], cause: str, remedy: str
) -> None:
    evidence = seen(**changes)
    assert evidence.is_conclusive
    assert str(diagnose(evidence)) == (
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
            {"service_status": "critical"},
            f"{NOT_YET} and pages the next level at {LATER}",
            "check Ada's notification rules in PagerDuty, or escalate it to the next level now",
        ),
        (
            {"pending_actions": []},
            f"{NOT_YET}, and its escalation policy has no further level",
            "check Ada's notification rules in PagerDuty, or escalate it to another policy",
        ),
        (
            {"pending_actions": [], "assigned_via": "direct_assignment"},
            f"{NOT_YET}, and it is assigned to a person directly, so nothing is escalated",
            "check Ada's notification rules in PagerDuty, or escalate it to another policy",
        ),
    ],
)
def test_what_may_still_come_is_waited_for(
    changes: dict[str, Any], cause: str, remedy: str
) -> None:
    evidence = seen(**changes)
    assert not evidence.is_conclusive
    problem = diagnose(evidence)
    assert str(problem) == f"Nobody was notified of incident #42 Down: {cause}; {remedy}."
    assert problem is not None
    assert problem.title == "Nobody was notified"


@pytest.mark.parametrize("status", ["acknowledged", "resolved"])
def test_what_somebody_took_already_needs_nobody(status: str) -> None:
    evidence = seen(status=status)
    assert evidence.is_conclusive
    assert diagnose(evidence) is None
    assert evidence.line == ""


def test_the_earliest_escalation_of_several_counts() -> None:
    some = [seen(pending_actions=[{"type": "escalate", "at": at}]) for at in (LAST, LATER)]
    assert earliest_escalation([*some, seen(pending_actions=[])]) == LATER
    assert earliest_escalation([]) == ""

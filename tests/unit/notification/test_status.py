"""What PagerDuty shows of an incident says who was and will be notified, or why nobody hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pd_incident_action.notification.status import NotificationStatus, Reachability, diagnose
from pd_incident_action.pagerduty.models import (
    LogEntry,
    NotificationRule,
    PagerDutyIncident,
    Service,
)

ADA = {"id": "PUSER1", "summary": "Ada"}
GRACE = {"id": "PUSER2", "summary": "Grace"}
BEFORE, THEN, AFTER = (f"2026-12-01T03:10:0{n}Z" for n in range(3))
LATER = "2026-12-01T03:40:00Z"
ASSIGNED = datetime(2026, 12, 1, 3, 10, 1, tzinfo=UTC)
REMEDY = "have them check their contact methods and notification rules in PagerDuty"
Json = dict[str, Any]


def notified(user: Json, at: str | None = AFTER, channel: str = "email") -> Json:
    notification = {"type": f"{channel}_notification"} if channel else {}
    return {
        "type": "notify_log_entry",
        "created_at": at,
        "user": user,
        "channel": {"notification": notification},
    }


def due(at: str, kind: str = "escalate") -> Json:
    return {"pending_actions": [{"type": kind, "at": at}]}


def rules(*steps: tuple[int, str], urgency: str = "high", **method: bool) -> Reachability:
    """Build the rules of somebody, each by its minutes and the kind of contact method."""
    objects = [
        {
            "urgency": urgency,
            "start_delay_in_minutes": minutes,
            "contact_method": {"type": f"{kind}_contact_method_reference", **method},
        }
        for minutes, kind in steps
    ]
    return Reachability(urgency, tuple(NotificationRule.read_all(objects)))


PUSH_AND_PHONE = rules((5, "phone"), (0, "push_notification"))


def status_of(log: list[Json] | None = None, **changes: Any) -> NotificationStatus:  # noqa: ANN401 - JSON
    names = ("service", "is_new", "reachability", "now")
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


def test_a_sentence_says_who_was_notified_and_what_comes_next() -> None:
    push, email = notified(ADA, channel="push"), notified(ADA)
    unnamed = notified(ADA, channel="")
    both = [{"at": THEN, "assignee": GRACE}, {"assignee": ADA}]
    cases: list[tuple[list[Json], Json, str]] = [
        (
            [push, {"type": "trigger_log_entry"}, email],
            due(LATER),
            "Ada was notified (email, push)",
        ),
        ([unnamed, unnamed], due(LATER, "unacknowledge"), "Ada was notified"),
        (
            [notified(GRACE, LATER, "sms"), email],
            {"assignments": both, "pending_actions": None},
            "Ada was notified (email); Grace was notified (sms)",
        ),
        ([notified(ADA | {"summary": None})], due(LATER), "Ada was notified (email)"),
    ]
    for log, changes, text in cases:
        status = status_of(log, **changes)
        escalates = " Escalates at 03:40 UTC unless acknowledged."
        assert str(status) == f"{text}.{escalates if changes == due(LATER) else ''}"
        assert status.is_conclusive
        assert diagnose(status) is None


def test_the_next_level_has_a_time_that_people_read() -> None:
    for at, text in [
        ("2026-12-02T01:00:00+02:00", "23:00 UTC"),
        ("2026-12-02T03:40:00Z", "2026-12-02 03:40 UTC"),
        ("soon", "soon"),
    ]:
        assert status_of(**due(at)).outlook == f"Escalates at {text} unless acknowledged."


def test_only_notifications_of_who_has_it_since_then_count() -> None:
    for entry, counts in [
        (notified(ADA, THEN), True),
        (notified(ADA, None), True),
        (notified(ADA, "2026-12-01T04:10:01+01:00"), True),
        (notified(ADA, BEFORE), False),
        (notified(GRACE), False),
        (notified({}), False),
        ({"type": "assign_log_entry", "user": ADA, "created_at": AFTER}, False),
        ({"type": "notify_log_entry", "user": None, "channel": "odd"}, False),
    ]:
        assert bool(status_of([entry]).notified) is counts


def test_what_will_not_change_is_not_waited_for() -> None:
    cases: list[tuple[Json, str, str]] = [
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
    ]
    for changes, cause, remedy in cases:
        status = status_of(**changes)
        assert status.is_conclusive
        assert str(diagnose(status)) == (
            f"Nobody was paged about incident #42 Down: {cause}; {remedy}."
        )


def test_a_sentence_says_what_the_rules_will_do() -> None:
    for changes, text in [
        ({"PUSER1": PUSH_AND_PHONE}, "Ada: push now, phone after 5 min."),
        ({}, "Ada hasn't been notified yet."),
        ({"PUSER1": rules((1, "sms"), (1, "sms"))}, "Ada: sms after 1 min."),
    ]:
        status = status_of(reachability=changes)
        assert str(status) == f"{text} Escalates at 03:40 UTC unless acknowledged."
        assert diagnose(status) is None


def test_rules_go_on_after_a_first_notification() -> None:
    several = [{"at": THEN, "assignee": ADA}, {"at": THEN, "assignee": GRACE}]
    status = status_of(
        [notified(GRACE, channel="sms")],
        assignments=several,
        pending_actions=[],
        urgency="low",
        reachability={"PUSER1": rules(), "PUSER2": rules((0, "sms"), (9, "phone"))},
    )
    assert str(status) == (
        "Grace was notified (sms), then phone after 9 min; Ada can't be reached "
        "(no notification rule for high urgency). Low urgency doesn't escalate."
    )
    assert status.plan == {"Grace": "sms now, phone after 9 min"}
    assert diagnose(replace(status, log=())) is None, "Grace will be notified"


def test_rules_whose_time_is_past_notify_nobody() -> None:
    for minutes, steps in [(0, "push now, phone after 5 min"), (7, "phone after 5 min"), (30, "")]:
        now = ASSIGNED + timedelta(minutes=minutes)
        status = status_of(reachability={"PUSER1": PUSH_AND_PHONE}, now=now)
        assert status.plan == ({"Ada": steps} if steps else {})
        problem = diagnose(status)
        assert (problem is None) is bool(steps)
        assert problem is None or "Ada wasn't notified, and no notification rule is d" in str(
            problem
        )


def test_a_notification_that_was_due_meanwhile_is_not_announced() -> None:
    now = ASSIGNED + timedelta(minutes=6)
    log = [notified(ADA, channel="push")]
    status = status_of(log, reachability={"PUSER1": PUSH_AND_PHONE}, now=now, pending_actions=[])
    assert str(status) == "Ada was notified (push)."


def test_only_what_is_due_now_is_waited_for() -> None:
    for known, is_conclusive in [
        ({}, False),
        ({"PUSER1": PUSH_AND_PHONE}, False),
        ({"PUSER1": rules((1, "phone"))}, True),
        ({"PUSER1": rules()}, True),
    ]:
        assert status_of(reachability=known).is_conclusive is is_conclusive


CANT = "Ada can't be reached (no notification rule for high urgency)"


def test_a_reason_why_nobody_hears_is_given() -> None:
    no_rules: Json = {"reachability": {"PUSER1": rules()}}
    low = {"urgency": "low", "reachability": {"PUSER1": Reachability("low")}}
    next_level = f"{REMEDY}, and escalate it to the next level now"
    another = f"{REMEDY}, and escalate it to another policy now"
    over: Json = {"pending_actions": []}
    exhausted = [{"type": "exhaust_escalation_path_log_entry"}]
    cases: list[tuple[Json, str, str]] = [
        (no_rules, f"{CANT}, and PagerDuty pages the next level at 03:40 UTC", next_level),
        (no_rules | over, f"{CANT}, and its escalation policy has no further level", another),
        (
            no_rules | over | {"assigned_via": "direct_assignment"},
            f"{CANT}, and it is assigned to a person directly, so nothing is escalated",
            another,
        ),
        (
            low | over,
            f"{CANT.replace('high', 'low')}, and low urgency doesn't escalate",
            another,
        ),
        (
            low | over | {"reachability": {}},
            "it has low urgency: Ada's rules for that apply, and nothing is escalated",
            "give it high urgency with operation: escalate if somebody has to wake up",
        ),
        (
            over | {"log": exhausted},
            "PagerDuty hasn't reached Ada, and its escalation policy is exhausted",
            "escalate it to another policy",
        ),
    ]
    for changes, cause, remedy in cases:
        problem = str(diagnose(status_of(**changes)))
        assert problem == f"Nobody was paged about incident #42 Down: {cause}; {remedy}."


def test_rules_and_contact_methods_say_how_somebody_is_reached() -> None:
    for how, text, obstacle in [
        (PUSH_AND_PHONE, "push now, phone after 5 min", ""),
        (rules((0, "whatsapp")), "whatsapp now", ""),
        (rules((0, "email"), (0, "sms"), enabled=False), "", "email, sms disabled or blocked"),
        (rules((0, "sms"), blacklisted=True), "", "sms disabled or blocked"),
        (rules(urgency="low"), "", "no notification rule for low urgency"),
        (Reachability("high", has_contact_method=False), "", "no contact method"),
    ]:
        assert (str(how), how.obstacle) == (text, obstacle)


def test_what_somebody_took_already_needs_nobody() -> None:
    for status in ["acknowledged", "resolved"]:
        handled = status_of(status=status)
        assert handled.is_conclusive
        assert diagnose(handled) is None

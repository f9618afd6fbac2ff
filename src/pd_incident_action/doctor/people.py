"""Checks that PagerDuty can notify whoever is on call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pd_incident_action.errors import ActionError, ApiRejected
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.notification.reachability import Reachability, read_reachability
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import CONTACTS_SCOPE
from pd_incident_action.pagerduty.models import OnCall

from .finding import Finding, error, failed, ok, warning

_URGENCY = "high"
_WAKES_NOBODY = {"email"}


def check_people(contacts: PagerDuty, on_calls: Sequence[OnCall]) -> list[Finding]:
    """Check how everybody on call is notified of incidents with high urgency.

    Args:
        contacts: PagerDuty's REST API for notification rules.
        on_calls: who is on call on which levels of which policies.

    Returns:
        One finding for each person, and a single one for all those whose rules can't be read.
    """
    positions: dict[str, OnCall] = {}
    for one in sorted(on_calls, key=lambda one: (one.level, one.person)):
        if one.user.id:
            positions.setdefault(one.user.id, one)
    people = list(positions)
    results = map_concurrently(lambda one: read_reachability(contacts, one, _URGENCY), people)
    read = dict(zip(people, results, strict=True))
    known = {person: one for person, one in read.items() if isinstance(one, Reachability)}
    alone = _on_first_levels_without_anybody_else(on_calls, known)
    findings = [
        _finding(positions[person], result, is_error=person in alone)
        if isinstance(result, Reachability)
        else failed(f"on-call {positions[person].person}", result)
        for person, result in read.items()
        if not _is_forbidden(result)
    ]
    hidden = [positions[one].person for one, result in read.items() if _is_forbidden(result)]
    if hidden:
        finding = f"can't be read with these credentials, of {', '.join(hidden)}"
        remedy = f"give the app the scope {CONTACTS_SCOPE}, or use a key that may read users"
        findings.append(warning("notification rules", finding, remedy))
    return findings


def _is_forbidden(result: Reachability | ActionError) -> bool:
    """Return whether the credentials don't allow it; an app without the scope gets no token."""
    return isinstance(result, ApiRejected) and result.status != HTTPStatus.NOT_FOUND


def _finding(position: OnCall, how: Reachability, *, is_error: bool) -> Finding:
    what = f"on-call {position.person}"
    if how.obstacle:
        place = f"level {position.level} of {position.escalation_policy.label}"
        finding = f"can't be reached on {place}: {how.obstacle}"
        remedy = "have them check their contact methods and notification rules in PagerDuty"
        return (error if is_error else warning)(what, finding, remedy)
    if {step.kind for step in how.steps} <= _WAKES_NOBODY:
        finding = f"is reached by email only ({how})"
        return warning(what, finding, "add push, phone or sms: an e-mail wakes nobody")
    return ok(what, str(how))


def _on_first_levels_without_anybody_else(
    on_calls: Sequence[OnCall], known: Mapping[str, Reachability]
) -> set[str]:
    """Return the ids of people on a policy's first level on which nobody can be reached."""
    first: dict[str, int] = {}
    for one in on_calls:
        policy = one.escalation_policy.id
        first[policy] = min(first.get(policy, one.level), one.level)
    found: set[str] = set()
    for policy, level in first.items():
        people = {
            one.user.id
            for one in on_calls
            if (one.escalation_policy.id, one.level) == (policy, level)
        }
        if all(person in known and known[person].obstacle for person in people):
            found |= people
    return found

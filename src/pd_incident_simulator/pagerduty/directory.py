"""Whom incidents go to: users and how they are notified, policies, who is on call; priorities.

https://developer.pagerduty.com/api-reference/ under Users, Escalation Policies, On-Calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request

from .objects import ApiError, Json, invalid, iso, reference
from .rest import (
    Filters,
    Routes,
    lookup,
    matching,
    named,
    owns_token,
    page,
    require_ability,
    time_range,
)
from .seed import TOKEN_OWNER
from .state import PagerDutyState

_URGENCIES = ("high", "low", "all")
_FILTERS: Filters = {
    "escalation_policy_ids[]": lambda entry: {entry["escalation_policy"]["id"]},
    "schedule_ids[]": lambda entry: {entry.get("schedule", {}).get("id")},
}

routes = Routes()


@routes("GET", "/users")
def list_users(state: PagerDutyState, request: Request) -> Reply:
    """List users; the query matches anywhere in name or address."""
    query = request.param("query").lower()
    users = state.users.values()
    found = [user for user in users if query in f"{user['name']} {user['email']}".lower()]
    return page(request, "users", found)


@routes("GET", "/users/me")
def get_current_user(state: PagerDutyState, request: Request) -> Reply:
    """Return the owner of the key; an account's key has none."""
    if not owns_token(request):
        raise ApiError(2001, "This endpoint needs a user's own API key")
    return Reply(200, {"user": state.users[TOKEN_OWNER]})


@routes("GET", "/users/{id}")
def get_user(state: PagerDutyState, request: Request) -> Reply:
    """Return a user."""
    return Reply(200, {"user": lookup(state.users, request)})


@routes("GET", "/users/{id}/contact_methods")
def list_contact_methods(state: PagerDutyState, request: Request) -> Reply:
    """List how a user can be reached."""
    user = lookup(state.users, request)
    return Reply(200, {"contact_methods": state.contact_methods.get(user["id"], [])})


@routes("GET", "/users/{id}/notification_rules")
def list_notification_rules(state: PagerDutyState, request: Request) -> Reply:
    """List a user's rules of one urgency, ``high`` unless another or ``all`` is given."""
    rules = state.notification_rules.get(lookup(state.users, request)["id"], [])
    urgency = request.param("urgency", "high")
    if urgency not in _URGENCIES:
        raise invalid("urgency must be high, low or all")
    found = [rule for rule in rules if urgency in {"all", rule["urgency"]}]
    if "contact_methods" not in request.params("include[]"):
        found = [rule | {"contact_method": reference(rule["contact_method"])} for rule in found]
    return Reply(200, {"notification_rules": found})


@routes("GET", "/escalation_policies")
def list_escalation_policies(state: PagerDutyState, request: Request) -> Reply:
    """List escalation policies."""
    found = named(request, state.escalation_policies.values())
    return page(request, "escalation_policies", found)


@routes("GET", "/escalation_policies/{id}")
def get_escalation_policy(state: PagerDutyState, request: Request) -> Reply:
    """Return an escalation policy."""
    return Reply(200, {"escalation_policy": lookup(state.escalation_policies, request)})


@routes("GET", "/priorities")
def list_priorities(state: PagerDutyState, request: Request) -> Reply:
    """List priorities."""
    require_ability(state, "priorities")
    return page(request, "priorities", list(state.priorities.values()))


@routes("GET", "/oncalls")
def list_oncalls(state: PagerDutyState, request: Request) -> Reply:
    """List who is on call on which level of which policy, now unless a range is given."""
    present = datetime.now(UTC)
    since, until = time_range(request, (present, present))
    entries = matching(request, _oncalls(state, since, until), _FILTERS)
    if "true" in request.params("earliest"):
        entries = _earliest(entries)
    if "users" in request.params("include[]"):
        entries = [entry | {"user": state.users[entry["user"]["id"]]} for entry in entries]
    return page(request, "oncalls", entries)


def _earliest(entries: Iterable[Json]) -> list[Json]:
    """Keep the first entry of each person on each level of each policy."""
    first: dict[tuple[str, int, str], Json] = {}
    for one in sorted(entries, key=lambda one: one.get("start", "")):
        place = one["escalation_policy"]["id"], one["escalation_level"], one["user"]["id"]
        first.setdefault(place, one)
    return list(first.values())


def users_on_call(state: PagerDutyState, rule: Json) -> list[Json]:
    """List the users who are on call now for an escalation rule, each once."""
    at = datetime.now(UTC)
    ids = [
        state.schedules[target["id"]].on_call(at)
        if target["id"] in state.schedules
        else target["id"]
        for target in rule["targets"]
    ]
    return [state.users[user] for user in dict.fromkeys(ids) if user is not None]


def _oncalls(state: PagerDutyState, since: datetime, until: datetime) -> Iterator[Json]:
    """Return an entry for each person's time on call on each level of each policy.

    Users whom a policy names itself are always on call: schedule, start and end are missing.
    """
    for policy in state.escalation_policies.values():
        for level, rule in enumerate(policy["escalation_rules"], 1):
            place = {"escalation_policy": reference(policy), "escalation_level": level}
            for target in rule["targets"]:
                for oncall in _of_target(state, target, since, until):
                    yield {**place, **oncall}


def _of_target(
    state: PagerDutyState, target: Json, since: datetime, until: datetime
) -> Iterator[Json]:
    schedule = state.schedules.get(target["id"])
    if schedule is None:
        yield {"user": reference(state.users[target["id"]])}
        return
    for shift in schedule.shifts(since, until):
        if shift.source.user is not None:
            user = reference(state.users[shift.source.user])
            times = {"start": iso(shift.start), "end": iso(shift.end)}
            yield {"schedule": target, "user": user, **times}

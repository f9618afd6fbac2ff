"""Who is on call on the levels of escalation policies.

https://developer.pagerduty.com/api-reference/ under On-Calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pd_incident_simulator.exchange import Reply, Request

from .objects import Json, iso, reference
from .rest import Filters, Routes, matching, page, time_range
from .state import PagerDutyState

_FILTERS: Filters = {
    "escalation_policy_ids[]": lambda entry: {entry["escalation_policy"]["id"]},
    "schedule_ids[]": lambda entry: {entry.get("schedule", {}).get("id")},
}

routes = Routes()


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

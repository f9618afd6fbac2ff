"""Who is on call on the levels of escalation policies.

https://developer.pagerduty.com/api-reference/ under On-Calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .things import Json, iso, reference

if TYPE_CHECKING:
    from .state import PagerDutyState


def people_on(state: PagerDutyState, rule: Json) -> list[Json]:
    """List the users who are on call now on a level, each once.

    Args:
        state: the account.
        rule: the level's escalation rule.
    """
    at = datetime.now(UTC)
    ids = [
        state.schedules[target["id"]].on_call(at)
        if target["id"] in state.schedules
        else target["id"]
        for target in rule["targets"]
    ]
    return [state.users[user] for user in dict.fromkeys(ids) if user is not None]


def oncalls(state: PagerDutyState, since: datetime, until: datetime) -> Iterator[Json]:
    """Give an entry for each person's time on call on each level of each policy.

    Args:
        state: the account.
        since: start of the range of time.
        until: end of the range.

    Yields:
        Entries as the API shows them, with references. Whoever a policy names itself always is on
        call: schedule, start and end are missing.
    """
    for policy in state.escalation_policies.values():
        for level, rule in enumerate(policy["escalation_rules"], 1):
            place = {"escalation_policy": reference(policy), "escalation_level": level}
            for target in rule["targets"]:
                for who in _of_target(state, target, since, until):
                    yield {**place, **who}


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

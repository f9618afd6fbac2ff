"""Who is on call.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from .client import PagerDuty, Params
from .models import OnCall, PagerDutyIncident


class OnCalls:
    """Lists who is on call, with addresses; raises `ApiError` where PagerDuty doesn't answer.

    Args:
        pagerduty: the REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def of_policies(self, policy_ids: Sequence[str], at: str = "") -> Iterator[OnCall]:
        """GET /oncalls?escalation_policy_ids[]=: list who is on call on policies' levels.

        Args:
            policy_ids: PagerDuty's ids; some dozens at most, since they are part of the URL.
            at: ISO 8601 time, or empty for now.
        """
        return self._list("escalation_policy_ids[]", policy_ids, at)

    def of_schedule(self, schedule_id: str, at: str = "") -> Iterator[OnCall]:
        """GET /oncalls?schedule_ids[]=: as `of_policies`, for each policy that uses a schedule."""
        return self._list("schedule_ids[]", [schedule_id], at)

    def people_by_level(self, policy_id: str, at: str = "") -> dict[int, set[str]]:
        """Group the ids of who is on call on a policy by level, leaving out levels without anybody.

        Args:
            policy_id: PagerDuty's id.
            at: ISO 8601 time, or empty for now.
        """
        people: dict[int, set[str]] = {}
        for one in self.of_policies([policy_id], at):
            people.setdefault(one.level, set()).add(one.user.id)
        return people

    def _list(self, filter_name: str, ids: Sequence[str], at: str) -> Iterator[OnCall]:
        params: Params = {filter_name: [*ids], "include[]": ["users"]}
        if at:
            params = {**params, "since": at, "until": at}
        return map(
            OnCall.read, self._pagerduty.paginate("/oncalls", "list on-calls", "oncalls", params)
        )


def current_level(
    incident: PagerDutyIncident, people: Mapping[int, AbstractSet[str]]
) -> int | None:
    """Determine the level of whoever has an incident, which PagerDuty doesn't show.

    Of several levels that fit, the lowest counts: somebody may then be paged again, but no level is
    left out.

    Args:
        incident: the incident; whoever acknowledges it may have it alone.
        people: ids of who is on call on its policy, by level.

    Returns:
        The lowest level with all of its assignees on call, else with some; None without any.
    """
    assigned = incident.assignee_ids
    all_of_them = [level for level, on_call in people.items() if assigned and assigned <= on_call]
    some_of_them = [level for level, on_call in people.items() if assigned & on_call]
    return min(all_of_them or some_of_them, default=None)


def by_level(on_calls: Iterable[OnCall]) -> tuple[OnCall, ...]:
    """Sort on-calls by level; what several policies have of one schedule counts once."""
    unique: dict[tuple[object, ...], OnCall] = {}
    for one in sorted(on_calls, key=lambda one: one.level):
        unique.setdefault((one.level, one.person, one.user.email, one.schedule.id, one.end), one)
    return tuple(unique.values())


def emails_of(on_calls: Iterable[OnCall]) -> tuple[str, ...]:
    """Return the addresses of who is on call, in order, each once."""
    return tuple(dict.fromkeys(one.user.email for one in on_calls if one.user.email))

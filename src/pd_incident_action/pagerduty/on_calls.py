"""Who is on call: PagerDuty's on-calls and escalation policies.

https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

if TYPE_CHECKING:
    from .client import Json, PagerDuty


class OnCalls:
    """Looks up who is on call.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def of_policy(self, policy_id: str, moment: str = "") -> list[Json]:
        """GET /oncalls?escalation_policy_ids[]=: list who is on call on a policy's levels.

        Args:
            policy_id: PagerDuty's id.
            moment: ISO 8601 time, or empty for now.

        Returns:
            The on-calls, users with their addresses.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        return self._list("escalation_policy_ids[]", policy_id, moment)

    def of_schedule(self, schedule_id: str, moment: str = "") -> list[Json]:
        """GET /oncalls?schedule_ids[]=: list who is on call through a schedule.

        Args:
            schedule_id: PagerDuty's id.
            moment: ISO 8601 time, or empty for now.

        Returns:
            As `of_policy`, for each policy that uses the schedule.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        return self._list("schedule_ids[]", schedule_id, moment)

    def policy(self, policy_id: str) -> Json:
        """GET /escalation_policies/{id}: read an escalation policy.

        Args:
            policy_id: PagerDuty's id.

        Returns:
            The policy with its rules, one for each level.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        action = f"find escalation policy {policy_id} of input 'escalation-policy'"
        path = build_path("escalation_policies", policy_id)
        found: Json = self._pagerduty.get(path, action, "escalation_policy")
        return found

    def _list(self, of: str, identifier: str, moment: str) -> list[Json]:
        params: dict[str, str | list[str]] = {of: [identifier], "include[]": ["users"]}
        if moment:
            params |= {"since": moment, "until": moment}
        action = "tell who is on call"
        return list(self._pagerduty.pages("/oncalls", action, "oncalls", params))

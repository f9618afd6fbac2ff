"""What the account's plan includes.

https://developer.pagerduty.com/api-reference/ under Abilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .things import RefusedError

if TYPE_CHECKING:
    from .state import PagerDutyState

_ALL = (
    "teams",
    "urgencies",
    "priorities",
    "custom_fields",
    "responder_requests",
    "incident_workflows",
    "status_updates",
)
_WORDS = (
    "Account does not have the abilities to perform the action. Please review the response for "
    "the required abilities."
)


def included(state: PagerDutyState) -> list[str]:
    """List what the plan includes: all but what ``missing_abilities`` names."""
    return [ability for ability in _ALL if ability not in state.missing_abilities]


def require(state: PagerDutyState, ability: str) -> None:
    """Refuse with 402 where the plan doesn't include an ability.

    Raises:
        RefusedError: it doesn't.
    """
    if ability in state.missing_abilities:
        raise RefusedError(2014, _WORDS, f"The ability {ability} is required", status=402)

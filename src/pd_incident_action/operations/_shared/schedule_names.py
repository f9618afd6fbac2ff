"""Finding a schedule by name; PagerDuty lists its two kinds of schedules separately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, NotApplicable
from pd_incident_action.pagerduty.schedules import Schedules

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext


def schedule_id(text: str, tools: OperationContext) -> str:
    """Find a schedule's id.

    Args:
        text: an id, or the exact name of a layer-based or a shift-based schedule.
        tools: PagerDuty's REST API.

    Returns:
        The id.

    Raises:
        Impossible: no schedule, or more than one, has that name.
        ApiError: PagerDuty refused or wasn't reached.
    """
    try:
        return tools.names.schedule(text)
    except NotApplicable as unknown:
        try:
            found = Schedules(tools.pagerduty).named_v3(text)
        except ApiError:
            raise unknown from None
        if len(found) != 1:
            raise
        return str(found[0]["id"])

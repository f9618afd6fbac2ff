"""Sending another status: in few requests, and one by one where PagerDuty refuses them together.

https://developer.pagerduty.com/api-reference/b3A6Mjc0ODE0MA-manage-incidents
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.pagerduty.models import PagerDutyIncident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

# PagerDuty refuses more at once.
_AT_ONCE = 250
# It was resolved (1001) or acknowledged (1002) by somebody else since it was read.
_CHANGED_MEANWHILE = frozenset({1001, 1002})
# The key (2006) or the requester (1008, 2016) is wrong: no incident would fare better alone.
_ABOUT_THE_SENDER = frozenset({1008, 2006, 2016})
_UNAUTHENTICATED = 401


@dataclass(frozen=True)
class Change:
    """The status to give.

    Attributes:
        status: triggered, acknowledged or resolved.
        verb: as in "PagerDuty did not <acknowledge> the incident".
        done: as in "<Acknowledged> incident #42".
        enough: statuses that leave nothing to do.
        members: what else to send with it.
        forbidden_from: statuses that it can't be given from, as PagerDuty would do something
            else.
    """

    status: str
    verb: str
    done: str
    enough: frozenset[str]
    members: Mapping[str, Any] = field(default_factory=dict)
    forbidden_from: frozenset[str] = frozenset()

    def check(self, json: PagerDutyIncident) -> None:
        """Make sure that an incident can be given the status.

        Args:
            json: the incident as PagerDuty shows it.

        Raises:
            Impossible: PagerDuty would do something else to it.
        """
        if json.status in self.forbidden_from:
            incident = json.to_incident()
            raise NotApplicable(
                f"Incident {incident.name} is {incident.status} and was not {self.done}",
                "PagerDuty would reopen it",
                "use operation: reopen if that is what you want, or open a new incident with "
                "create",
            )


@dataclass
class Progress:
    """How far it got.

    Attributes:
        now: incidents by id, as far as they were changed or read again.
        changed: ids of those that this run changed.
        failures: why others couldn't be.
    """

    now: dict[str, PagerDutyIncident] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    failures: list[ActionError] = field(default_factory=list)

    def note(self, json: PagerDutyIncident) -> None:
        """Note that an incident was changed."""
        self.now[json.id] = json
        self.changed.add(json.id)


def send_status(
    wanted: Sequence[PagerDutyIncident], tools: OperationContext, change: Change
) -> Progress:
    """Give incidents another status.

    Args:
        wanted: the incidents as they were read.
        tools: PagerDuty's REST API.
        change: the status.

    Returns:
        What came of it; once something was changed, the rest's troubles are failures in it.

    Raises:
        ApiError: PagerDuty refused or wasn't reached before anything was changed.
    """
    progress = Progress()
    try:
        for start in range(0, len(wanted), _AT_ONCE):
            _send_some(wanted[start : start + _AT_ONCE], tools, change, progress)
    except ApiError as error:
        if not progress.changed:
            raise
        progress.failures.append(error)
    return progress


def _send_some(
    some: Sequence[PagerDutyIncident], tools: OperationContext, change: Change, progress: Progress
) -> None:
    unsure = False
    try:
        for json in _send_together(some, tools, change):
            progress.note(json)
    except ApiRejected as error:
        if _is_final(error, len(some)):
            raise
        # An earlier attempt may have been ours, and have done it before its answer was lost.
        unsure = error.attempts > 1
    for json in some:
        if json.id not in progress.changed:
            _send_after_all(json, tools, change, progress, unsure=unsure)


def _is_final(error: ApiRejected, how_many: int) -> bool:
    """Tell whether nothing is gained by trying one by one, after another look."""
    if error.status == _UNAUTHENTICATED or error.code in _ABOUT_THE_SENDER:
        return True
    return how_many == 1 and error.code not in _CHANGED_MEANWHILE


def _send_together(
    some: Sequence[PagerDutyIncident], tools: OperationContext, change: Change
) -> list[PagerDutyIncident]:
    if len(some) == 1:
        return [_send_one(some[0], tools, change)]
    changes = [{"id": json.id, "status": change.status, **change.members} for json in some]
    return tools.incidents.update_many(f"{change.verb} {len(some)} incidents", changes)


def _send_one(
    json: PagerDutyIncident, tools: OperationContext, change: Change
) -> PagerDutyIncident:
    action = f"{change.verb} incident {json.to_incident().name}"
    changes = {"status": change.status, **change.members}
    return tools.incidents.update(json.id, action, changes)


def _send_after_all(
    json: PagerDutyIncident,
    tools: OperationContext,
    change: Change,
    progress: Progress,
    *,
    unsure: bool,
) -> None:
    """Look at an incident again, since it may have changed, before it is changed alone."""
    try:
        current = tools.incidents.get(json.id)
        progress.now[current.id] = current
        if current.status not in change.enough:
            change.check(current)
            progress.note(_send_one(current, tools, change))
        elif unsure:
            progress.note(current)
    except (ApiRejected, NotApplicable) as error:
        progress.failures.append(error)

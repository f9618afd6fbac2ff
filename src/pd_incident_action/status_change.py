"""Giving one incident, several, or all that a service has open another status.

https://developer.pagerduty.com/api-reference/b3A6Mjc0ODE0MA-manage-incidents
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import ActionError, Impossible, Refused
from .outcome import Incident, Outcome
from .providers.pagerduty import to_incident
from .selection import as_it_is, read_chosen

if TYPE_CHECKING:
    from .operations.base import Tools
    from .providers.pagerduty import Json
    from .selection import SomeIncidents

# PagerDuty refuses more at once.
_AT_ONCE = 250
# It was resolved (1001) or acknowledged (1002) by somebody else since it was read.
_CHANGED_MEANWHILE = frozenset({1001, 1002})


@dataclass(frozen=True)
class Change:
    """The status to give.

    Attributes:
        status: triggered, acknowledged or resolved.
        verb: as in "PagerDuty did not <acknowledge> the incident".
        done: as in "<Acknowledged> incident #42".
        enough: statuses that leave nothing to do.
        members: what else to send with it.
        impossible_from: statuses that it can't be given from, as PagerDuty would do something
            else.
    """

    status: str
    verb: str
    done: str
    enough: frozenset[str]
    members: Mapping[str, Any] = field(default_factory=dict)
    impossible_from: frozenset[str] = frozenset()


def change_status(
    request: SomeIncidents, tools: Tools, change: Change
) -> tuple[Outcome, tuple[Incident, ...]]:
    """Give the chosen incidents another status; those that have it already are left alone.

    Args:
        request: which incidents.
        tools: PagerDuty's REST API.
        change: the status.

    Returns:
        What came of it, and those that this run changed.

    Raises:
        ActionError: there is no such incident, it can't have that status, or PagerDuty refused or
            wasn't reached before anything was changed.
    """
    before = read_chosen(request, tools)
    if not before:
        return Outcome(message=f"Nothing to do: there are no {request.in_words[4:]}."), ()
    failures = [_impossible(json, change) for json in before if _is_impossible(json, change)]
    if len(failures) == len(before) == 1:
        raise failures[0]
    wanted = [
        json
        for json in before
        if json["status"] not in change.enough and not _is_impossible(json, change)
    ]
    now, more = _change_all(wanted, tools, change)
    results = [now.get(str(json["id"]), json) for json in before]
    changed = tuple(to_incident(now[str(json["id"])]) for json in wanted if str(json["id"]) in now)
    return _outcome(results, changed, change, (*failures, *more)), changed


def _is_impossible(json: Json, change: Change) -> bool:
    return json.get("status") in change.impossible_from


def _impossible(json: Json, change: Change) -> Impossible:
    incident = to_incident(json)
    return Impossible(
        f"Incident {incident.name} is {incident.status} and was not {change.done}",
        "PagerDuty would reopen it",
        "use operation: reopen if that is what you want, or open a new incident with create",
    )


def _change_all(
    wanted: Sequence[Json], tools: Tools, change: Change
) -> tuple[dict[str, Json], list[ActionError]]:
    """Change them in as few requests as possible; give the incidents by id, and what failed."""
    now: dict[str, Json] = {}
    failures: list[ActionError] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        try:
            now |= _change_together(some, tools, change)
        except Refused as error:
            if len(some) == 1 and error.code not in _CHANGED_MEANWHILE:
                if not now:
                    raise
                failures.append(error)
                continue
            # PagerDuty refuses all of them for the sake of one.
            done, refused = _change_singly(some, tools, change)
            now |= done
            failures += refused
    return now, failures


def _change_together(some: Sequence[Json], tools: Tools, change: Change) -> dict[str, Json]:
    what = {"status": change.status, **change.members}
    if len(some) == 1:
        identifier = str(some[0]["id"])
        purpose = f"{change.verb} the incident"
        return {identifier: tools.rest.update_incident(identifier, purpose, what)}
    changes = [{"id": json["id"], **what} for json in some]
    updated = tools.rest.update_incidents(f"{change.verb} {len(some)} incidents", changes)
    return {str(json["id"]): json for json in updated}


def _change_singly(
    some: Sequence[Json], tools: Tools, change: Change
) -> tuple[dict[str, Json], list[ActionError]]:
    now: dict[str, Json] = {}
    failures: list[ActionError] = []
    for json in some:
        try:
            now |= _change_together([json], tools, change)
        except Refused as error:
            current = tools.rest.incident(str(json["id"]))
            if current["status"] in change.enough:
                now[str(json["id"])] = current
            else:
                failures.append(error)
    return now, failures


def _outcome(
    results: Sequence[Json],
    changed: Sequence[Incident],
    change: Change,
    failures: tuple[ActionError, ...],
) -> Outcome:
    incidents = [to_incident(json) for json in results]
    several = len(incidents) > 1
    return Outcome(
        message=_message(incidents, changed, change),
        incident=incidents[0],
        others=tuple(incidents[1:]),
        dedup_key=incidents[0].dedup_key,
        response={"incidents": list(results)} if several else {"incident": results[0]},
        lines=tuple(f"{as_it_is(one)}." for one in incidents) if several else (),
        failures=failures,
    )


def _message(incidents: Sequence[Incident], changed: Sequence[Incident], change: Change) -> str:
    word = change.done.capitalize()
    if len(incidents) == 1:
        (incident,) = incidents
        if changed:
            return f"{word} incident {incident.name}."
        return f"Nothing to do: incident {incident.name} is already {incident.status}."
    already = sum(one.status in change.enough for one in incidents) - len(changed)
    also = f"; {already} already were" if already else ""
    return f"{word} {len(changed)} of {len(incidents)} incidents{also}."


def look_at_chosen(request: SomeIncidents, tools: Tools) -> Outcome | None:
    """Look at the chosen incidents after an interrupted run.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as they are, or None where a service has none open any more.

    Raises:
        ActionError: PagerDuty refused or wasn't reached.
    """
    found = read_chosen(request, tools)
    if not found:
        return None
    incidents = [to_incident(json) for json in found]
    return Outcome(
        message=" ".join(f"Incident {as_it_is(one)}." for one in incidents),
        incident=incidents[0],
        others=tuple(incidents[1:]),
        dedup_key=incidents[0].dedup_key,
        response={"incident": found[0]} if len(found) == 1 else {"incidents": found},
    )

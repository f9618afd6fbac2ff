"""Merge incidents that are about the same thing.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.fields import Input, PagerDutyIds
from pd_incident_action.providers.pagerduty import to_incident
from pd_incident_action.providers.pagerduty_incidents import Incidents
from pd_incident_action.selection import OneIncident, SomeIncidents, look_again, read_chosen

from .base import Operation, Tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.outcome import Outcome
    from pd_incident_action.providers.pagerduty import Json


class Merge(OneIncident):
    """Inputs of `merge`."""

    source_incidents: Annotated[
        PagerDutyIds,
        Input(
            "Ids of the incidents to merge into it, separated by commas; they become resolved.",
            example="Q2ABCDEF234567, Q3ABCDEF234567",
            aliases=("sources",),
        ),
    ]

    @model_validator(mode="after")
    def _not_into_itself(self) -> Self:
        if self.incident in self.source_incidents:
            msg = "must not hold the same id in 'incident' and 'source-incidents'"
            raise ValueError(msg)
        return self


def run(request: Merge, tools: Tools) -> Outcome:
    """Merge the incidents.

    Args:
        request: which, into which.
        tools: PagerDuty's REST API.

    Returns:
        The incident that stays, and the others, resolved.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    before = _read(request.source_incidents, tools)
    wanted = [str(json["id"]) for json in before if not _is_merged(json, request.incident)]
    if wanted:
        Incidents(tools.rest).merge(request.incident, wanted)
    outcome = look_again(request, tools)
    sources = [to_incident(json) for json in (_read(request.source_incidents, tools))]
    names = ", ".join(one.name for one in sources)
    into = outcome.incident.name if outcome.incident else request.incident
    done = "Merged" if wanted else "Nothing to do: already merged is"
    return replace(outcome, message=f"{done} {names} into {into}.", others=tuple(sources))


def _read(ids: Sequence[str], tools: Tools) -> list[Json]:
    return read_chosen(SomeIncidents(incident=tuple(ids)), tools)


def _is_merged(json: Json, target: str) -> bool:
    """Tell whether an incident was merged into the target before."""
    reason = json.get("resolve_reason") or {}
    into = (reason.get("incident") or {}).get("id")
    return reason.get("type") == "merge_resolve_reason" and into == target


def _announce(request: Merge) -> str:
    return f"Merging {', '.join(request.source_incidents)} into incident {request.incident}"


OPERATION = Operation(
    name="merge",
    summary="Merge incidents that are about the same thing",
    request=Merge,
    run=run,
    announce=_announce,
    recover=look_again,
    scopes=("incidents.read", "incidents.write"),
)

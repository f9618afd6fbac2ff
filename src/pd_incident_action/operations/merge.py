"""Merge incidents that are about the same thing.

https://developer.pagerduty.com/api-reference/ under Incidents.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.errors import ActionError, ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import InputSpec, PagerDutyIds
from pd_incident_action.operations._shared.incident_selection import (
    IncidentSelection,
    fetch_selected,
)
from pd_incident_action.operations._shared.single_incident import (
    SingleIncident,
    incident_outcome,
    refetch,
)
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from pd_incident_action.models import Outcome

# Resolved already (1001), merged already (1019).
_NOT_OPEN = frozenset({1001, 1019})


class Merge(Operation):
    """Merge incidents that are about the same thing."""

    name = "merge"
    summary = "Merge incidents that are about the same thing"
    scopes = ("incidents.read", "incidents.write")

    class Inputs(SingleIncident):
        """The inputs of `merge`."""

        source_incidents: Annotated[
            PagerDutyIds,
            InputSpec(
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

    inputs: Inputs

    def start_message(self) -> str:
        sources = ", ".join(self.inputs.source_incidents)
        return f"Merging {sources} into incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Merge the incidents; those that were merged into the same one before are left alone.

        Returns:
            The incident that stays, and the others, resolved.

        Raises:
            Impossible: one of them is resolved, or was merged into another.
            ApiError: PagerDuty refused or wasn't reached.
        """
        target = self.context.incidents.get(self.inputs.incident)
        sources = _read_sources(self.inputs, self.context)
        wanted = [json for json in sources if not _is_merged(json, self.inputs.incident)]
        if wanted:
            sources = _merge(self.inputs, target, wanted, self.context)
            target = self.context.incidents.get(self.inputs.incident)
        done = {json.id for json in wanted}
        outcome = incident_outcome(target, _message(target, sources, done))
        return replace(outcome, others=tuple(json.to_incident() for json in sources))

    def recover(self) -> Outcome | None:
        return refetch(self.inputs, self.context)


def _read_sources(request: Merge.Inputs, tools: OperationContext) -> list[PagerDutyIncident]:
    return fetch_selected(IncidentSelection(incident=request.source_incidents), tools)


def _merge(
    request: Merge.Inputs,
    target: PagerDutyIncident,
    wanted: Sequence[PagerDutyIncident],
    tools: OperationContext,
) -> list[PagerDutyIncident]:
    """Merge what isn't yet; give all sources as they then are."""
    try:
        tools.incidents.merge(request.incident, [json.id for json in wanted])
    except ApiRejected as error:
        if error.code not in _NOT_OPEN:
            raise
        # An earlier attempt, or somebody else, may have merged them.
        sources = _read_sources(request, tools)
        left = [json for json in sources if not _is_merged(json, request.incident)]
        if left:
            raise _explained(error, [target, *left]) from error
        return sources
    return _read_sources(request, tools)


def _is_merged(json: PagerDutyIncident, target: str) -> bool:
    """Tell whether an incident was merged into the target before."""
    reason = json.get("resolve_reason") or {}
    into = (reason.get("incident") or {}).get("id")
    return reason.get("type") == "merge_resolve_reason" and into == target


def _explained(error: ApiRejected, asked: Sequence[PagerDutyIncident]) -> ActionError:
    """Name the incidents in the way, which PagerDuty's words may not do."""
    closed = [json.to_incident().name for json in asked if json.status == "resolved"]
    if not closed:
        return error
    are = "is" if len(closed) == 1 else "are"
    return NotApplicable(
        error.what,
        f"{', '.join(closed)} {are} resolved, perhaps by an earlier merge",
        "merge open incidents only, into an open one",
    )


def _message(
    target: PagerDutyIncident, sources: Sequence[PagerDutyIncident], done: Container[str]
) -> str:
    into = f"into {target.to_incident().name}"
    now = [json.to_incident().name for json in sources if json.id in done]
    before = [json.to_incident().name for json in sources if json.id not in done]
    were = "was" if len(before) == 1 else "were"
    if not now:
        return f"Nothing to do: {', '.join(before)} {were} merged {into} before."
    also = f"; {', '.join(before)} {were} before" if before else ""
    return f"Merged {', '.join(now)} {into}{also}."

"""Merge incidents that are about the same thing."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from pd_incident_action.errors import ActionError, ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import InputSpec, PagerDutyIds
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.models import PagerDutyIncident

from .base import SingleIncident, SingleIncidentOperation, incident_outcome

# Resolved already (1001), merged already (1019).
_NOT_OPEN = frozenset({1001, 1019})


class Merge(SingleIncidentOperation):
    name = "merge"
    summary = "Merge incidents into one"
    hidden_on = ("resolved",)

    class Inputs(SingleIncident):
        source_incidents: Annotated[
            PagerDutyIds,
            InputSpec(
                "Ids of the incidents to merge into it, separated by commas; they are resolved.",
                example="Q2ABCDEF234567, Q3ABCDEF234567",
                aliases=("sources",),
            ),
        ]

        def problems(self) -> Iterator[str]:
            if self.incident in self.source_incidents:
                yield "An incident can't be merged into itself: it is in 'source-incidents'"

    inputs: Inputs

    def start_message(self) -> str:
        sources = ", ".join(self.inputs.source_incidents)
        return f"Merging {sources} into incident {self.inputs.incident}"

    def run(self) -> Outcome:
        """Merge the incidents; those that were merged into the same one before are left alone.

        Returns:
            The incident that stays, and the others, resolved.
        """
        target, sources = self.fetch(), self._fetch_sources()
        pending = self._unmerged(sources)
        if pending:
            self._merge(target, pending)
            target, sources = self.fetch(), self._fetch_sources()
        merged = {one.id for one in pending}
        outcome = incident_outcome(target, _message(target, sources, merged))
        return replace(outcome, related_incidents=tuple(one.to_incident() for one in sources))

    def _merge(self, target: PagerDutyIncident, pending: Sequence[PagerDutyIncident]) -> None:
        try:
            self.context.incidents.merge(target.id, [one.id for one in pending])
        except ApiRejected as error:
            # An earlier attempt, or somebody else, may have merged them.
            if error.code not in _NOT_OPEN:
                raise
            if unmerged := self._unmerged(self._fetch_sources()):
                raise _explain(error, [target, *unmerged]) from error

    def _fetch_sources(self) -> list[PagerDutyIncident]:
        return self.context.incidents.get_many(self.inputs.source_incidents)

    def _unmerged(self, sources: Sequence[PagerDutyIncident]) -> list[PagerDutyIncident]:
        return [one for one in sources if one.merged_into != self.inputs.incident]


def _explain(error: ApiRejected, involved: Sequence[PagerDutyIncident]) -> ActionError:
    """Name the resolved incidents, which PagerDuty's words may not do."""
    resolved = [one.label for one in involved if one.status == "resolved"]
    if not resolved:
        return error
    are = "is" if len(resolved) == 1 else "are"
    return NotApplicable(
        error.summary,
        f"{', '.join(resolved)} {are} resolved, perhaps by an earlier merge",
        "merge open incidents only, into an open one",
    )


def _message(
    target: PagerDutyIncident, sources: Sequence[PagerDutyIncident], merged: Container[str]
) -> str:
    now = [one.label for one in sources if one.id in merged]
    before = [one.label for one in sources if one.id not in merged]
    already = f"{', '.join(before)} {'was' if len(before) == 1 else 'were'} already merged"
    if not now:
        return f"No changes: {already} into {target.label}."
    also = f"; {already}" if before else ""
    return f"Merged {', '.join(now)} into {target.label}{also}."

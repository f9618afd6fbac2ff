"""Which incidents are synced, by status."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import CommaSeparated, InputSpec, ShortText, one_or_more_of
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.models import OPEN_STATUSES


class StatusFilter(OperationInputs):
    """The inputs of operations on incidents of some statuses."""

    status: Annotated[
        tuple[ShortText, ...] | None,
        CommaSeparated,
        one_or_more_of("triggered", "acknowledged", "resolved"),
        InputSpec(
            "Statuses of the incidents to sync: any of `triggered`, `acknowledged` and "
            "`resolved`, separated by commas. What the catalog shows as open is updated in any "
            "case.",
            example="triggered, acknowledged, resolved",
            aliases=("statuses",),
            default_help="`triggered, acknowledged`",
        ),
    ] = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses, the open ones by default."""
        return self.status or OPEN_STATUSES

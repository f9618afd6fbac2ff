"""Which incidents are copied: what `sync` and `sync-plan` have in common."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import Input, Line, Separated, among
from pd_incident_action.inputs.request import Request
from pd_incident_action.providers.pagerduty import OPEN

_STATUSES = ("triggered", "acknowledged", "resolved")


class OfStatuses(Request):
    """The inputs of operations on incidents of some statuses."""

    status: Annotated[
        tuple[Line, ...] | None,
        Separated,
        among(*_STATUSES),
        Input(
            "Statuses of the incidents to copy: any of `triggered`, `acknowledged` and "
            "`resolved`, separated by commas. What the catalog shows as open is brought up to "
            "date in any case.",
            example="triggered, acknowledged, resolved",
            aliases=("statuses",),
            default_help="`triggered, acknowledged`",
        ),
    ] = None

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses, the open ones unless some are named."""
        return self.status or tuple(OPEN)

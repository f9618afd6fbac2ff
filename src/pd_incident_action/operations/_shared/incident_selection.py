"""Which incidents an operation is about that takes one, several, or all that a service has open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import InputSpec, Name, PagerDutyIds
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.models import PagerDutyIncident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext


class IncidentSelection(OperationInputs):
    """The inputs of operations on one incident, several, or all that a service has open."""

    incident: Annotated[
        PagerDutyIds | None,
        InputSpec(
            "Id of the incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="incident",
            default_help="the entity that the Port action was run on",
        ),
    ] = None
    service: Annotated[
        Name | None,
        InputSpec(
            "Service whose open incidents are all meant, by id or name, instead of `incident`.",
            example="Checkout",
            aliases=("service_id",),
            origin="service-entity",
            configurable=False,
        ),
    ] = None

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        if bool(self.incident) == bool(self.service):
            msg = "must name incidents with 'incident', or a service with 'service'; one of them"
            raise ValueError(msg)
        return self

    @property
    def humanize(self) -> str:
        """Name what was chosen, for announcements."""
        if self.service:
            return f"all open incidents of service {self.service}"
        ids = self.incident or ()
        return f"incident{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


def fetch_selected(request: IncidentSelection, tools: OperationContext) -> list[PagerDutyIncident]:
    """Read the incidents that were chosen.

    Args:
        request: which.
        tools: PagerDuty's REST API.

    Returns:
        The incidents as PagerDuty shows them, in the order given; an id that doesn't exist ends
        it all, since nothing has been changed yet.

    Raises:
        ActionError: there is no such incident or service, or PagerDuty wasn't reached.
    """
    if request.service:
        return tools.incidents.list_open(tools.names.service(request.service))
    ids = request.incident or ()
    if len(ids) == 1:
        return [tools.incidents.get(ids[0])]
    # Only here: one incident doesn't wait for the thread pool's modules.
    from pd_incident_action.http.concurrency import map_concurrently  # noqa: PLC0415

    found: list[PagerDutyIncident] = []
    for result in map_concurrently(tools.incidents.get, ids):
        if isinstance(result, Exception):
            raise result
        found.append(result)
    return found

"""Which incidents an operation is about, and what every such operation has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import Input, Name, PagerDutyId, PagerDutyIds
from pd_incident_action.inputs.request import Request
from pd_incident_action.network.calls import path_of
from pd_incident_action.outcome import Incident, Outcome
from pd_incident_action.providers.pagerduty import to_incident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import Tools
    from pd_incident_action.providers.pagerduty import Json


class OneIncident(Request):
    """The inputs of operations on a single incident."""

    incident: Annotated[
        PagerDutyId,
        Input(
            "Id of the incident.",
            example="Q1ABCDEF234567",
            aliases=("incident_id",),
            origin="entity",
            default_help="the entity that the Port action was run on",
        ),
    ]


class SomeIncidents(Request):
    """The inputs of operations on one incident, several, or all that a service has open."""

    incident: Annotated[
        PagerDutyIds | None,
        Input(
            "Id of the incident, or several ids separated by commas.",
            example="Q1ABCDEF234567",
            aliases=("incident_id", "incidents", "incident_ids"),
            origin="incident",
            default_help="the entity that the Port action was run on",
        ),
    ] = None
    service: Annotated[
        Name | None,
        Input(
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
    def in_words(self) -> str:
        """Name what was chosen, for announcements."""
        if self.service:
            return f"all open incidents of service {self.service}"
        ids = self.incident or ()
        return f"incident{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


def read_chosen(request: SomeIncidents, tools: Tools) -> list[Json]:
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
        return tools.rest.open_incidents(tools.names.service(request.service))
    ids = request.incident or ()
    if len(ids) == 1:
        return [tools.rest.incident(ids[0])]
    # Only here: one incident doesn't wait for the thread pool's modules.
    from pd_incident_action.network.side_by_side import side_by_side  # noqa: PLC0415

    found: list[Json] = []
    for result in side_by_side(tools.rest.incident, ids):
        if isinstance(result, Exception):
            raise result
        found.append(result)
    return found


def path_of_incident(request: OneIncident | SomeIncidents) -> str | None:
    """Give the path of the only incident that is chosen: what its operation reads first."""
    if isinstance(request, OneIncident):
        return path_of("incidents", request.incident)
    ids = request.incident or ()
    return path_of("incidents", ids[0]) if len(ids) == 1 else None


def outcome_of(json: Json, message: str) -> Outcome:
    """Make the outcome of an operation on one incident.

    Args:
        json: the incident as PagerDuty shows it.
        message: what was achieved, in one sentence.

    Returns:
        The outcome.
    """
    incident = to_incident(json)
    return Outcome(
        message=message,
        incident=incident,
        dedup_key=incident.dedup_key,
        response={"incident": json},
    )


def look_again(request: OneIncident, tools: Tools) -> Outcome:
    """Look at the incident after an interrupted run.

    Args:
        request: which incident.
        tools: PagerDuty's REST API.

    Returns:
        The incident as it is.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    json = tools.rest.incident(request.incident)
    return outcome_of(json, f"Incident {as_it_is(to_incident(json))}.")


def as_it_is(incident: Incident) -> str:
    """Say how an incident stands: its name, status, urgency, and who has it."""
    to = f", assigned to {', '.join(incident.assignees)}" if incident.assignees else ""
    return f"{incident.name} is {incident.status}, {incident.urgency} urgency{to}"

"""Inputs that several operations offer in the same words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pd_incident_action.inputs.fields import (
    InputSpec,
    Name,
    NameList,
    SeveralOf,
    ShortText,
    Text,
    Timestamp,
    WebUrl,
)
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.models import OPEN_STATUSES
from pd_incident_action.text import try_json

MAX_NOTE = 25_000
DEFAULT_SERVICE = (
    "the PagerDuty service that the Port action was run on, or those that its entity relates to; "
    "else from the configuration file, else the entity's identifier as a name"
)
SeverityName = Annotated[
    ShortText | None,
    InputSpec(
        "Severity, as the configuration file names it; sets urgency and priority where the "
        "operation takes them, unless they are given.",
        example="SEV-1",
        decoration=True,
    ),
]
PriorityName = Annotated[
    Name | None, InputSpec("Priority, by name or id.", "P1", aliases=("priority_id",))
]
PolicyName = Annotated[
    Name | None,
    InputSpec(
        "Escalation policy to page, by id or name.", "Platform", aliases=("escalation_policy_id",)
    ),
]
IncidentType = Annotated[
    ShortText | None, InputSpec("Name of the incident type.", "major_incident")
]
ConferenceNumber = Annotated[
    ShortText | None,
    InputSpec("Phone number of the conference bridge.", "+1 415-555-1212,,,,1234#"),
]
ConferenceUrl = Annotated[
    WebUrl | None,
    InputSpec(
        "URL of the conference bridge.", "https://meet.example.com/incident", decoration=True
    ),
]
NoteText = Annotated[
    Text | None,
    Field(max_length=MAX_NOTE),
    InputSpec(
        "Note to add to the incident afterwards.",
        example="The database is out of connections",
        multiline=True,
    ),
]
EventSource = Annotated[
    ShortText | None,
    InputSpec(
        "Affected system, for example a host name.",
        example="checkout.example.com",
        default_help="the repository",
    ),
]
EventTime = Annotated[
    Timestamp | None,
    InputSpec(
        "When it happened, in ISO 8601.",
        example="2026-12-01T03:10:00Z",
        default_help="now",
        decoration=True,
    ),
]
Environment = Annotated[
    ShortText | None,
    InputSpec(
        "Environment that is deployed to, such as production.",
        example="production",
        from_form=False,
        decoration=True,
    ),
]


OWN_SERVICES = (
    "the PagerDuty service that the Port action was run on, or those that its entity relates to; "
    "else all services"
)


def _parse_json_object(value: object) -> object:
    parsed = try_json(value) if isinstance(value, str) else value
    if isinstance(parsed, dict):
        return parsed
    raise ValueError("must be a JSON object of values by field name")


CustomFields = Annotated[dict[str, Any], BeforeValidator(_parse_json_object), Field(min_length=1)]


class ServiceFilter(OperationInputs):
    """Services whose incidents an operation reads; all without any."""

    service: Annotated[
        NameList | None,
        InputSpec(
            "Services whose incidents to include: ids, names, or their names in the configuration "
            "file, separated by commas.",
            example="Checkout, Payments",
            aliases=("service_id", "services", "service_ids"),
            origin="service",
            default_help=OWN_SERVICES,
            configurable=False,
        ),
    ] = None

    @property
    def of_services(self) -> str:
        """The services in words, for the log."""
        return f"of {', '.join(self.service)}" if self.service else "of all services"


class StatusFilter(OperationInputs):
    """The inputs of operations on incidents of some statuses."""

    status: Annotated[
        SeveralOf[Literal["triggered", "acknowledged", "resolved"]] | None,
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

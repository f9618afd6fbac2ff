"""An incident to open: what users may say about it, and how PagerDuty wants it.

https://developer.pagerduty.com/api-reference/a7d81b0e9200f-create-an-incident
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from pd_incident_action.inputs.fields import (
    CaseInsensitive,
    InputSpec,
    NameList,
    ShortText,
    Text,
    Urgency,
    WebUrl,
)
from pd_incident_action.notification.post_page import (
    ContextBlueprint,
    ContextEntity,
    Enrich,
    RequireResponder,
)
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.client import reference

from . import truncation

_LOOKS_LIKE_ID = re.compile(r"P(?=[A-Z0-9]*\d)[A-Z0-9]{6,13}")


SeverityName = Annotated[
    ShortText | None,
    InputSpec(
        "Severity, as the configuration file names it; says urgency and priority, unless they are "
        "given.",
        example="SEV-1",
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
    WebUrl | None, InputSpec("URL of the conference bridge.", "https://meet.example.com/incident")
]


class CreateInputs(OperationInputs):
    """Inputs of `create`."""

    title: Annotated[
        ShortText,
        InputSpec(
            "What is wrong, in a few words.",
            example="Checkout answers 500",
            aliases=("incidentTitle",),
            deprecated=("incidentTitle",),
        ),
    ]
    service: Annotated[
        NameList,
        InputSpec(
            "PagerDuty service to open the incident on: its id, its name, or its name in the "
            "configuration file. Several, separated by commas, get an incident each.",
            example="Checkout, Payments",
            aliases=("service_id",),
            origin="service",
            default_help="the entity that the Port action was run on, or the configuration "
            "file's default",
        ),
    ]
    severity: SeverityName = None
    urgency: Annotated[Urgency, InputSpec("How loudly to page: `high` or `low`.", "low")] = "high"
    details: Annotated[
        Text | None,
        InputSpec(
            "What responders should know.",
            example="Error rate 40 % since 03:10, see the dashboard",
            aliases=("extraDetails", "description"),
            deprecated=("extraDetails",),
            multiline=True,
        ),
    ] = None
    escalation_policy: Annotated[
        ShortText | None,
        InputSpec(
            "Escalation policy to page, by id or name.",
            example="Platform",
            aliases=("escalation_policy_id",),
            default_help="what the configuration file says, or the service's own",
        ),
    ] = None
    assignee: Annotated[
        ShortText | None,
        InputSpec(
            "User to page, instead of an escalation policy: e-mail address, id, or name in the "
            "configuration file. Nobody else is paged if that user does not answer.",
            example="ada@example.com",
            aliases=("new_owner", "assignee_id"),
        ),
    ] = None
    priority: Annotated[
        ShortText | None, InputSpec("Priority, by name or id.", "P1", aliases=("priority_id",))
    ] = None
    incident_type: IncidentType = None
    conference_number: ConferenceNumber = None
    conference_url: ConferenceUrl = None
    incident_key: Annotated[
        ShortText | None,
        InputSpec(
            "Key that makes PagerDuty keep a single open incident per service.",
            example="checkout-down",
            default_help="derived from the run, so that a re-run never pages twice",
        ),
    ] = None
    fallback: Annotated[
        Literal["events"] | None,
        CaseInsensitive,
        InputSpec(
            "`events` sends the same alert with `routing-key` through the Events API when the REST "
            "API has not opened the incident after a quarter of `timeout`, or refuses the "
            "credentials. Use the routing key of an integration of the same service.",
            example="events",
            trusted=True,
        ),
    ] = None
    require_responder: RequireResponder = False
    enrich: Enrich = False
    entity: ContextEntity = None
    context_blueprint: ContextBlueprint = None

    @model_validator(mode="after")
    def _one_recipient(self) -> Self:
        if self.assignee and self.escalation_policy:
            msg = "must not hold both 'assignee' and 'escalation-policy': PagerDuty takes one"
            raise ValueError(msg)
        return self

    @property
    def priority_id(self) -> str | None:
        """The priority, if it is given by id."""
        given = self.priority
        return given if given and _LOOKS_LIKE_ID.fullmatch(given) else None


@dataclass(frozen=True)
class Target:
    """Where an incident goes, as PagerDuty's ids.

    Attributes:
        service: the service's id.
        escalation_policy: the policy's id, or None for the service's own.
        assignee: the user's id, or None.
    """

    service: str
    escalation_policy: str | None = None
    assignee: str | None = None


def build_incident(
    request: CreateInputs, target: Target, key: str, trimmer: truncation.Truncator
) -> dict[str, Any]:
    """Make the incident, as POST /incidents takes it.

    Args:
        request: what is asked for.
        target: where it goes.
        key: the incident key.
        trimmer: cuts what is too long.

    Returns:
        The body's ``incident``.
    """
    details = _details(request, key)
    policy, assignee, priority = target.escalation_policy, target.assignee, request.priority_id
    optional = {
        "body": details
        and {
            "type": "incident_body",
            "details": trimmer.fit("details", details, truncation.DETAILS),
        },
        "escalation_policy": policy and reference("escalation_policy", policy),
        "assignments": assignee and [{"assignee": reference("user", assignee)}],
        "priority": priority and reference("priority", priority),
        "incident_type": request.incident_type and {"name": request.incident_type},
        "conference_bridge": _bridge(request),
    }
    return {
        "type": "incident",
        "title": trimmer.fit("title", request.title, truncation.TITLE),
        "service": reference("service", target.service),
        "urgency": request.urgency,
        "incident_key": key,
        **{name: value for name, value in optional.items() if value},
    }


def _details(request: CreateInputs, key: str) -> str:
    """Add to the details what links the incidents of several services."""
    parts = [request.details or ""]
    if len(request.service) > 1:
        parts.append(f"Opened on {', '.join(request.service)}.\nCorrelation id: {key}")
    return "\n\n".join(filter(None, parts))


def _bridge(request: CreateInputs) -> dict[str, str] | None:
    bridge = {
        "conference_number": request.conference_number,
        "conference_url": request.conference_url,
    }
    return {name: value for name, value in bridge.items() if value} or None

"""Inputs that several operations offer in the same words."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, ShortText, WebUrl

SeverityName = Annotated[
    ShortText | None,
    InputSpec(
        "Severity, as the configuration file names it; sets urgency and priority, unless they are "
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
EventSource = Annotated[
    ShortText | None,
    InputSpec(
        "Affected system, for example a host name.",
        example="checkout.example.com",
        default_help="the repository",
    ),
]

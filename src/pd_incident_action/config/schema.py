"""How the configuration file is written: its keys, what they may hold, and what they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from pd_incident_action.inputs.fields import Email, Severity, Urgency
from pd_incident_action.inputs.intervals import Duration
from pd_incident_action.inputs.validation_errors import public_name
from pd_incident_action.port.jq_mapping import check_expression

from .model import Config, SeverityPolicy


def _names(value: Mapping[str, str]) -> Mapping[str, str]:
    if any(not name.strip() for pair in value.items() for name in pair):
        msg = "must not hold empty names or ids"
        raise ValueError(msg)
    return value


def _expression(value: str) -> str:
    return check_expression(value)


NameResolver = Annotated[dict[str, str], AfterValidator(_names)]
Target = Annotated[
    Duration,
    WithJsonSchema({"type": "string", "examples": ["15m", "4h"]}),
]


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=public_name)


class SeverityEntry(_Checked):
    """What a severity, such as SEV-1, means to the organisation."""

    urgency: Annotated[Urgency | None, Field(description="How loudly to page: high or low.")] = None
    priority: Annotated[str | None, Field(description="PagerDuty priority, by name or id.")] = None
    severity: Annotated[
        Severity | None,
        Field(description="Severity of Events API v2: critical, error, warning or info."),
    ] = None
    acknowledge_within: Annotated[
        Target | None,
        Field(description="Target: acknowledged within this time, for example 5m."),
    ] = None
    resolve_within: Annotated[
        Target | None, Field(description="Target: resolved within this time, for example 4h.")
    ] = None


class ConfigFile(_Checked):
    """The configuration file."""

    region: Annotated[
        Literal["us", "eu"] | None,
        Field(description="PagerDuty service region of the account."),
    ] = None
    from_: Annotated[
        Email | None,
        Field(
            description="E-mail address of the PagerDuty user on whose behalf it is done, unless "
            "the input `from` says otherwise."
        ),
    ] = None
    services: Annotated[
        NameResolver,
        Field(
            description="PagerDuty service ids by name. `default` names the one to use when no "
            "service is given: one of these names, or an id."
        ),
    ] = {}
    escalation_policies: Annotated[
        NameResolver,
        Field(
            description="Escalation policy to page, by name of the service: the policy's id or "
            "name. `default` holds for all other services."
        ),
    ] = {}
    severities: Annotated[
        dict[str, SeverityEntry],
        Field(description="What each severity means, by name, for example SEV-1."),
    ] = {}
    custom_fields: Annotated[
        NameResolver, Field(description="PagerDuty's custom field names by your own names.")
    ] = {}
    assignees: Annotated[
        NameResolver,
        Field(description="E-mail addresses or ids of PagerDuty users by a name of your own."),
    ] = {}
    mapping: Annotated[
        dict[str, Annotated[str, AfterValidator(_expression)]],
        Field(
            description="jq expressions over the provider's incident, by the property of the "
            "catalog's entity that each gives the value of."
        ),
    ] = {}

    def config(self) -> Config:
        """Give what the file says, in the form that operations read."""
        policies = {name: SeverityPolicy(**dict(one)) for name, one in self.severities.items()}
        return Config(**{**dict(self), "severities": policies})

"""The configuration file as it is written: its keys, their values and meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from pd_incident_action.inputs.fields import Email, Name, NameList, Severity, Urgency
from pd_incident_action.inputs.intervals import Duration
from pd_incident_action.inputs.values import is_absent, public_name
from pd_incident_action.port.jq_mapping import check_expression

from .model import Config, SeverityPolicy, fold

# It takes 2 ms to check one.
_MAX_EXPRESSIONS = 100
_MAX_EXPRESSION_CHARACTERS = 2000

Status = Literal["triggered", "acknowledged", "resolved"]
_STATUSES = get_args(Status)


def _names(value: Mapping[str, str]) -> Mapping[str, str]:
    if any(not name.strip() for pair in value.items() for name in pair):
        raise ValueError("must not hold empty names or ids")
    return value


def _one_meaning(value: Mapping[str, str]) -> Mapping[str, str]:
    for name, status in value.items():
        if fold(name) in _STATUSES and fold(name) != status:
            raise ValueError(f"must not give PagerDuty's '{name}' another meaning")
    return value


def _few(value: object) -> object:
    if isinstance(value, Mapping) and len(value) > _MAX_EXPRESSIONS:
        raise ValueError(f"must have at most {_MAX_EXPRESSIONS} items")
    return value


def _expression(value: str) -> str:
    if len(value) > _MAX_EXPRESSION_CHARACTERS:
        raise ValueError(f"must have at most {_MAX_EXPRESSION_CHARACTERS:,} characters")
    return check_expression(value)


def _is_absent(value: object) -> bool:
    return value in (None, []) or (isinstance(value, str) and is_absent(value))


def _without_absent(values: object) -> object:
    """Leave out what templates write where there is nothing."""
    if not isinstance(values, Mapping):
        return values or {}
    return {name: value for name, value in values.items() if not _is_absent(value)}


NameMap = Annotated[dict[str, str], BeforeValidator(_without_absent), AfterValidator(_names)]
Target = Annotated[
    Duration,
    WithJsonSchema({"type": "string", "examples": ["15m", "4h"]}),
]


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=public_name)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_absent(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        known = set(map(public_name, cls.model_fields))
        return {k: v for k, v in values.items() if k not in known or not _is_absent(v)}


class SeverityEntry(_Checked):
    """A severity of the organisation's, such as SEV-1."""

    urgency: Annotated[Urgency | None, Field(description="Urgency: high or low.")] = None
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
    responders: Annotated[
        NameList,
        Field(description="Users to ask for help, by e-mail address, id or name in this file."),
    ] = ()
    responder_policy: Annotated[
        Name | None, Field(description="Escalation policy to ask for help, by name or id.")
    ] = None
    workflows: Annotated[
        NameList, Field(description="Incident workflows to start, by name or id.")
    ] = ()
    status_update: Annotated[
        str | None, Field(description="Status update for the incident's subscribers.")
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
            description="PagerDuty user (e-mail address) to act as, unless the input `from` is "
            "given."
        ),
    ] = None
    services: Annotated[
        NameMap,
        Field(
            description="PagerDuty service ids by name. `default` names the one to use when no "
            "service is given: one of these names, or an id."
        ),
    ] = {}
    escalation_policies: Annotated[
        NameMap,
        Field(
            description="Escalation policy to page, by name of the service: the policy's id or "
            "name. `default` is for all other services."
        ),
    ] = {}
    severities: Annotated[
        dict[str, SeverityEntry],
        Field(description="What each severity means, by name, for example SEV-1."),
    ] = {}
    custom_fields: Annotated[
        NameMap, Field(description="PagerDuty's custom field names by your own names.")
    ] = {}
    assignees: Annotated[
        NameMap,
        Field(description="E-mail addresses or ids of PagerDuty users by a name of your own."),
    ] = {}
    people: Annotated[
        NameMap, Field(description="E-mail addresses of PagerDuty users by their GitHub login.")
    ] = {}
    statuses: Annotated[
        dict[str, Status],
        BeforeValidator(_without_absent),
        AfterValidator(_names),
        AfterValidator(_one_meaning),
        Field(
            description="PagerDuty's statuses by your own names for them, such as `open: "
            "triggered`: in inputs, and in Port's entities."
        ),
    ] = {}
    mapping: Annotated[
        dict[str, Annotated[str, AfterValidator(_expression)]],
        BeforeValidator(_few),
        BeforeValidator(_without_absent),
        Field(
            description="jq expressions over the provider's incident, by the property of Port's "
            "entity that each sets."
        ),
    ] = {}

    def config(self, file: str) -> Config:
        """Return the file in the form that operations read, with what to call it."""
        policies = {name: SeverityPolicy(**dict(one)) for name, one in self.severities.items()}
        config = Config(**{**dict(self), "severities": policies, "file": file})
        if not self.statuses:
            return config
        status = config.status_expression(".status // .incident_status.name")
        return replace(config, mapping={"status": status, **self.mapping})

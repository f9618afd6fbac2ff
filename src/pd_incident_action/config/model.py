"""The configuration file, ``.github/pd-incident.yml``: its keys, and what they mean for a run.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page. Plain records
since every page has them; `file`, which is loaded if there is one, checks it by their annotations.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, ClassVar, Literal, TypeVar, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
)

from pd_incident_action.errors import InputProblem
from pd_incident_action.inputs.fields import Email, Name, NameList, Severity, Urgency
from pd_incident_action.inputs.intervals import Duration
from pd_incident_action.inputs.sources import Sources
from pd_incident_action.inputs.values import is_absent, normalize_name, public_name, split_names

DEFAULT = "default"
Status = Literal["triggered", "acknowledged", "resolved"]

Value = TypeVar("Value")
_EVENT_ACTIONS = {"triggered": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
_EVENT_SEVERITIES = {"high": "error", "low": "warning"}
# It takes 2 ms to check one.
_MAX_EXPRESSIONS = 100
_MAX_EXPRESSION_CHARACTERS = 2000


def _check_names(value: Mapping[str, str]) -> Mapping[str, str]:
    if any(not name.strip() for pair in value.items() for name in pair):
        raise ValueError("must not hold empty names or ids")
    return value


def _check_meanings(value: Mapping[str, str]) -> Mapping[str, str]:
    for name, status in value.items():
        if fold(name) in get_args(Status) and fold(name) != status:
            raise ValueError(f"must not give PagerDuty's '{name}' another meaning")
    return value


def _check_number(value: object) -> object:
    if isinstance(value, Mapping) and len(value) > _MAX_EXPRESSIONS:
        raise ValueError(f"must have at most {_MAX_EXPRESSIONS} items")
    return value


def _check_expression(value: str, info: ValidationInfo) -> str:
    if len(value) > _MAX_EXPRESSION_CHARACTERS:
        raise ValueError(f"must have at most {_MAX_EXPRESSION_CHARACTERS:,} characters")
    # The context is `check_expression`, which pages don't load.
    return cast("Callable[[str], str]", info.context)(value)


def _is_absent(value: object) -> bool:
    return value in (None, []) or (isinstance(value, str) and is_absent(value))


def _without_absent(values: object) -> object:
    """Leave out what templates write where there is nothing."""
    if not isinstance(values, Mapping):
        return values or {}
    return {name: value for name, value in values.items() if not _is_absent(value)}


def keys_of(kind: type[SeverityPolicy | Config]) -> list[str]:
    """List the keys of a part of the file, as people write them."""
    return [public_name(one.name) for one in fields(kind)]


def written(kind: type[SeverityPolicy | Config]) -> BeforeValidator:
    """Leave out known keys without a value; others are a mistake in any case."""

    def leave_out_absent(values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        known = keys_of(kind)
        return {k: v for k, v in values.items() if k not in known or not _is_absent(v)}

    return BeforeValidator(leave_out_absent)


_Names = Annotated[
    Mapping[str, str], BeforeValidator(_without_absent), AfterValidator(_check_names)
]
_Target = Annotated[Duration, WithJsonSchema({"type": "string", "examples": ["15m", "4h"]})]
_CONFIG = ConfigDict(extra="forbid", alias_generator=public_name)


@dataclass(frozen=True)
class SeverityPolicy:
    """A severity of the organisation's, such as SEV-1."""

    __pydantic_config__: ClassVar = _CONFIG

    urgency: Annotated[Urgency | None, Field(description="Urgency: high or low.")] = None
    priority: Annotated[str | None, Field(description="PagerDuty priority, by name or id.")] = None
    severity: Annotated[
        Severity | None,
        Field(description="Severity of Events API v2: critical, error, warning or info."),
    ] = None
    acknowledge_within: Annotated[
        _Target | None,
        Field(description="Target: acknowledged within this time, for example 5m."),
    ] = None
    resolve_within: Annotated[
        _Target | None, Field(description="Target: resolved within this time, for example 4h.")
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


@dataclass(frozen=True)
class Config:
    """The configuration file."""

    __pydantic_config__: ClassVar = _CONFIG

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
        _Names,
        Field(
            description="PagerDuty service ids by name. `default` names the one to use when no "
            "service is given: one of these names, or an id."
        ),
    ] = field(default_factory=dict)
    escalation_policies: Annotated[
        _Names,
        Field(
            description="Escalation policy to page, by name of the service: the policy's id or "
            "name. `default` is for all other services."
        ),
    ] = field(default_factory=dict)
    severities: Annotated[
        Mapping[str, Annotated[SeverityPolicy, written(SeverityPolicy)]],
        Field(description="What each severity means, by name, for example SEV-1."),
    ] = field(default_factory=dict)
    custom_fields: Annotated[
        _Names, Field(description="PagerDuty's custom field names by your own names.")
    ] = field(default_factory=dict)
    assignees: Annotated[
        _Names,
        Field(description="E-mail addresses or ids of PagerDuty users by a name of your own."),
    ] = field(default_factory=dict)
    people: Annotated[
        _Names, Field(description="E-mail addresses of PagerDuty users by their GitHub login.")
    ] = field(default_factory=dict)
    statuses: Annotated[
        Mapping[str, Status],
        BeforeValidator(_without_absent),
        AfterValidator(_check_names),
        AfterValidator(_check_meanings),
        Field(
            description="PagerDuty's statuses by your own names for them, such as `open: "
            "triggered`: in inputs, and in Port's entities."
        ),
    ] = field(default_factory=dict)
    mapping: Annotated[
        Mapping[str, Annotated[str, AfterValidator(_check_expression)]],
        BeforeValidator(_check_number),
        BeforeValidator(_without_absent),
        Field(
            description="jq expressions over the provider's incident, by the property of Port's "
            "entity that each sets."
        ),
    ] = field(default_factory=dict)

    def service(self, name: str) -> str | None:
        """Return a service's id by its name in the file, in any case."""
        return get_ignoring_case(self.services, name)

    @property
    def default_service(self) -> str | None:
        """Name or id of the service to use when none is given."""
        return _get(self.services, DEFAULT)

    def escalation_policy_for(self, service: str) -> str | None:
        """Return the name or id of the escalation policy for a service.

        Args:
            service: the service as the user gave it, or its id.
        """
        names = [name for name, value in self.services.items() if value == service]
        wanted = (get_ignoring_case(self.escalation_policies, name) for name in (service, *names))
        return next(filter(None, wanted), None) or _get(self.escalation_policies, DEFAULT)

    def severity(self, name: str) -> SeverityPolicy | None:
        """Return a severity by name, in any case."""
        return get_ignoring_case(self.severities, name)

    def assignee(self, name: str) -> str | None:
        """Return an assignee by name, in any case."""
        return get_ignoring_case(self.assignees, name)

    def status_expression(self, path: str) -> str:
        """Return a jq expression for the file's name of the status at a path, or else that."""
        own = {status: name for name, status in reversed(list(self.statuses.items()))}
        names = json.dumps(own, ensure_ascii=False)
        return f"({path} // empty) as $status | {names}[$status] // $status"

    def custom_field(self, name: str) -> str:
        """Return PagerDuty's name of a custom field; a name that isn't in the file stays."""
        return get_ignoring_case(self.custom_fields, name) or name


def get_ignoring_case(values: Mapping[str, Value], name: str) -> Value | None:
    """Return a value by name, in any case; never the one of ``default``."""
    folded = fold(name)
    return None if folded == DEFAULT else _get(values, folded)


def fold(name: str) -> str:
    """Fold all forms of a name into one: cases, white space around it, composed letters."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _get(values: Mapping[str, Value], folded: str) -> Value | None:
    return next((value for name, value in values.items() if fold(name) == folded), None)


# The severities of events are known without a file.
_BY_EVENT_SEVERITY = {
    "critical": SeverityPolicy(urgency="high", severity="critical"),
    "error": SeverityPolicy(urgency="high", severity="error"),
    "warning": SeverityPolicy(urgency="low", severity="warning"),
    "info": SeverityPolicy(urgency="low", severity="info"),
}


def apply_config(sources: Sources, config: Config) -> Sources:
    """Add the file's defaults, for inputs that aren't given, to the sources."""
    entity = sources.context.entity
    defaults = {
        "pagerduty-region": config.region,
        "from": config.from_,
        "service": entity if config.service(entity) else config.default_service,
    }
    return sources._replace(config_defaults=_folded(defaults))


def apply_statuses(sources: Sources, config: Config, model: type[BaseModel]) -> Sources:
    """Replace the file's names of statuses by PagerDuty's, in the inputs that take statuses."""
    given: dict[str, str | None] = {}
    if "status" in model.model_fields:
        names = split_names(sources.find(["status", "statuses"]) or "")
        statuses = [get_ignoring_case(config.statuses, name) or name for name in names]
        given["status"] = ",".join(statuses) if statuses != [*names] else None
    if "event_action" in model.model_fields:
        status = get_ignoring_case(config.statuses, sources.find(["event-action"]) or "")
        given["event-action"] = _EVENT_ACTIONS.get(status or "")
    return sources._replace(config_overrides={**sources.config_overrides, **_folded(given)})


def apply_severity(
    sources: Sources, config: Config, model: type[BaseModel]
) -> tuple[Sources, list[InputProblem]]:
    """Let a severity set urgency and priority, unless they are given, or an event's severity.

    Returns:
        The sources, and a problem if there is no such severity.
    """
    name = sources.find(["severity"])
    if name is None or "severity" not in model.model_fields:
        return sources, []
    policy = config.severity(name) or _BY_EVENT_SEVERITY.get(name.strip().lower())
    takes_any_name = "urgency" in model.model_fields or "priority" in model.model_fields
    if policy is None:
        return sources, [_unknown(name, config)] if takes_any_name else []
    defaults = _folded({"urgency": policy.urgency, "priority": policy.priority})
    event_severity = None if takes_any_name else _event_severity(policy)
    return sources._replace(
        config_defaults={**sources.config_defaults, **defaults},
        config_overrides={**sources.config_overrides, **_folded({"severity": event_severity})},
    ), []


def _event_severity(policy: SeverityPolicy) -> str:
    return policy.severity or _EVENT_SEVERITIES[policy.urgency or "high"]


def _unknown(name: str, config: Config) -> InputProblem:
    known = list(config.severities)
    if not known:
        problem = f"is '{name}', but the configuration file has no 'severities' that define it"
        return InputProblem("severity", problem, is_decoration=True)
    problem = f"is '{name}', which isn't in the configuration file; it has {', '.join(known)}"
    return InputProblem("severity", problem, known[0], is_decoration=True)


def _folded(values: Mapping[str, str | None]) -> dict[str, str]:
    return {normalize_name(name): value for name, value in values.items() if value}

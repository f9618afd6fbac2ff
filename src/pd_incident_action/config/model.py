"""The configuration file, ``.github/pd-incident.yml``, as operations read it.

Names in it take precedence over PagerDuty's own, and cost no look-up before the page. How it is
written and checked is in `schema`, which isn't loaded where there is no file.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal, TypeVar

from pydantic import BaseModel

from pd_incident_action.errors import InputProblem
from pd_incident_action.inputs.sources import Sources
from pd_incident_action.inputs.values import normalize_name, split_names

DEFAULT = "default"

Value = TypeVar("Value")
_EVENT_ACTIONS = {"triggered": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
_EVENT_SEVERITIES = {"high": "error", "low": "warning"}


@dataclass(frozen=True)
class SeverityPolicy:
    """A severity of the organisation's; see `schema.SeverityEntry`."""

    urgency: Literal["high", "low"] | None = None
    priority: str | None = None
    severity: Literal["critical", "error", "warning", "info"] | None = None
    acknowledge_within: timedelta | None = None
    resolve_within: timedelta | None = None
    responders: tuple[str, ...] = ()
    responder_policy: str | None = None
    workflows: tuple[str, ...] = ()
    status_update: str | None = None


@dataclass(frozen=True)
class Config:
    """The configuration file; see `schema.ConfigFile`.

    Attributes:
        file: what to call it in messages.
    """

    region: Literal["us", "eu"] | None = None
    from_: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    escalation_policies: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, SeverityPolicy] = field(default_factory=dict)
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    assignees: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    file: str = field(default="the configuration file", compare=False)

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
    return replace(sources, config_defaults=_folded(defaults))


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
    return replace(sources, config_overrides={**sources.config_overrides, **_folded(given)})


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
    return replace(
        sources,
        config_defaults={**sources.config_defaults, **defaults},
        config_overrides={**sources.config_overrides, **_folded({"severity": event_severity})},
    ), []


def _event_severity(policy: SeverityPolicy) -> str:
    return policy.severity or _EVENT_SEVERITIES[policy.urgency or "high"]


def _unknown(name: str, config: Config) -> InputProblem:
    known = list(config.severities)
    if not known:
        problem = f"is '{name}', but {config.file} has no 'severities' that define it"
        return InputProblem("severity", problem, is_decoration=True)
    problem = f"is '{name}', which isn't in {config.file}; it has {', '.join(known)}"
    return InputProblem("severity", problem, known[0], is_decoration=True)


def _folded(values: Mapping[str, str | None]) -> dict[str, str]:
    return {normalize_name(name): value for name, value in values.items() if value}

"""The configuration file as a source of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel

from pd_incident_action.errors import InputProblem
from pd_incident_action.inputs.given import normalize_name
from pd_incident_action.inputs.sources import Sources

from .model import Config, SeverityPolicy

_EVENT_SEVERITIES = {"high": "error", "low": "warning"}
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


def apply_severity(
    sources: Sources, config: Config, model: type[BaseModel]
) -> tuple[Sources, list[InputProblem]]:
    """Let a severity set urgency and priority, unless they are given, or an event's severity.

    Args:
        sources: every place an input can come from.
        config: the configuration file.
        model: the operation's inputs; without a severity among them nothing changes.

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
        config_overrides=_folded({"severity": event_severity}),
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

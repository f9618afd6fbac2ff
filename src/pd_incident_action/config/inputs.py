"""What the configuration file says in place of inputs that nobody gave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pd_incident_action.errors import InputProblem
from pd_incident_action.inputs.given import normalize_name

from .model import SeverityPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from pd_incident_action.inputs.sources import Sources

    from .model import Config

_EVENT_SEVERITIES = {"high": "error", "low": "warning"}
# The severities of events are understood everywhere, without a file.
_BY_EVENT_SEVERITY = {
    "critical": SeverityPolicy(urgency="high", severity="critical"),
    "error": SeverityPolicy(urgency="high", severity="error"),
    "warning": SeverityPolicy(urgency="low", severity="warning"),
    "info": SeverityPolicy(urgency="low", severity="info"),
}


def apply_config(sources: Sources, config: Config) -> Sources:
    """Let the file stand in for the inputs that it has an answer to.

    Args:
        sources: every other place an input can come from.
        config: the configuration file.

    Returns:
        The sources, with the file as the last of them.
    """
    values = {
        "pagerduty-region": config.region,
        "from": config.from_,
        "service": config.default_service,
    }
    return replace(sources, configured=_folded(values))


def apply_severity(
    sources: Sources, config: Config, model: type[BaseModel]
) -> tuple[Sources, list[InputProblem]]:
    """Let a severity of the file stand for urgency, priority and the severity of events.

    Args:
        sources: every place an input can come from.
        config: the configuration file.
        model: the operation's request; one without a severity leaves everything as it is.

    Returns:
        The sources, and a problem about a severity that nobody knows.
    """
    name = sources.find(["severity"])
    info = model.model_fields.get("severity")
    if name is None or info is None:
        return sources, []
    policy = config.severity(name) or _BY_EVENT_SEVERITY.get(name.strip().lower())
    takes_any_name = "urgency" in model.model_fields or "priority" in model.model_fields
    if policy is None:
        return sources, [_unknown(name, config)] if takes_any_name else []
    values = {"urgency": policy.urgency, "priority": policy.priority}
    event_severity = None if takes_any_name else _event_severity(policy)
    return replace(
        sources,
        configured={**sources.configured, **_folded(values)},
        overriding=_folded({"severity": event_severity}),
    ), []


def _event_severity(policy: SeverityPolicy) -> str:
    return policy.severity or _EVENT_SEVERITIES[policy.urgency or "high"]


def _unknown(name: str, config: Config) -> InputProblem:
    known = list(config.severities)
    if not known:
        problem = "needs 'severities' in the configuration file, which says what they mean"
        return InputProblem("severity", problem, "SEV-1")
    problem = f"is '{name}', which the configuration file does not have; it has {', '.join(known)}"
    return InputProblem("severity", problem, known[0])


def _folded(values: Mapping[str, str | None]) -> dict[str, str]:
    return {normalize_name(name): value for name, value in values.items() if value}

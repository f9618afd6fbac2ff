"""How soon incidents are to be answered: the configuration file's targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_action.config.model import Config, SeverityPolicy


@dataclass(frozen=True)
class Targets:
    """What is promised for incidents of a severity.

    Attributes:
        severity: the severity's name in the configuration file, or empty where none fits.
        acknowledge_within: the target to acknowledge, or None.
        resolve_within: the target to resolve, or None.
    """

    severity: str = ""
    acknowledge_within: timedelta | None = None
    resolve_within: timedelta | None = None


NO_TARGETS = Targets()


def targets_for(json: Mapping[str, Any], config: Config) -> Targets:
    """Find the targets of an incident.

    Its severity is the first of the file that has the incident's priority, as its name or as its
    ``priority``; or else the first without a ``priority`` that has the incident's urgency.

    Args:
        json: the incident as PagerDuty shows it.
        config: the configuration file.

    Returns:
        The targets; empty ones where no severity fits.
    """
    priority = json.get("priority") or {}
    priorities = {str(priority.get(name) or "").casefold() for name in ("id", "name", "summary")}
    urgency = str(json.get("urgency") or "").casefold()
    severities = list(config.severities.items())
    by_priority = [one for one in severities if _words(*one) & (priorities - {""})]
    by_urgency = [one for one in severities if _fits_urgency(*one, urgency)]
    for name, policy in (by_priority + by_urgency)[:1]:
        return Targets(name, policy.acknowledge_within, policy.resolve_within)
    return NO_TARGETS


def has_targets(config: Config) -> bool:
    """Tell whether the file promises anything."""
    policies = config.severities.values()
    return any(one.acknowledge_within or one.resolve_within for one in policies)


def _words(name: str, policy: SeverityPolicy) -> set[str]:
    return {name.casefold(), (policy.priority or name).casefold()}


def _fits_urgency(name: str, policy: SeverityPolicy, urgency: str) -> bool:
    return policy.priority is None and urgency in {policy.urgency, name.casefold()}

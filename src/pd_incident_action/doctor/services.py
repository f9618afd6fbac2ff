"""Whether each service would page somebody now."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.config.model import DEFAULT
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.models import EscalationPolicy, OnCall
from pd_incident_action.pagerduty.on_calls import OnCalls, by_level
from pd_incident_action.pagerduty.services import Services

from .finding import Check, Finding, doubtful, fine, perform, wrong

if TYPE_CHECKING:
    from pd_incident_action.config.model import Config
    from pd_incident_action.operations.base import OperationContext

_FILE = "the configuration file"
_REMEDIES = {
    "disabled": "enable it in PagerDuty",
    "maintenance": "end the maintenance window in PagerDuty, or wait for its end",
}


def services_of(config: Config, given: Iterable[str]) -> dict[str, str]:
    """List the services to look at.

    Args:
        config: the configuration file.
        given: names or ids beside those of the file.

    Returns:
        Where each comes from, in words, by name or id.
    """
    sources = dict.fromkeys(given, "input 'service'")
    default = config.default_service
    if default is not None and config.service(default) is None:
        sources.setdefault(default, f"{_FILE}'s default service")
    for name in config.services:
        if name != DEFAULT:
            sources.setdefault(name, f"{_FILE}'s service '{name}'")
    return sources


def check_services(tools: OperationContext, given: Iterable[str]) -> list[Finding]:
    """Look at each service, and at who is on call for it.

    Args:
        tools: PagerDuty's REST API, and the configuration file.
        given: services beside those of the file.

    Returns:
        Findings about services first, then about their policies, each once.
    """
    sources = services_of(tools.config, given)
    policies: dict[str, str] = {}
    checks = [
        Check(f"service {name}", partial(_check_service, tools, name, source, policies))
        for name, source in sources.items()
    ]
    findings = perform(checks)
    wanted = {
        text: f"{_FILE}'s escalation policy of '{name}'"
        for name, text in tools.config.escalation_policies.items()
    }
    named = [
        Check(f"escalation policy {text}", partial(_find_policy, tools, text, source, policies))
        for text, source in wanted.items()
    ]
    findings += perform(named)
    return findings + perform(
        Check(f"escalation policy {identifier}", partial(_check_policy, tools, identifier, source))
        for identifier, source in sorted(policies.items(), key=lambda item: item[1])
    )


def _check_service(
    tools: OperationContext, name: str, source: str, policies: dict[str, str]
) -> list[Finding]:
    """Look at one service, and note its policy down."""
    service = Services(tools.pagerduty).get(tools.names.service(name), source=source)
    what = f"service {service.label}"
    if service.escalation_policy.id:
        policies.setdefault(service.escalation_policy.id, what)
    if service.silenced:
        finding = f"is {service.silenced}: a page would reach nobody"
        return [wrong(what, finding, _REMEDIES[service.status])]
    return [fine(what, f"is there ({service.id})")]


def _find_policy(
    tools: OperationContext, text: str, source: str, policies: dict[str, str]
) -> list[Finding]:
    """Find a policy by what the file calls it, and note it down; nothing to tell if it is there."""
    policies.setdefault(tools.names.escalation_policy(text), source)
    return []


def _check_policy(tools: OperationContext, policy_id: str, source: str) -> list[Finding]:
    """Look at who is on call on each level of a policy."""
    policy = Directory(tools.pagerduty).escalation_policy(policy_id, source)
    what = f"escalation policy {policy.label}"
    on_calls = by_level(OnCalls(tools.pagerduty).of_policies([policy_id]))
    if not on_calls:
        finding = "nobody is on call on any level: a page would reach nobody"
        return [wrong(what, finding, "put somebody on call, or use another escalation policy")]
    empty = _empty_levels(policy, on_calls)
    if empty:
        levels = f"level{'s' if len(empty) > 1 else ''} {', '.join(map(str, empty))}"
        finding = f"nobody is on call on {levels}"
        return [doubtful(what, finding, "put somebody on call there, or take the level out")]
    lowest = on_calls[0].level
    first = ", ".join(dict.fromkeys(one.person for one in on_calls if one.level == lowest))
    return [fine(what, f"somebody is on call on every level, first {first}")]


def _empty_levels(policy: EscalationPolicy, on_calls: Iterable[OnCall]) -> list[int]:
    taken = {one.level for one in on_calls}
    return [level for level in policy.levels if level not in taken]

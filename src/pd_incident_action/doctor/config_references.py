"""Whether what else the configuration file names is in the account: people, priorities, fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected
from pd_incident_action.pagerduty.directory import PRIORITIES, Directory

from .finding import Check, Finding, fine, perform, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pd_incident_action.operations.base import OperationContext
    from pd_incident_action.pagerduty.models import Reference

_PAYMENT_REQUIRED = 402
_FILE = "the configuration file"


def check_assignees(tools: OperationContext) -> list[Finding]:
    """Look for the people that the file names.

    Args:
        tools: PagerDuty's REST API, and the configuration file.

    Returns:
        A finding for each.
    """
    return perform(
        Check(f"assignee '{name}'", partial(_check_assignee, tools, name))
        for name in tools.config.assignees
    )


def _check_assignee(tools: OperationContext, name: str) -> list[Finding]:
    identifier = tools.names.user(name)
    user = Directory(tools.pagerduty).user(identifier, f"{_FILE}'s assignee '{name}'")
    return [fine(f"assignee '{name}'", f"is {user.label}")]


def check_priorities(tools: OperationContext) -> list[Finding]:
    """Look for the priorities that the file's severities have.

    Args:
        tools: PagerDuty's REST API, and the configuration file.

    Returns:
        A finding for each that is missing, or one for all of them.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    policies = tools.config.severities
    wanted = {name: one.priority for name, one in policies.items() if one.priority}
    if not wanted:
        return []
    try:
        there = list(Directory(tools.pagerduty).all(PRIORITIES))
    except ApiRejected as error:
        if error.status != _PAYMENT_REQUIRED:
            raise
        finding = "the account's plan does not include priorities"
        return [wrong("priorities", finding, "leave priority out of the file's severities")]
    known = _names_of(there)
    missing = {name: text for name, text in wanted.items() if text.casefold() not in known}
    remedy = f"use one of {', '.join(one.name for one in there)}"
    return [
        wrong(f"severity '{name}'", f"PagerDuty has no priority '{text}'", remedy)
        for name, text in missing.items()
    ] or [fine("priorities", f"{', '.join(dict.fromkeys(wanted.values()))} are there")]


def check_custom_fields(tools: OperationContext) -> list[Finding]:
    """Look for the custom fields that the file names, among all types of incidents.

    Args:
        tools: PagerDuty's REST API, and the configuration file.

    Returns:
        A finding for each that is missing, or one for all of them.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    wanted = tools.config.custom_fields
    if not wanted:
        return []
    try:
        missing = _missing_fields(Directory(tools.pagerduty), wanted)
    except ApiRejected as error:
        if error.status != _PAYMENT_REQUIRED:
            raise
        finding = "the account's plan does not include custom fields"
        return [wrong("custom fields", finding, "leave custom-fields out of the file")]
    remedy = "check its name, which is not what people see, under Incident Types in PagerDuty"
    return [
        wrong(f"custom field '{name}'", f"PagerDuty has no custom field '{text}'", remedy)
        for name, text in missing.items()
    ] or [fine("custom fields", f"{', '.join(wanted.values())} are there")]


def _missing_fields(directory: Directory, wanted: Mapping[str, str]) -> dict[str, str]:
    missing = dict(wanted)
    for incident_type in directory.incident_types():
        known = _names_of(directory.custom_fields(incident_type))
        missing = {name: text for name, text in missing.items() if text.casefold() not in known}
        if not missing:
            break
    return missing


def _names_of(things: Iterable[Reference]) -> set[str]:
    return {name.casefold() for one in things for name in (one.id, one.name, one.summary) if name}

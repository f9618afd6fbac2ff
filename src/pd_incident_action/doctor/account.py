"""Checks of what configuration and inputs refer to in PagerDuty, and of whom that would page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus

from pd_incident_action.config.model import DEFAULT, Config, fold
from pd_incident_action.errors import ActionError, ApiRejected
from pd_incident_action.http.concurrency import map_concurrently
from pd_incident_action.identity import guarding_run
from pd_incident_action.notification.status import Reachability, read_reachability
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import (
    CONTACTS_SCOPE,
    PRIORITIES,
    Directory,
    NameResolver,
    OnCalls,
    by_level,
)
from pd_incident_action.pagerduty.models import OnCall, Reference
from pd_incident_action.pagerduty.schedules import fetch_policy
from pd_incident_action.pagerduty.services import Services

from .finding import Check, Finding, error, failed, ok, run_checks, warning

_FILE = "the configuration file"
_FILES = f"{_FILE}'s "
_REMEDIES = {
    "disabled": "enable it in PagerDuty",
    "maintenance": "end the maintenance window in PagerDuty, or wait for its end",
}
_URGENCY = "high"
_WAKES_NOBODY = {"email"}


def services_to_check(config: Config, given: Iterable[str]) -> dict[str, str]:
    """Return where each service, given or in the file, comes from, in words, by name or id."""
    sources = dict.fromkeys(given, "input 'service'")
    default = config.default_service
    if default is not None and config.service(default) is None:
        sources.setdefault(default, f"{_FILE}'s default service")
    for name in config.services:
        if fold(name) != DEFAULT:
            sources.setdefault(name, f"{_FILE}'s service '{name}'")
    return sources


class AccountChecks:
    """Checks that services, policies, people, priorities and custom fields exist, and page."""

    def __init__(
        self, pagerduty: PagerDuty, contacts: PagerDuty, workflows: PagerDuty, config: Config
    ) -> None:
        self._pagerduty, self._contacts, self._workflows = pagerduty, contacts, workflows
        self._directory = Directory(pagerduty)
        self._services = Services(pagerduty)
        self._on_calls = OnCalls(pagerduty)
        self._names = NameResolver(config, pagerduty)
        self._config = config
        self._policies: dict[str, str] = {}
        self._on_call: list[OnCall] = []

    def all(self, services: Iterable[str]) -> list[Check]:
        """List all checks; `services` are in addition to those of the configuration file."""
        return [
            Check("services", partial(self._check_services, services)),
            Check("maintenance windows", self._check_windows),
            Check("assignees", self._check_assignees),
            Check("priorities", self._check_priorities),
            Check("severities", self._check_effects),
            Check("custom fields", self._check_custom_fields),
        ]

    def _check_services(self, given: Iterable[str]) -> list[Finding]:
        """Check services, then their policies and those of the file, then who is on call there."""
        findings = run_checks(
            Check(f"service {name}", partial(self._check_service, name, source))
            for name, source in services_to_check(self._config, given).items()
        )
        findings += run_checks(
            Check(f"escalation policy {text}", partial(self._find_policy, name, text))
            for name, text in self._config.escalation_policies.items()
        )
        findings += run_checks(
            Check(f"escalation policy {policy}", partial(self._check_policy, policy, source))
            for policy, source in sorted(self._policies.items(), key=lambda item: item[1])
        )
        return findings + check_people(self._contacts, self._on_call)

    def _check_windows(self) -> list[Finding]:
        """Find windows of deployments: a run that was killed may have left one open."""
        found = []
        for window in self._services.open_windows(()):
            repository, run_id = guarding_run(window.description)
            if run_id:
                names = ", ".join(one.label for one in window.services)
                finding = f"run {run_id} of {repository} keeps it from paging {window.interval}"
                remedy = "end it in PagerDuty if that run is over, or run `guard` again, which does"
                found.append(warning(f"service {names}", finding, remedy))
        return found

    def _check_service(self, name: str, source: str) -> list[Finding]:
        service = self._services.get(self._names.service(name), source=source)
        what = f"service {service.label}"
        if service.escalation_policy.id:
            self._policies.setdefault(service.escalation_policy.id, what)
        if service.silenced:
            finding = f"is {service.silenced}: a page would reach nobody"
            return [error(what, finding, _REMEDIES[service.status])]
        known_as = f" as {source.removeprefix(_FILES)}" if source.startswith(_FILES) else ""
        pages = f", pages {service.escalation_policy.label}" if service.escalation_policy.id else ""
        return [ok(what, f"found ({service.id}){known_as}{pages}")]

    def _find_policy(self, name: str, text: str) -> list[Finding]:
        """Look up a policy of the file, to be checked like those of services."""
        source = f"{_FILE}'s escalation policy of '{name}'"
        self._policies.setdefault(self._names.escalation_policy(text), source)
        return []

    def _check_policy(self, policy_id: str, source: str) -> list[Finding]:
        """Check that somebody is on call on each level."""
        policy = fetch_policy(self._pagerduty, policy_id, source)
        what = f"escalation policy {policy.label}"
        on_calls = by_level(self._on_calls.of_policies([policy_id]))
        self._on_call += on_calls
        if not on_calls:
            finding = "nobody is on call on any level: a page would reach nobody"
            return [error(what, finding, "put somebody on call, or use another escalation policy")]
        taken = {one.level for one in on_calls}
        empty = [str(level) for level in policy.levels if level not in taken]
        if empty:
            finding = f"nobody is on call on level{'s' * (len(empty) > 1)} {', '.join(empty)}"
            return [warning(what, finding, "put somebody on call there, or remove the level")]
        first = dict.fromkeys(one.person for one in on_calls if one.level == on_calls[0].level)
        return [ok(what, f"somebody is on call on every level, first {', '.join(first)}")]

    def _check_assignees(self) -> list[Finding]:
        return run_checks(
            Check(f"assignee '{name}'", partial(self._check_assignee, name))
            for name in self._config.assignees
        )

    def _check_assignee(self, name: str) -> list[Finding]:
        what = f"assignee '{name}'"
        user = self._directory.user(self._names.user(name), f"{_FILE}'s {what}")
        return [ok(what, f"is {user.label}")]

    def _check_priorities(self) -> list[Finding]:
        """Check the priorities of the file's severities."""
        severities = self._config.severities
        configured = {name: one.priority for name, one in severities.items() if one.priority}
        if not configured:
            return []
        try:
            existing = list(self._directory.all(PRIORITIES))
        except ApiRejected as reason:
            if reason.status != HTTPStatus.PAYMENT_REQUIRED:
                raise
            finding = "the account's plan does not include priorities"
            return [error("priorities", finding, "leave priority out of the file's severities")]
        known = _names_of(existing)
        remedy = f"use one of {', '.join(one.name for one in existing)}"
        return [
            error(f"severity '{name}'", f"PagerDuty has no priority '{text}'", remedy)
            for name, text in configured.items()
            if text.casefold() not in known
        ] or [ok("priorities", f"{', '.join(dict.fromkeys(configured.values()))} found")]

    def _check_effects(self) -> list[Finding]:
        """Check the people, policies and workflows that the file's severities set off."""
        names = NameResolver(self._config, self._workflows)
        return run_checks(
            Check(f"severity '{name}'", partial(_find_effect, name, text, find))
            for name, one in self._config.severities.items()
            for texts, find in (
                (one.responders, self._names.user),
                (filter(None, [one.responder_policy]), self._names.escalation_policy),
                (one.workflows, names.incident_workflow),
            )
            for text in texts
        )

    def _check_custom_fields(self) -> list[Finding]:
        """Check the custom fields of the file, in all types of incidents."""
        missing = dict(self._config.custom_fields)
        if not missing:
            return []
        try:
            for incident_type in self._directory.incident_types():
                known = _names_of(self._directory.custom_fields(incident_type))
                missing = {n: text for n, text in missing.items() if text.casefold() not in known}
                if not missing:
                    break
        except ApiRejected as reason:
            if reason.status != HTTPStatus.PAYMENT_REQUIRED:
                raise
            finding = "the account's plan does not include custom fields"
            return [error("custom fields", finding, "leave custom-fields out of the file")]
        remedy = "use its name, not its display name, as shown under Incident Types in PagerDuty"
        return [
            error(f"custom field '{name}'", f"PagerDuty has no custom field '{text}'", remedy)
            for name, text in missing.items()
        ] or [ok("custom fields", f"{', '.join(self._config.custom_fields.values())} found")]


def _find_effect(severity: str, text: str, find: Callable[[str], str]) -> list[Finding]:
    return [ok(f"severity '{severity}'", f"{text} found ({find(text)})")]


def _names_of(existing: Iterable[Reference]) -> set[str]:
    return {name.casefold() for one in existing for name in (one.id, one.name)}


def check_people(contacts: PagerDuty, on_calls: Sequence[OnCall]) -> list[Finding]:
    """Check how everybody on call is notified of incidents with high urgency.

    Returns:
        One finding for each person, and a single one for all those whose rules can't be read.
    """
    positions: dict[str, OnCall] = {}
    for one in sorted(on_calls, key=lambda one: (one.level, one.person)):
        if one.user.id:
            positions.setdefault(one.user.id, one)
    people = list(positions)
    results = map_concurrently(lambda one: read_reachability(contacts, one, _URGENCY), people)
    read = dict(zip(people, results, strict=True))
    known = {person: one for person, one in read.items() if isinstance(one, Reachability)}
    alone = _on_first_levels_without_anybody_else(on_calls, known)
    findings = [
        _finding(positions[person], result, is_error=person in alone)
        if isinstance(result, Reachability)
        else failed(f"on-call {positions[person].person}", result)
        for person, result in read.items()
        if not _is_forbidden(result)
    ]
    hidden = [positions[one].person for one, result in read.items() if _is_forbidden(result)]
    if hidden:
        finding = f"can't be read with these credentials, of {', '.join(hidden)}"
        remedy = f"give the app the scope {CONTACTS_SCOPE}, or use a key that may read users"
        findings.append(warning("notification rules", finding, remedy))
    return findings


def _is_forbidden(result: Reachability | ActionError) -> bool:
    """Return whether the credentials don't allow it; an app without the scope gets no token."""
    return isinstance(result, ApiRejected) and result.status != HTTPStatus.NOT_FOUND


def _finding(position: OnCall, how: Reachability, *, is_error: bool) -> Finding:
    what = f"on-call {position.person}"
    if how.obstacle:
        place = f"level {position.level} of {position.escalation_policy.label}"
        finding = f"can't be reached on {place}: {how.obstacle}"
        remedy = "have them check their contact methods and notification rules in PagerDuty"
        return (error if is_error else warning)(what, finding, remedy)
    if {step.kind for step in how.steps} <= _WAKES_NOBODY:
        finding = f"is reached by email only ({how})"
        return warning(what, finding, "add push, phone or sms: an e-mail wakes nobody")
    return ok(what, str(how))


def _on_first_levels_without_anybody_else(
    on_calls: Sequence[OnCall], known: Mapping[str, Reachability]
) -> set[str]:
    """Return the ids of people on a policy's first level on which nobody can be reached."""
    first: dict[str, int] = {}
    for one in on_calls:
        policy = one.escalation_policy.id
        first[policy] = min(first.get(policy, one.level), one.level)
    found: set[str] = set()
    for policy, level in first.items():
        people = {
            one.user.id
            for one in on_calls
            if (one.escalation_policy.id, one.level) == (policy, level)
        }
        if all(person in known and known[person].obstacle for person in people):
            found |= people
    return found

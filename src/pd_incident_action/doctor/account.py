"""Checks of what configuration and inputs refer to in PagerDuty, and of whom that would page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from http import HTTPStatus

from pd_incident_action.config.model import DEFAULT, Config, fold
from pd_incident_action.errors import ApiRejected
from pd_incident_action.http.client import map_concurrently
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
        self._pagerduty, self._contacts = pagerduty, contacts
        self._directory = Directory(pagerduty)
        self._services = Services(pagerduty)
        self._on_calls = OnCalls(pagerduty)
        self._names = NameResolver(config, pagerduty)
        self._workflow_names = NameResolver(config, workflows)
        self._config = config
        # What checks of services find, for those of policies; and what these find, of people.
        self._policies: dict[str, str] = {}
        self._on_call: list[OnCall] = []
        self._first_levels: list[set[str]] = []

    def all(self, services: Iterable[str]) -> list[Check]:
        """List all checks; `services` are in addition to those of the configuration file."""
        return [
            Check("services", partial(self._check_services, services)),
            Check("maintenance windows", self._check_windows),
            *(
                Check(f"assignee '{name}'", partial(self._check_assignee, name))
                for name in self._config.assignees
            ),
            Check(
                "priorities",
                self._check_priorities,
                _if_not_in_plan("priorities", "leave priority out of the file's severities"),
            ),
            *self._severity_effects(),
            Check(
                "custom fields",
                self._check_custom_fields,
                _if_not_in_plan("custom fields", "leave custom-fields out of the file"),
            ),
        ]

    def _check_services(self, given: Iterable[str]) -> Iterator[Finding]:
        """Check services, then their policies and those of the file, then who is on call there."""
        yield from run_checks(
            Check(f"service {name}", partial(self._check_service, name, source))
            for name, source in services_to_check(self._config, given).items()
        )
        yield from run_checks(
            Check(f"escalation policy {text}", partial(self._find_policy, name, text))
            for name, text in self._config.escalation_policies.items()
        )
        yield from run_checks(
            Check(f"escalation policy {policy}", partial(self._check_policy, policy, source))
            for policy, source in sorted(self._policies.items(), key=lambda item: item[1])
        )
        yield from self._check_people()

    def _check_service(self, name: str, source: str) -> Iterator[Finding]:
        service = self._services.get(self._names.service(name), source=source)
        what, policy = f"service {service.label}", service.escalation_policy
        if policy.id:
            self._policies.setdefault(policy.id, what)
        if service.silenced:
            finding = f"is {service.silenced}: a page would reach nobody"
            yield error(what, finding, _REMEDIES[service.status])
        else:
            known_as = f" as {source.removeprefix(_FILES)}" if source.startswith(_FILES) else ""
            pages = f", pages {policy.label}" if policy.id else ""
            yield ok(what, f"found ({service.id}){known_as}{pages}")

    def _find_policy(self, name: str, text: str) -> tuple[()]:
        """Look up a policy of the file, to be checked like those of services."""
        source = f"{_FILE}'s escalation policy of '{name}'"
        self._policies.setdefault(self._names.escalation_policy(text), source)
        return ()

    def _check_policy(self, policy_id: str, source: str) -> Iterator[Finding]:
        """Check that somebody is on call on each level."""
        policy = fetch_policy(self._pagerduty, policy_id, source)
        what = f"escalation policy {policy.label}"
        on_calls = by_level(self._on_calls.find(policies=[policy_id]))
        levels: dict[int, list[OnCall]] = {}
        for one in on_calls:
            levels.setdefault(one.level, []).append(one)
        if not levels:
            finding = "nobody is on call on any level: a page would reach nobody"
            yield error(what, finding, "put somebody on call, or use another escalation policy")
            return
        first = levels[min(levels)]
        self._on_call += on_calls
        self._first_levels.append({one.user.id for one in first})
        if empty := [str(level) for level in policy.levels if level not in levels]:
            finding = f"nobody is on call on level{'s' * (len(empty) > 1)} {', '.join(empty)}"
            yield warning(what, finding, "put somebody on call there, or remove the level")
        else:
            names = ", ".join(dict.fromkeys(one.person for one in first))
            yield ok(what, f"somebody is on call on every level, first {names}")

    def _check_people(self) -> Iterator[Finding]:
        """Check how everybody on call is notified of incidents with high urgency."""
        positions: dict[str, OnCall] = {}
        for one in sorted(self._on_call, key=lambda one: (one.level, one.person)):
            if one.user.id:
                positions.setdefault(one.user.id, one)
        read = partial(read_reachability, self._contacts, urgency=_URGENCY)
        results = dict(zip(positions, map_concurrently(read, list(positions)), strict=True))
        unreachable = {
            person
            for person, result in results.items()
            if isinstance(result, Reachability) and result.obstacle
        }
        # People whose level nobody else answers on.
        alone = {person for level in self._first_levels if level <= unreachable for person in level}
        hidden = []
        for person, result in results.items():
            position = positions[person]
            if isinstance(result, Reachability):
                yield _describe(position, result, is_error=person in alone)
            # An app without the scope gets no token.
            elif isinstance(result, ApiRejected) and result.status != HTTPStatus.NOT_FOUND:
                hidden.append(position.person)
            else:
                yield failed(f"on-call {position.person}", result)
        if hidden:
            finding = f"can't be read with these credentials, of {', '.join(hidden)}"
            remedy = f"give the app the scope {CONTACTS_SCOPE}, or use a key that may read users"
            yield warning("notification rules", finding, remedy)

    def _check_windows(self) -> Iterator[Finding]:
        """Find windows of deployments: a run that was killed may have left one open."""
        for window in self._services.open_windows(()):
            repository, run_id = guarding_run(window.description)
            if run_id:
                names = ", ".join(one.label for one in window.services)
                finding = f"run {run_id} of {repository} keeps it from paging {window.interval}"
                remedy = "end it in PagerDuty if that run is over, or run `guard` again, which does"
                yield warning(f"service {names}", finding, remedy)

    def _check_assignee(self, name: str) -> Iterator[Finding]:
        what = f"assignee '{name}'"
        user = self._directory.user(self._names.user(name), f"{_FILES}{what}")
        yield ok(what, f"is {user.label}")

    def _check_priorities(self) -> Iterator[Finding]:
        """Check the priorities of the file's severities."""
        severities = self._config.severities
        configured = {name: one.priority for name, one in severities.items() if one.priority}
        existing = list(self._directory.all(PRIORITIES)) if configured else []
        missing = _missing(configured, existing)
        for name, text in missing.items():
            remedy = f"use one of {', '.join(one.name for one in existing)}"
            yield error(f"severity '{name}'", f"PagerDuty has no priority '{text}'", remedy)
        if configured and not missing:
            yield ok("priorities", f"{', '.join(dict.fromkeys(configured.values()))} found")

    def _severity_effects(self) -> Iterator[Check]:
        """List checks of the people, policies and workflows that the file's severities set off."""
        for name, one in self._config.severities.items():
            for texts, find in (
                (one.responders, self._names.user),
                (filter(None, [one.responder_policy]), self._names.escalation_policy),
                (one.workflows, self._workflow_names.incident_workflow),
            ):
                what = f"severity '{name}'"
                yield from (Check(what, partial(_find, what, text, find)) for text in texts)

    def _check_custom_fields(self) -> Iterator[Finding]:
        """Check the custom fields of the file, in all types of incidents."""
        missing = configured = self._config.custom_fields
        for incident_type in self._directory.incident_types() if configured else ():
            missing = _missing(missing, self._directory.custom_fields(incident_type))
            if not missing:
                break
        for name, text in missing.items():
            remedy = (
                "use its name, not its display name, as shown under Incident Types in PagerDuty"
            )
            yield error(f"custom field '{name}'", f"PagerDuty has no custom field '{text}'", remedy)
        if configured and not missing:
            yield ok("custom fields", f"{', '.join(configured.values())} found")


def _if_not_in_plan(what: str, remedy: str) -> dict[int, tuple[str, str]]:
    finding = f"the account's plan does not include {what}"
    return {HTTPStatus.PAYMENT_REQUIRED: (finding, remedy)}


def _find(what: str, text: str, find: Callable[[str], str]) -> Iterator[Finding]:
    yield ok(what, f"{text} found ({find(text)})")


def _missing(configured: Mapping[str, str], existing: Iterable[Reference]) -> dict[str, str]:
    """Return what is configured but doesn't exist, neither as id nor as name."""
    known = {text.casefold() for one in existing for text in (one.id, one.name)}
    return {name: text for name, text in configured.items() if text.casefold() not in known}


def _describe(position: OnCall, how: Reachability, *, is_error: bool) -> Finding:
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

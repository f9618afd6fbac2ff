"""From what people know (a name, an e-mail address) to the id that PagerDuty wants.

In this order: the configuration file, an id as it is, PagerDuty's own names, matched exactly.

Every method raises `NotApplicable` where nothing, or more than one thing, has the name, and
`ApiError` where PagerDuty refuses or isn't reached.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pd_incident_action.config.model import Config
from pd_incident_action.errors import ApiError, ApiUnavailable, ApiUnreachable, NotApplicable

from .client import PagerDuty
from .directory import (
    ESCALATION_POLICIES,
    INCIDENT_WORKFLOWS,
    PRIORITIES,
    SCHEDULES,
    SCHEDULES_V3,
    SERVICES,
    USERS,
    Directory,
    ResourceType,
)
from .models import Reference

_ID = re.compile(r"[A-Z][A-Z0-9]{5,15}")
_UNAMBIGUOUS_ID = re.compile(r"(?=.*\d)[A-Z][A-Z0-9]{5,15}")
_MAX_CANDIDATES = 8


class NameResolver:
    """Finds ids by name.

    Args:
        config: the configuration file.
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, config: Config, pagerduty: PagerDuty) -> None:
        self._config = config
        self._directory = Directory(pagerduty)
        self._requester = pagerduty.requester

    def service(self, text: str) -> str:
        """Return a service's id; the configuration file may have a name for it."""
        return self._config.service(text) or self.find(SERVICES, text)

    def services(self, texts: Sequence[str] | None) -> list[str]:
        """Return services' ids, each once."""
        return list(dict.fromkeys(map(self.service, texts or ())))

    def escalation_policy(self, text: str) -> str:
        """Return an escalation policy's id."""
        return self.find(ESCALATION_POLICIES, text)

    def schedule(self, text: str) -> str:
        """Return a schedule's id; PagerDuty lists shift-based (v3) ones separately."""
        try:
            return self.find(SCHEDULES, text)
        except NotApplicable as unknown:
            try:
                found = self._directory.find_by_name(SCHEDULES_V3, text)
            except ApiError:
                raise unknown from None
            if len(found) != 1:
                raise
            return found[0].id

    def priority(self, text: str) -> str:
        """Return a priority's id."""
        return self.find(PRIORITIES, text)

    def incident_workflow(self, text: str) -> str:
        """Return an incident workflow's id."""
        return self.find(INCIDENT_WORKFLOWS, text)

    def user(self, text: str) -> str:
        """Return a user's id; the configuration file may have a name for them."""
        return self.find(USERS, self._config.assignee(text) or text)

    def requester(self) -> str:
        """Return the id of the user on whose behalf requests are sent.

        Raises:
            ApiRejected: nobody is named, and the credentials belong to no user.
        """
        if self._requester:
            return self.user(self._requester)
        return self._directory.current_user().id

    def find(self, kind: ResourceType, text: str) -> str:
        """Return the id of a resource; what must be an id isn't looked up."""
        if _UNAMBIGUOUS_ID.fullmatch(text):
            return text
        try:
            found = self._directory.find_by_name(kind, text)
        except (ApiUnavailable, ApiUnreachable):
            # Some ids have no digit; if PagerDuty is down, a page with it is worth a try.
            if _ID.fullmatch(text):
                return text
            raise
        if len(found) == 1:
            return found[0].id
        if not found and _ID.fullmatch(text):
            return text
        raise _ambiguous(kind, text, found) if found else self._unknown(kind, text)

    def _unknown(self, kind: ResourceType, text: str) -> NotApplicable:
        near = ", ".join(map(_label, self._directory.suggest(kind, text)))
        return NotApplicable(
            f"PagerDuty has no {kind.one} '{text}'",
            f"that {kind.known_by} is neither in the configuration file nor in this account",
            f"did you mean {near}?" if near else "check the spelling, or use its id",
        )


def _ambiguous(kind: ResourceType, text: str, found: Sequence[Reference]) -> NotApplicable:
    return NotApplicable(
        f"'{text}' could be any of {len(found)} {kind.many}",
        ", ".join(map(_label, found[:_MAX_CANDIDATES])),
        "use the id instead, or add the name to the configuration file",
    )


def _label(one: Reference) -> str:
    return f"{one.email or one.name or one.summary} ({one.id})"

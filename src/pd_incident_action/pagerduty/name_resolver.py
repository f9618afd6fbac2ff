"""From what people know (a name, an e-mail address) to the id that PagerDuty wants.

In this order: the configuration file, an id as it is, PagerDuty's own names, matched exactly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ApiUnavailable, ApiUnreachable, NotApplicable

from .directory import (
    ESCALATION_POLICIES,
    INCIDENT_WORKFLOWS,
    PRIORITIES,
    SCHEDULES,
    SERVICES,
    USERS,
    Directory,
    ResourceType,
)

if TYPE_CHECKING:
    from pd_incident_action.config.model import Config

    from .client import PagerDuty

_ID = re.compile(r"[A-Z][A-Z0-9]{5,15}")
_UNAMBIGUOUS_ID = re.compile(r"(?=.*\d)[A-Z][A-Z0-9]{5,15}")
_MOST_CANDIDATES = 8


class NameResolver:
    """Finds ids by name.

    Args:
        config: the configuration file.
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, config: Config, pagerduty: PagerDuty) -> None:
        self._config = config
        self._directory = Directory(pagerduty)

    def service(self, text: str) -> str:
        """Find a service's id.

        Args:
            text: a name of the file, an id, or the exact name in PagerDuty.

        Returns:
            The id.

        Raises:
            Impossible: no service, or more than one, has that name.
            ApiError: PagerDuty refused or wasn't reached.
        """
        return self._config.service(text) or self.find(SERVICES, text)

    def escalation_policy(self, text: str) -> str:
        """Find an escalation policy's id by id or exact name; raises as `service` does."""
        return self.find(ESCALATION_POLICIES, text)

    def schedule(self, text: str) -> str:
        """Find a schedule's id by id or exact name; raises as `service` does."""
        return self.find(SCHEDULES, text)

    def priority(self, text: str) -> str:
        """Find a priority's id by id or exact name; raises as `service` does."""
        return self.find(PRIORITIES, text)

    def incident_workflow(self, text: str) -> str:
        """Find an incident workflow's id by id or exact name; raises as `service` does."""
        return self.find(INCIDENT_WORKFLOWS, text)

    def user(self, text: str) -> str:
        """Find a user's id.

        Args:
            text: a name of the file's assignees, an id, or the exact e-mail address or name.

        Returns:
            The id.

        Raises:
            Impossible: nobody, or more than one person, is meant.
            ApiError: PagerDuty refused or wasn't reached.
        """
        return self.find(USERS, self._config.assignee(text) or text)

    def find(self, kind: ResourceType, text: str) -> str:
        """Find an id among things of a kind; raises as `service` does."""
        if _UNAMBIGUOUS_ID.fullmatch(text):
            return text
        try:
            found = self._directory.named(kind, text)
        except (ApiUnavailable, ApiUnreachable):
            # Some ids have no digit; when PagerDuty can't tell, a page with it is worth a try.
            if _ID.fullmatch(text):
                return text
            raise
        if len(found) == 1:
            return str(found[0]["id"])
        if not found and _ID.fullmatch(text):
            return text
        raise _ambiguous(kind, text, found) if found else self._unknown(kind, text)

    def _unknown(self, kind: ResourceType, text: str) -> NotApplicable:
        near = [_label(thing) for thing in self._directory.like(kind, text)][:_MOST_CANDIDATES]
        hint = f"did you mean {', '.join(near)}" if near else "check the spelling, or give its id"
        return NotApplicable(
            f"PagerDuty has no {kind.one} '{text}'",
            f"neither the configuration file nor this account knows that {kind.known_by}",
            hint,
        )


def _ambiguous(kind: ResourceType, text: str, found: list[dict[str, Any]]) -> NotApplicable:
    candidates = ", ".join(_label(thing) for thing in found[:_MOST_CANDIDATES])
    return NotApplicable(
        f"'{text}' could be any of {len(found)} {kind.many}",
        candidates,
        "give the id instead, or write the name into the configuration file",
    )


def _label(thing: dict[str, Any]) -> str:
    name = thing.get("email") or thing.get("name") or thing.get("summary") or ""
    return f"{name} ({thing['id']})"

"""What PagerDuty's incidents refer to, by name: services, policies, schedules, users and so on.

https://developer.pagerduty.com/api-reference/ under Services, Users, and the like.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Json, PagerDuty

_MOST_CANDIDATES = 8
_SHORTEST_QUERY = 3


@dataclass(frozen=True)
class ResourceType:
    """One kind of thing that PagerDuty lists.

    Attributes:
        path: the list's path.
        member: the answer's member that holds it.
        one: the kind in words, for one of them.
        many: the kind in words, for several.
        known_by: what people know it by.
        searchable: whether the list takes a ``query``.
        paged: whether the list comes in pages.
    """

    path: str
    member: str
    one: str
    many: str
    known_by: str = "name"
    searchable: bool = True
    paged: bool = True


SERVICES = ResourceType("/services", "services", "service", "services")
ESCALATION_POLICIES = ResourceType(
    "/escalation_policies", "escalation_policies", "escalation policy", "escalation policies"
)
SCHEDULES = ResourceType("/schedules", "schedules", "schedule", "schedules")
USERS = ResourceType("/users", "users", "user", "users", known_by="e-mail address")
INCIDENT_WORKFLOWS = ResourceType(
    "/incident_workflows", "incident_workflows", "incident workflow", "incident workflows"
)
PRIORITIES = ResourceType(
    "/priorities", "priorities", "priority", "priorities", searchable=False, paged=False
)


class Directory:
    """Looks things up by what people call them.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def named(self, kind: ResourceType, name: str) -> list[Json]:
        """List the things with exactly that name, in any case.

        PagerDuty's own search takes substrings.

        Args:
            kind: what to look for.
            name: the whole name; for a user the whole e-mail address or name.

        Returns:
            The matches; a user whose address matches is the only one.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        wanted = name.casefold()
        found = [thing for thing in self._list(kind, name) if wanted in _names_of(thing)]
        by_address = [t for t in found if str(t.get("email") or "").casefold() == wanted]
        return by_address or found

    def like(self, kind: ResourceType, name: str) -> list[Json]:
        """List some things whose names resemble one.

        Args:
            kind: what to look for.
            name: a name that nothing has.

        Returns:
            At most eight: those that contain the name's beginning, or else the first there are.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        near = list(islice(self._list(kind, name[:_SHORTEST_QUERY]), _MOST_CANDIDATES))
        return near or list(islice(self._list(kind, ""), _MOST_CANDIDATES))

    def _list(self, kind: ResourceType, query: str) -> list[Json]:
        params: dict[str, str | list[str]] = {"query": query} if query and kind.searchable else {}
        action = f"look up the {kind.one}"
        if not kind.paged:
            found: list[Json] = self._pagerduty.get(kind.path, action, kind.member, params)
            return found
        return list(self._pagerduty.pages(kind.path, action, kind.member, params))


def _names_of(thing: Json) -> set[str]:
    return {str(thing.get(name) or "").casefold() for name in ("name", "summary", "email")}

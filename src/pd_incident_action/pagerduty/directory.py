"""What an account has: services, policies, schedules, users, priorities and so on, by name or id.

https://developer.pagerduty.com/api-reference/ under Services, Users, and the like.

Every method raises `ApiError` where PagerDuty refuses or isn't reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import NamedTuple

from pd_incident_action.config.model import Config
from pd_incident_action.errors import ApiError, ApiUnavailable, ApiUnreachable, NotApplicable
from pd_incident_action.http.messages import build_path, is_object

from .client import PagerDuty, Params
from .errors import requires_plan_feature
from .models import NotificationRule, OnCall, PagerDutyIncident, Reference

CONTACTS_SCOPE = "users:contact_methods.read"
"""The OAuth scope for people's contact methods and notification rules."""
DEFAULT_INCIDENT_TYPE = "incident_default"
_MAX_SUGGESTIONS = 8
_MIN_QUERY = 3
_ID = re.compile(r"[A-Z][A-Z0-9]{5,15}")
_UNAMBIGUOUS_ID = re.compile(r"(?=.*\d)[A-Z][A-Z0-9]{5,15}")
_MAX_CANDIDATES = 8


class ResourceType(NamedTuple):
    """One type of resource that PagerDuty lists.

    Attributes:
        known_by: what people know it by.
        path: the list's path, where it isn't the name.
    """

    name: str
    one: str
    known_by: str = "name"
    path: str = ""
    is_searchable: bool = True
    is_paged: bool = True


SERVICES = ResourceType("services", "service")
ESCALATION_POLICIES = ResourceType("escalation_policies", "escalation policy")
SCHEDULES = ResourceType("schedules", "schedule")
SCHEDULES_V3 = ResourceType("schedules", "schedule", path="/v3/schedules", is_searchable=False)
USERS = ResourceType("users", "user", known_by="e-mail address")
INCIDENT_WORKFLOWS = ResourceType("incident_workflows", "incident workflow")
PRIORITIES = ResourceType("priorities", "priority", is_searchable=False, is_paged=False)


class Directory:
    """Reads what an account has."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def find_by_name(self, kind: ResourceType, name: str) -> list[Reference]:
        """List the resources with exactly that name, in any case.

        PagerDuty's own search takes substrings.

        Returns:
            The matches; a user whose address matches is the only one.
        """
        wanted = name.casefold()
        found = [one for one in self.all(kind, name) if wanted in _names_of(one)]
        return [one for one in found if one.email.casefold() == wanted] or found

    def suggest(self, kind: ResourceType, name: str) -> list[Reference]:
        """List at most eight whose names contain the beginning of one, or else the first ones."""
        near = list(islice(self.all(kind, name[:_MIN_QUERY]), _MAX_SUGGESTIONS))
        return near or list(islice(self.all(kind), _MAX_SUGGESTIONS))

    def all(self, kind: ResourceType, query: str = "") -> Iterator[Reference]:
        """GET any list, as far as it is consumed; a list that isn't searchable ignores a query."""
        params: Params = {"query": query} if query and kind.is_searchable else {}
        path, action = kind.path or f"/{kind.name}", f"look up the {kind.one}"
        if not kind.is_paged:
            return iter(Reference.read_all(self._pagerduty.get(path, action, kind.name, params)))
        return map(Reference.read, self._pagerduty.paginate(path, action, kind.name, params))

    def current_user(self) -> Reference:
        """GET /users/me: return whose token it is; 400 if it is an account's."""
        return Reference.read(
            self._pagerduty.get("/users/me", "recognise pagerduty-token", "user", check=is_object)
        )

    def check_app(self) -> None:
        """GET /users: make sure that an app gets a token, and that PagerDuty accepts it."""
        self._pagerduty.get("/users", "recognise the app", "users", {"limit": "1"})

    def user(self, user_id: str, source: str) -> Reference:
        """GET /users/{id}: read a user; `source` says where the id comes from."""
        action, path = f"find user {user_id} of {source}", build_path("users", user_id)
        return Reference.read(self._pagerduty.get(path, action, "user", check=is_object))

    def find_email(self, user_id: str) -> str:
        """Return a user's e-mail address; empty where PagerDuty doesn't give it."""
        try:
            return self.user(user_id, "the incident").email
        except ApiError:
            return ""

    def notification_rules(self, user_id: str, urgency: str) -> list[NotificationRule]:
        """GET /users/{id}/notification_rules: list the rules for incidents of one urgency.

        It takes the scope `CONTACTS_SCOPE`, as `has_contact_method` does.
        """
        action = f"list the notification rules of user {user_id}"
        path = build_path("users", user_id, "notification_rules")
        params = {"urgency": urgency, "include[]": "contact_methods"}
        listed = self._pagerduty.get(path, action, "notification_rules", params)
        return [one for one in NotificationRule.read_all(listed) if one.urgency in {"", urgency}]

    def has_contact_method(self, user_id: str) -> bool:
        """GET /users/{id}/contact_methods: check whether a user can be reached at all."""
        action = f"list the contact methods of user {user_id}"
        path = build_path("users", user_id, "contact_methods")
        return bool(self._pagerduty.get(path, action, "contact_methods"))

    def incident_types(self) -> list[str]:
        """GET /incidents/types: list the names of the types of incidents, the default one first."""
        path, action = "/incidents/types", "list the incident types"
        listed = self._pagerduty.get(path, action, "incident_types")
        names = [one.name for one in Reference.read_all(listed)]
        return sorted(names, key=lambda name: name != DEFAULT_INCIDENT_TYPE)

    def custom_fields(self, incident_type: str) -> list[Reference]:
        """GET /incidents/types/{name or id}/custom_fields: list the fields of a type."""
        path = build_path("incidents", "types", incident_type, "custom_fields")
        action = f"list the custom fields of incident type {incident_type}"
        return Reference.read_all(self._pagerduty.get(path, action, "fields"))


def _names_of(one: Reference) -> set[str]:
    return {text.casefold() for text in (one.name, one.summary, one.email)}


class OnCalls:
    """Lists who is on call, with addresses; raises `ApiError` where PagerDuty doesn't answer."""

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def find(
        self,
        at: str = "",
        until: str = "",
        *,
        policies: Sequence[str] = (),
        schedules: Sequence[str] = (),
    ) -> Iterator[OnCall]:
        """GET /oncalls: list who is on call on the levels of policies, or of those with schedules.

        With `until`, it is each person's first shift on each level from `at` on.
        """
        filters = {"escalation_policy_ids[]": [*policies], "schedule_ids[]": [*schedules]}
        params: Params = {"include[]": ["users"], **{n: ids for n, ids in filters.items() if ids}}
        if at:
            params = {**params, "since": at, "until": until or at}
        if until:
            params = {**params, "earliest": "true"}
        listed = self._pagerduty.paginate("/oncalls", "list on-calls", "oncalls", params)
        return map(OnCall.read, listed)

    def people_by_level(self, policy_id: str, at: str = "") -> dict[int, set[str]]:
        """Group who is on call on a policy by level, as ids; leave out levels without anybody."""
        return _people_by_level(self.find(at, policies=[policy_id]))


def current_level(
    incident: PagerDutyIncident, people: Mapping[int, AbstractSet[str]]
) -> int | None:
    """Determine the level of whoever has an incident, which PagerDuty doesn't show.

    Of several levels that fit, the lowest counts: somebody may then be paged again, but no level is
    left out.

    Returns:
        The lowest level with all of its assignees on call, else with some; None without any.
    """
    assigned = incident.assignee_ids
    all_of_them = [level for level, on_call in people.items() if assigned and assigned <= on_call]
    some_of_them = [level for level, on_call in people.items() if assigned & on_call]
    return min(all_of_them or some_of_them, default=None)


def next_level(on_calls: OnCalls, incident: PagerDutyIncident) -> tuple[str, ...]:
    """Return the names of who is paged once an incident escalates; raises `ApiError`."""
    found = tuple(on_calls.find(policies=[incident.escalation_policy.id]))
    people = _people_by_level(found)
    current = current_level(incident, people)
    later = min((one for one in people if current and one > current), default=None)
    return tuple(dict.fromkeys(one.person for one in found if one.level == later))


def _people_by_level(on_calls: Iterable[OnCall]) -> dict[int, set[str]]:
    people: dict[int, set[str]] = {}
    for one in on_calls:
        people.setdefault(one.level, set()).add(one.user.id)
    return people


def by_level(on_calls: Iterable[OnCall]) -> tuple[OnCall, ...]:
    """Sort on-calls by level; what several policies have of one schedule counts once."""
    unique: dict[tuple[object, ...], OnCall] = {}
    for one in sorted(on_calls, key=lambda one: one.level):
        unique.setdefault((one.level, one.person, one.user.email, one.schedule.id, one.end), one)
    return tuple(unique.values())


def emails_of(on_calls: Iterable[OnCall]) -> tuple[str, ...]:
    """Return the addresses of who is on call, in order, each once."""
    return tuple(dict.fromkeys(one.user.email for one in on_calls if one.user.email))


class NameResolver:
    """From what people know (a name, an e-mail address) to the id that PagerDuty wants.

    In this order: the configuration file, an id as it is, PagerDuty's own names, matched exactly.

    Every method raises `NotApplicable` where nothing, or more than one thing, has the name.
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
        with requires_plan_feature("incident priorities"):
            return self.find(PRIORITIES, text)

    def incident_workflow(self, text: str) -> str:
        """Return an incident workflow's id."""
        with requires_plan_feature("Incident Workflows"):
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
        f"'{text}' could be any of {len(found)} {kind.name.replace('_', ' ')}",
        ", ".join(map(_label, found[:_MAX_CANDIDATES])),
        "use the id instead, or add the name to the configuration file",
    )


def _label(one: Reference) -> str:
    return f"{one.email or one.name or one.summary} ({one.id})"

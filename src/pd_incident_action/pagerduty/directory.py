"""What an account has: services, policies, schedules, users, priorities and so on, by name or id.

https://developer.pagerduty.com/api-reference/ under Services, Users, and the like.

Every method raises `ApiError` where PagerDuty refuses or isn't reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pd_incident_action.errors import ApiError
from pd_incident_action.http.messages import build_path, is_object

from .client import PagerDuty, Params
from .models import ContactMethod, EscalationPolicy, NotificationRule, Reference, User

CONTACTS_SCOPE = "users:contact_methods.read"
"""The OAuth scope for people's contact methods and notification rules."""
DEFAULT_INCIDENT_TYPE = "incident_default"
_MAX_SUGGESTIONS = 8
_MIN_QUERY = 3


@dataclass(frozen=True)
class ResourceType:
    """One type of resource that PagerDuty lists.

    Attributes:
        name: the list's name, in paths and answers.
        one: what one of them is called.
        many: what several of them are called.
        known_by: what people know it by.
        path: the list's path, where it isn't the name.
        is_searchable: whether the list takes a ``query``.
        is_paged: whether the list comes in pages.
    """

    name: str
    one: str
    many: str
    known_by: str = "name"
    path: str = ""
    is_searchable: bool = True
    is_paged: bool = True


SERVICES = ResourceType("services", "service", "services")
ESCALATION_POLICIES = ResourceType(
    "escalation_policies", "escalation policy", "escalation policies"
)
SCHEDULES = ResourceType("schedules", "schedule", "schedules")
SCHEDULES_V3 = ResourceType(
    "schedules", "schedule", "schedules", path="/v3/schedules", is_searchable=False
)
USERS = ResourceType("users", "user", "users", known_by="e-mail address")
INCIDENT_WORKFLOWS = ResourceType("incident_workflows", "incident workflow", "incident workflows")
PRIORITIES = ResourceType(
    "priorities", "priority", "priorities", is_searchable=False, is_paged=False
)


class Directory:
    """Reads what an account has.

    Args:
        pagerduty: the REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def find_by_name(self, kind: ResourceType, name: str) -> list[Reference]:
        """List the resources with exactly that name, in any case.

        PagerDuty's own search takes substrings.

        Args:
            kind: what to look for.
            name: the whole name; of a user the whole e-mail address or name.

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

    def current_user(self) -> User:
        """GET /users/me: return whose token it is; 400 if it is an account's."""
        return User.read(
            self._pagerduty.get("/users/me", "recognise pagerduty-token", "user", check=is_object)
        )

    def check_app(self) -> None:
        """GET /users: make sure that an app gets a token, and that PagerDuty accepts it."""
        self._pagerduty.get("/users", "recognise the app", "users", {"limit": "1"})

    def user(self, user_id: str, source: str) -> User:
        """GET /users/{id}: read a user; `source` says where the id comes from."""
        action, path = f"find user {user_id} of {source}", build_path("users", user_id)
        return User.read(self._pagerduty.get(path, action, "user", check=is_object))

    def find_email(self, user_id: str) -> str:
        """Return a user's e-mail address; empty where PagerDuty doesn't give it."""
        try:
            return self.user(user_id, "the incident").email
        except ApiError:
            return ""

    def notification_rules(self, user_id: str, urgency: str) -> list[NotificationRule]:
        """GET /users/{id}/notification_rules: list the rules for incidents of one urgency.

        It takes the scope `CONTACTS_SCOPE`, as `contact_methods` does.
        """
        action = f"list the notification rules of user {user_id}"
        path = build_path("users", user_id, "notification_rules")
        params = {"urgency": urgency, "include[]": "contact_methods"}
        listed = self._pagerduty.get(path, action, "notification_rules", params)
        return [one for one in NotificationRule.read_all(listed) if one.urgency in {"", urgency}]

    def contact_methods(self, user_id: str) -> list[ContactMethod]:
        """GET /users/{id}/contact_methods: list how a user can be reached."""
        action = f"list the contact methods of user {user_id}"
        path = build_path("users", user_id, "contact_methods")
        return ContactMethod.read_all(self._pagerduty.get(path, action, "contact_methods"))

    def escalation_policy(
        self, policy_id: str, source: str = "input 'escalation-policy'"
    ) -> EscalationPolicy:
        """GET /escalation_policies/{id}: read a policy with its rules, one for each level."""
        action = f"find escalation policy {policy_id} of {source}"
        path = build_path("escalation_policies", policy_id)
        return EscalationPolicy.read(
            self._pagerduty.get(path, action, "escalation_policy", check=is_object)
        )

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

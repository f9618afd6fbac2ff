"""Whether what a configuration names is really there in a PagerDuty account.

https://developer.pagerduty.com/api-reference/ under Users, Services, Incident Types and the like.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pd_incident_action.http.messages import build_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .client import Json, PagerDuty

DEFAULT_INCIDENT_TYPE = "incident_default"
_MOST_SERVICES = 5_000


class Account:
    """Reads an account, on behalf of a check-up.

    Args:
        pagerduty: PagerDuty's REST API.
    """

    def __init__(self, pagerduty: PagerDuty) -> None:
        self._pagerduty = pagerduty

    def current_user(self) -> Json:
        """GET /users/me: ask whose token it is.

        Returns:
            The user.

        Raises:
            ApiError: PagerDuty wasn't reached, or doesn't know the token (401), or it is nobody's
                own (400).
        """
        user: Json = self._pagerduty.get("/users/me", "recognise pagerduty-token", "user")
        return user

    def try_app(self) -> None:
        """GET /users: make sure that an app gets a token, and that PagerDuty takes it.

        Raises:
            ApiError: the app was refused, or PagerDuty wasn't reached.
        """
        self._pagerduty.get("/users", "recognise the app", "users", {"limit": "1"})

    def user(self, user_id: str, source: str) -> Json:
        """GET /users/{id}: read a user.

        Args:
            user_id: PagerDuty's id.
            source: where the id comes from, in words.

        Returns:
            The user.

        Raises:
            ApiError: it doesn't exist, or PagerDuty wasn't reached.
        """
        action = f"find user {user_id} of {source}"
        found: Json = self._pagerduty.get(build_path("users", user_id), action, "user")
        return found

    def service(self, service_id: str, source: str) -> Json:
        """GET /services/{id}: read a service; the arguments and errors are those of `user`."""
        action = f"find service {service_id} of {source}"
        found: Json = self._pagerduty.get(build_path("services", service_id), action, "service")
        return found

    def escalation_policy(self, policy_id: str, source: str) -> Json:
        """GET /escalation_policies/{id}: read a policy; arguments and errors are those of `user`.

        Returns:
            The policy with its rules, one for each level.
        """
        action = f"find escalation policy {policy_id} of {source}"
        path = build_path("escalation_policies", policy_id)
        found: Json = self._pagerduty.get(path, action, "escalation_policy")
        return found

    def priorities(self) -> list[Json]:
        """GET /priorities: list the priorities.

        Returns:
            The priorities.

        Raises:
            ApiError: PagerDuty refused, with 402 where the plan has none, or wasn't reached.
        """
        found: list[Json] = self._pagerduty.get("/priorities", "list the priorities", "priorities")
        return found

    def incident_types(self) -> list[str]:
        """GET /incidents/types: list the names of the types of incidents, the default one first.

        Returns:
            Their names.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path, member = "/incidents/types", "incident_types"
        found: list[Json] = self._pagerduty.get(path, "list the incident types", member)
        names = [str(one["name"]) for one in found]
        return sorted(names, key=lambda name: name != DEFAULT_INCIDENT_TYPE)

    def custom_fields(self, incident_type: str) -> list[Json]:
        """GET /incidents/types/{name}/custom_fields: list the fields of a type of incidents.

        Args:
            incident_type: the type's name or id.

        Returns:
            The fields, each with ``id``, ``name`` and ``display_name``.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        path = build_path("incidents", "types", incident_type, "custom_fields")
        action = f"list the custom fields of incident type {incident_type}"
        found: list[Json] = self._pagerduty.get(path, action, "fields")
        return found

    def integrations(self) -> Iterator[tuple[Json, Json]]:
        """GET /services?include[]=integrations: list integrations, as far as they are wanted.

        Yields:
            Service and integration, with its ``integration_key`` where the token may see it; of
            the first 5,000 services.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        services = self._pagerduty.pages(
            "/services",
            "list the services' integrations",
            "services",
            {"include[]": ["integrations"]},
        )
        for service in islice(services, _MOST_SERVICES):
            for integration in service.get("integrations") or ():
                yield service, integration

"""What incidents refer to: users and how they are notified, escalation policies, priorities.

https://developer.pagerduty.com/api-reference/ under Users, Escalation Policies, Priorities.
"""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request

from .objects import ApiError, invalid, reference
from .rest import Routes, lookup, named, owns_token, page, require_ability
from .seed import TOKEN_OWNER
from .state import PagerDutyState

_URGENCIES = ("high", "low", "all")

routes = Routes()


@routes("GET", "/users")
def list_users(state: PagerDutyState, request: Request) -> Reply:
    """List users; the query matches anywhere in name or address."""
    query = request.param("query").lower()
    users = state.users.values()
    found = [user for user in users if query in f"{user['name']} {user['email']}".lower()]
    return page(request, "users", found)


@routes("GET", "/users/me")
def get_current_user(state: PagerDutyState, request: Request) -> Reply:
    """Return the owner of the key; an account's key has none."""
    if not owns_token(request):
        raise ApiError(2001, "This endpoint needs a user's own API key")
    return Reply(200, {"user": state.users[TOKEN_OWNER]})


@routes("GET", "/users/{id}")
def get_user(state: PagerDutyState, request: Request) -> Reply:
    """Return a user."""
    return Reply(200, {"user": lookup(state.users, request)})


@routes("GET", "/users/{id}/contact_methods")
def list_contact_methods(state: PagerDutyState, request: Request) -> Reply:
    """List how a user can be reached."""
    user = lookup(state.users, request)
    return Reply(200, {"contact_methods": state.contact_methods.get(user["id"], [])})


@routes("GET", "/users/{id}/notification_rules")
def list_notification_rules(state: PagerDutyState, request: Request) -> Reply:
    """List a user's rules of one urgency, ``high`` unless another or ``all`` is given."""
    rules = state.notification_rules.get(lookup(state.users, request)["id"], [])
    urgency = request.param("urgency", "high")
    if urgency not in _URGENCIES:
        raise invalid("urgency must be high, low or all")
    found = [rule for rule in rules if urgency in {"all", rule["urgency"]}]
    if "contact_methods" not in request.params("include[]"):
        found = [rule | {"contact_method": reference(rule["contact_method"])} for rule in found]
    return Reply(200, {"notification_rules": found})


@routes("GET", "/escalation_policies")
def list_escalation_policies(state: PagerDutyState, request: Request) -> Reply:
    """List escalation policies."""
    found = named(request, state.escalation_policies.values())
    return page(request, "escalation_policies", found)


@routes("GET", "/escalation_policies/{id}")
def get_escalation_policy(state: PagerDutyState, request: Request) -> Reply:
    """Return an escalation policy."""
    return Reply(200, {"escalation_policy": lookup(state.escalation_policies, request)})


@routes("GET", "/priorities")
def list_priorities(state: PagerDutyState, request: Request) -> Reply:
    """List priorities."""
    require_ability(state, "priorities")
    return page(request, "priorities", list(state.priorities.values()))

"""Endpoints about what incidents refer to: users, teams, policies and the like."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from . import seed
from .abilities import included, require
from .base import PagerDutyRoutes, owns_token, page, show
from .things import Json, RefusedError


class DirectoryRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Users, Teams, and so on."""

    @route("GET", "/users")
    def list_users(self, request: Request) -> Reply:
        """List users; the query matches anywhere in name or address."""
        query, teams = request.first("query").lower(), request.query.get("team_ids[]")
        found = [
            _user(request, user)
            for user in self.state.users.values()
            if query in f"{user['name']} {user['email']}".lower()
            and (not teams or any(team["id"] in teams for team in user["teams"]))
        ]
        return page(request, "users", found)

    @route("GET", "/users/me")
    def get_current_user(self, request: Request) -> Reply:
        """Show whose key it is; an account's key is nobody's."""
        if not owns_token(request):
            raise RefusedError(2001, "This endpoint needs a user's own API key")
        return Reply(200, {"user": _user(request, self.state.users[seed.TOKEN_OWNER])})

    @route("GET", "/users/{id}")
    def get_user(self, request: Request) -> Reply:
        """Show a user."""
        return show(request, "user", {i: _user(request, u) for i, u in self.state.users.items()})

    @route("GET", "/escalation_policies")
    def list_escalation_policies(self, request: Request) -> Reply:
        """List escalation policies, those that name a user themselves if that is wanted."""
        users = set(request.query.get("user_ids[]", []))
        found = [
            policy
            for policy in _named(request, self.state.escalation_policies)
            if not users or users & _targets(policy)
        ]
        return page(request, "escalation_policies", found)

    @route("GET", "/escalation_policies/{id}")
    def get_escalation_policy(self, request: Request) -> Reply:
        """Show an escalation policy."""
        return show(request, "escalation_policy", self.state.escalation_policies)

    @route("GET", "/teams")
    def list_teams(self, request: Request) -> Reply:
        """List teams."""
        require(self.state, "teams")
        return page(request, "teams", _named(request, self.state.teams))

    @route("GET", "/priorities")
    def list_priorities(self, request: Request) -> Reply:
        """List priorities."""
        require(self.state, "priorities")
        return page(request, "priorities", list(self.state.priorities.values()))

    @route("GET", "/abilities")
    def list_abilities(self, _request: Request) -> Reply:
        """List what the account's plan includes."""
        return Reply(200, {"abilities": included(self.state)})


def _named(request: Request, things: dict[str, Json]) -> list[Json]:
    query = request.first("query").lower()
    return [thing for thing in things.values() if query in thing["name"].lower()]


def _targets(policy: Json) -> set[str]:
    return {target["id"] for rule in policy["escalation_rules"] for target in rule["targets"]}


def _user(request: Request, user: Json) -> Json:
    """Show a user, with whole contact methods where ``include[]`` asks for them."""
    if "contact_methods" not in request.query.get("include[]", []):
        return user
    return {**user, "contact_methods": [seed.contact_method(user["id"], user["email"])]}

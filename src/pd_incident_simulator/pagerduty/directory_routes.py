"""Endpoints about what incidents refer to: users, services, policies and the like."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from . import seed
from .base import PagerDutyRoutes, member, owns_token, page, show
from .things import Json, RefusedError, invalid, known, reference


class DirectoryRoutes(PagerDutyRoutes):
    """https://developer.pagerduty.com/api-reference/ under Users, Services, and so on."""

    @route("GET", "/users")
    def list_users(self, request: Request) -> Reply:
        """List users; the query matches anywhere in name or address."""
        query = request.first("query").lower()
        users = self.state.users.values()
        found = [user for user in users if query in f"{user['name']} {user['email']}".lower()]
        return page(request, "users", found)

    @route("GET", "/users/me")
    def get_current_user(self, request: Request) -> Reply:
        """Show whose key it is; an account's key is nobody's."""
        if not owns_token(request):
            raise RefusedError(2001, "This endpoint needs a user's own API key")
        return Reply(200, {"user": self.state.users[seed.TOKEN_OWNER]})

    @route("GET", "/users/{id}")
    def get_user(self, request: Request) -> Reply:
        """Show a user."""
        return show(request, "user", self.state.users)

    @route("GET", "/services")
    def list_services(self, request: Request) -> Reply:
        """List services."""
        return page(request, "services", _named(request, self.state.services))

    @route("POST", "/services")
    def create_service(self, request: Request) -> Reply:
        """Add a service."""
        wanted = member(request, "service")
        name = wanted.get("name")
        if not isinstance(name, str) or not name.strip():
            raise invalid("Name cannot be empty.")
        refusal = RefusedError(1014, "Escalation Policy Not Found")
        policy = known(self.state.escalation_policies, wanted.get("escalation_policy"), refusal)
        if any(service["name"] == name for service in self.state.services.values()):
            raise invalid("Name has already been taken")
        service = seed.service(self.state.next_id("PSVC"), name, policy)
        self.state.services[service["id"]] = service
        return Reply(201, {"service": service})

    @route("GET", "/services/{id}")
    def get_service(self, request: Request) -> Reply:
        """Show a service."""
        return show(request, "service", self.state.services)

    @route("GET", "/escalation_policies")
    def list_escalation_policies(self, request: Request) -> Reply:
        """List escalation policies."""
        found = _named(request, self.state.escalation_policies)
        return page(request, "escalation_policies", found)

    @route("GET", "/escalation_policies/{id}")
    def get_escalation_policy(self, request: Request) -> Reply:
        """Show an escalation policy."""
        return show(request, "escalation_policy", self.state.escalation_policies)

    @route("GET", "/oncalls")
    def list_oncalls(self, request: Request) -> Reply:
        """List who is on call on which level of which policy."""
        wanted = request.query.get("escalation_policy_ids[]")
        oncalls = [
            _oncall(policy, level, target)
            for policy in self.state.escalation_policies.values()
            if not wanted or policy["id"] in wanted
            for level, rule in enumerate(policy["escalation_rules"], 1)
            for target in rule["targets"]
        ]
        return page(request, "oncalls", oncalls)

    @route("GET", "/priorities")
    def list_priorities(self, request: Request) -> Reply:
        """List priorities."""
        return page(request, "priorities", list(self.state.priorities.values()))

    @route("GET", "/incidents/types")
    def list_incident_types(self, _request: Request) -> Reply:
        """List incident types."""
        types = [
            {
                "id": f"PTYPE{number}",
                "name": name,
                "type": "incident_type",
                "display_name": name,
                "enabled": True,
            }
            for number, name in enumerate(self.state.incident_types)
        ]
        return Reply(200, {"incident_types": types})

    @route("GET", "/abilities")
    def list_abilities(self, _request: Request) -> Reply:
        """List what the account's plan includes."""
        return Reply(200, {"abilities": ["teams", "urgencies", "priorities"]})


def _named(request: Request, things: dict[str, Json]) -> list[Json]:
    query = request.first("query").lower()
    return [thing for thing in things.values() if query in thing["name"].lower()]


def _oncall(policy: Json, level: int, target: Json) -> Json:
    """Make an entry without schedule, start and end: whoever is named in a policy always is."""
    return {"escalation_policy": reference(policy), "escalation_level": level, "user": target}

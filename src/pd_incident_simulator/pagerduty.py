"""PagerDuty's REST API v2.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .exchange import Reply, Request
from .pagerduty_state import ACCOUNT_TOKEN, OPEN, USER_TOKEN, PagerDutyState, RefusedError
from .routes import Api, route

Json = dict[str, Any]

_MOST_IN_BULK = 250
_MOST_PER_PAGE = 100
_RATE_HEADERS = {
    "ratelimit-limit": "960",
    "ratelimit-remaining": "959",
    "ratelimit-reset": "30",
    "x-request-id": "5f3c1a0e-simulated",
}


class PagerDutyApi(Api):
    """PagerDuty's REST API.

    Args:
        state: the account.
    """

    name = "pagerduty"

    def __init__(self, state: PagerDutyState) -> None:
        super().__init__()
        self.state = state

    def answer(self, request: Request) -> Reply:
        """Answer a request, turning refusals into PagerDuty's error bodies."""
        try:
            with self.state.lock:
                reply = super().answer(request)
                data = Reply(reply.status, reply.data, {**_RATE_HEADERS, **reply.headers})
        except RefusedError as refusal:
            return refuse(refusal)
        return data

    def admit(self, request: Request) -> Reply | None:
        """Check the API key and the body's media type."""
        token = request.headers.get("authorization", "").removeprefix("Token token=")
        if token not in {ACCOUNT_TOKEN, USER_TOKEN}:
            raise RefusedError(2006, "Authentication failed", status=401)
        is_json = "json" in request.headers.get("content-type", "")
        if request.method in {"POST", "PUT"} and not (is_json and isinstance(request.json, dict)):
            raise RefusedError(2001, "Invalid Input Provided", "Body is not JSON")
        return None

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        return refuse(RefusedError(2100, "Not Found", status=404))

    def _requester(self, request: Request) -> Json | None:
        """Find who asks: the owner of a user's key, or the user that From names."""
        if request.headers.get("authorization") == f"Token token={USER_TOKEN}":
            return self.state.users["PUSER1"]
        email = request.headers.get("from", "")
        if not email:
            raise RefusedError(2016, "Required From Header Missing", "From must be a valid user")
        user = self.state.user_by_email(email)
        if user is None:
            raise RefusedError(1008, "Requester User Not Found", "From must be a valid user")
        return user

    @route("POST", "/incidents")
    def create_incident(self, request: Request) -> Reply:
        """Open an incident."""
        requester = self._requester(request)
        wanted = _member(request, "incident")
        missing = [name for name in ("type", "title", "service") if not wanted.get(name)]
        if missing:
            words = [f"{name.capitalize()} cannot be empty." for name in missing]
            raise RefusedError(2001, "Invalid Input Provided", *words)
        if wanted.get("urgency", "high") not in {"high", "low"}:
            raise RefusedError(2001, "Invalid Input Provided", "Urgency is not valid")
        return Reply(201, {"incident": self.state.create(wanted, requester)})

    @route("GET", "/incidents")
    def list_incidents(self, request: Request) -> Reply:
        """List incidents, filtered, a page at a time."""
        found: Iterable[Json] = self.state.incidents.values()
        if "incident_key" in request.query:
            key = request.first("incident_key")
            # An empty key is taken for no filter but the open ones: the real API does this, too.
            found = [i for i in found if (i["incident_key"] == key if key else i["status"] in OPEN)]
        for parameter, value_of in _FILTERS.items():
            wanted = request.query.get(parameter)
            if wanted:
                found = [incident for incident in found if value_of(incident) in wanted]
        newest_first = request.first("sort_by").endswith("created_at:desc")
        ordered = sorted(found, key=lambda i: i["incident_number"], reverse=newest_first)
        return _page(request, "incidents", ordered)

    @route("PUT", "/incidents")
    def update_incidents(self, request: Request) -> Reply:
        """Change many incidents."""
        requester = self._requester(request)
        changes = request.json.get("incidents")
        if not isinstance(changes, list):
            raise RefusedError(2001, "Invalid Input Provided", "Incidents must be a list")
        if len(changes) > _MOST_IN_BULK:
            raise RefusedError(2001, "Request Entity Too Large", status=413)
        updated = [
            self.state.update(self._incident(str(change.get("id"))), change, requester)
            for change in changes
        ]
        return Reply(200, {"incidents": updated, **_paging(len(updated), 0, more=False)})

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

    @route("GET", "/incidents/{id}")
    def get_incident(self, request: Request) -> Reply:
        """Show an incident."""
        return Reply(200, {"incident": self._incident(request.parameters["id"])})

    @route("PUT", "/incidents/{id}")
    def update_incident(self, request: Request) -> Reply:
        """Change an incident."""
        requester = self._requester(request)
        changes = _member(request, "incident")
        incident = self._incident(request.parameters["id"])
        return Reply(200, {"incident": self.state.update(incident, changes, requester)})

    @route("POST", "/incidents/{id}/notes")
    def add_note(self, request: Request) -> Reply:
        """Add a note."""
        requester = self._requester(request)
        content = _member(request, "note").get("content")
        if not content:
            raise RefusedError(2001, "Invalid Input Provided", "Content cannot be empty.")
        incident = self._incident(request.parameters["id"])
        return Reply(200, {"note": self.state.add_note(incident, content, requester)})

    @route("GET", "/incidents/{id}/notes")
    def list_notes(self, request: Request) -> Reply:
        """List an incident's notes."""
        incident = self._incident(request.parameters["id"])
        return Reply(200, {"notes": self.state.notes.get(incident["id"], [])})

    @route("GET", "/incidents/{id}/alerts")
    def list_alerts(self, request: Request) -> Reply:
        """List an incident's alerts."""
        incident = self._incident(request.parameters["id"])
        return _page(request, "alerts", self.state.alerts.get(incident["id"], []))

    @route("GET", "/incidents/{id}/log_entries")
    def list_log_entries(self, request: Request) -> Reply:
        """List what happened to an incident."""
        incident = self._incident(request.parameters["id"])
        return _page(request, "log_entries", self.state.log_entries.get(incident["id"], []))

    @route("GET", "/users")
    def list_users(self, request: Request) -> Reply:
        """List users; the query matches anywhere in name or address."""
        query = request.first("query").lower()
        found = [
            u for u in self.state.users.values() if query in f"{u['name']} {u['email']}".lower()
        ]
        return _page(request, "users", found)

    @route("GET", "/users/me")
    def get_current_user(self, request: Request) -> Reply:
        """Show whose key it is; an account's key is nobody's."""
        if request.headers.get("authorization") != f"Token token={USER_TOKEN}":
            raise RefusedError(2001, "This endpoint needs a user's own API key")
        return Reply(200, {"user": self.state.users["PUSER1"]})

    @route("GET", "/users/{id}")
    def get_user(self, request: Request) -> Reply:
        """Show a user."""
        return self._show(request, "user", self.state.users)

    @route("GET", "/services")
    def list_services(self, request: Request) -> Reply:
        """List services."""
        return self._list(request, "services", self.state.services)

    @route("GET", "/services/{id}")
    def get_service(self, request: Request) -> Reply:
        """Show a service."""
        return self._show(request, "service", self.state.services)

    @route("GET", "/escalation_policies")
    def list_escalation_policies(self, request: Request) -> Reply:
        """List escalation policies."""
        return self._list(request, "escalation_policies", self.state.escalation_policies)

    @route("GET", "/escalation_policies/{id}")
    def get_escalation_policy(self, request: Request) -> Reply:
        """Show an escalation policy."""
        return self._show(request, "escalation_policy", self.state.escalation_policies)

    @route("GET", "/priorities")
    def list_priorities(self, request: Request) -> Reply:
        """List priorities."""
        return _page(request, "priorities", list(self.state.priorities.values()))

    @route("GET", "/abilities")
    def list_abilities(self, _request: Request) -> Reply:
        """List what the account's plan includes."""
        return Reply(200, {"abilities": ["teams", "urgencies", "priorities"]})

    def _incident(self, identifier: str) -> Json:
        if identifier not in self.state.incidents:
            raise RefusedError(2100, "Not Found", status=404)
        return self.state.incidents[identifier]

    def _show(self, request: Request, member: str, things: dict[str, Json]) -> Reply:
        if request.parameters["id"] not in things:
            raise RefusedError(2100, "Not Found", status=404)
        return Reply(200, {member: things[request.parameters["id"]]})

    def _list(self, request: Request, member: str, things: dict[str, Json]) -> Reply:
        query = request.first("query").lower()
        found = [thing for thing in things.values() if query in thing["name"].lower()]
        return _page(request, member, found)


_FILTERS: dict[str, Callable[[Json], str]] = {
    "statuses[]": lambda incident: str(incident["status"]),
    "service_ids[]": lambda incident: str(incident["service"]["id"]),
    "urgencies[]": lambda incident: str(incident["urgency"]),
}


def refuse(refusal: RefusedError) -> Reply:
    """Make PagerDuty's error body."""
    error: Json = {"message": refusal.message, "code": refusal.code}
    if refusal.errors:
        error["errors"] = refusal.errors
    return Reply(refusal.status, {"error": error}, _RATE_HEADERS)


def _member(request: Request, name: str) -> Json:
    member = request.json.get(name)
    if not isinstance(member, dict):
        raise RefusedError(2001, "Invalid Input Provided", f"{name} must be an object")
    return member


def _page(request: Request, member: str, things: list[Json]) -> Reply:
    limit = min(int(request.first("limit", "25")), _MOST_PER_PAGE)
    offset = int(request.first("offset", "0"))
    page = things[offset : offset + limit]
    more = offset + limit < len(things)
    return Reply(200, {member: page, **_paging(limit, offset, more=more)})


def _paging(limit: int, offset: int, *, more: bool) -> Json:
    return {"limit": limit, "offset": offset, "more": more}

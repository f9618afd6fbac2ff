"""The account that each simulator starts with; its ids are fixed so that tests read well."""

from __future__ import annotations

from .things import Json, now, reference, thing

ACCOUNT_TOKEN = "pd-account-token"  # noqa: S105 - opens nothing but the simulator
USER_TOKEN = "pd-user-token"  # noqa: S105 - opens nothing but the simulator
TOKEN_OWNER = "PUSER1"  # noqa: S105 - a user's id
INCIDENT_TYPES = ("incident_default", "major_incident", "security_incident")
ROUTING_KEYS = {
    "R0123456789ABCDEF0123456789ABCDE": "PSVC001",
    "R1123456789ABCDEF0123456789ABCDE": "PSVC002",
}
EVENTS_V2 = "events_api_v2_inbound_integration"
ESCALATION_MINUTES = 30

_USERS = (
    ("PUSER1", "Ada Lovelace", "ada@example.com"),
    ("PUSER2", "Grace Hopper", "grace@example.com"),
    ("PUSER3", "Linus Low", "linus@example.com"),
)
_POLICIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("PPOL001", "Platform", ("PSCHED1", "PUSER2")),
    ("PPOL002", "Payments on-call", ("PSCHED2", "PSCHED3")),
    ("PPOL003", "Nobody", ()),
)
_SERVICES = (
    ("PSVC001", "Checkout", "PPOL001", "PTEAM01"),
    ("PSVC002", "Payments", "PPOL002", "PTEAM02"),
    ("PSVC003", "Database", "PPOL001", "PTEAM01"),
)
_PRIORITIES = 5


def users() -> dict[str, Json]:
    """Make the users, by id."""
    return {identifier: _user(identifier, name, email) for identifier, name, email in _USERS}


def escalation_policies(targets: dict[str, Json]) -> dict[str, Json]:
    """Make the escalation policies, by id, with one target, a user or schedule, on each level."""
    return {
        identifier: _policy(identifier, name, [targets[target] for target in levels])
        for identifier, name, levels in _POLICIES
    }


def services(policies: dict[str, Json], teams: dict[str, Json]) -> dict[str, Json]:
    """Make the services, by id."""
    return {
        identifier: service(identifier, name, policies[policy], teams[team])
        for identifier, name, policy, team in _SERVICES
    }


def priorities() -> dict[str, Json]:
    """Make the priorities P1 to P5, by id."""
    return {p["id"]: p for p in (_priority(number) for number in range(1, _PRIORITIES + 1))}


def service(identifier: str, name: str, policy: Json, *teams: Json) -> Json:
    """Make a service."""
    return {
        **thing("service", identifier, name, "services"),
        "name": name,
        "status": "active",
        "created_at": now(),
        "escalation_policy": reference(policy),
        "teams": [reference(team) for team in teams],
        "integrations": [],
    }


def integrations(services: dict[str, Json]) -> dict[str, Json]:
    """Make the integrations whose routing keys the account starts with, by id."""
    made = [
        integration(f"PINTEG{number}", EVENTS_V2, "Events API v2", services[identifier], key)
        for number, (key, identifier) in enumerate(ROUTING_KEYS.items(), 1)
    ]
    return {one["id"]: one for one in made}


def integration(identifier: str, kind: str, name: str, service: Json, key: str) -> Json:
    """Make an integration, and have its service name it."""
    folder = f"services/{service['id']}/integrations"
    made = {
        **thing(kind, identifier, name, folder),
        "name": name,
        "service": reference(service),
        "created_at": now(),
        "integration_key": key,
    }
    service["integrations"].append(reference(made))
    return made


def contact_method(user: str, email: str) -> Json:
    """Make the contact method of the user with an id."""
    return {
        **thing("email_contact_method", f"{user}C1", "Default", f"users/{user}/contact_methods"),
        "label": "Default",
        "address": email,
    }


def _user(identifier: str, name: str, email: str) -> Json:
    return {
        **thing("user", identifier, name, "users"),
        "name": name,
        "email": email,
        "role": "user",
        "time_zone": "Europe/London",
        "teams": [],
        "contact_methods": [reference(contact_method(identifier, email))],
    }


def _policy(identifier: str, name: str, targets: list[Json]) -> Json:
    rules = [
        {
            "id": f"{identifier}R{number}",
            "escalation_delay_in_minutes": ESCALATION_MINUTES,
            "targets": [reference(target)],
        }
        for number, target in enumerate(targets, 1)
    ]
    return {
        **thing("escalation_policy", identifier, name, "escalation_policies"),
        "name": name,
        "escalation_rules": rules,
        "num_loops": 0,
        "services": [],
        "teams": [],
    }


def _priority(number: int) -> Json:
    name = f"P{number}"
    return {
        **thing("priority", f"PPRIO0{number}", name, "priorities"),
        "name": name,
        "description": name,
    }

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
ESCALATION_MINUTES = 30

_USERS = (
    ("PUSER1", "Ada Lovelace", "ada@example.com"),
    ("PUSER2", "Grace Hopper", "grace@example.com"),
    ("PUSER3", "Linus Low", "linus@example.com"),
)
_POLICIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("PPOL001", "Platform", ("PUSER1", "PUSER2")),
    ("PPOL002", "Payments on-call", ("PUSER2", "PUSER3")),
    ("PPOL003", "Nobody", ()),
)
_SERVICES = (
    ("PSVC001", "Checkout", "PPOL001"),
    ("PSVC002", "Payments", "PPOL002"),
    ("PSVC003", "Database", "PPOL001"),
)
_PRIORITIES = 5


def users() -> dict[str, Json]:
    """Make the users, by id."""
    return {identifier: _user(identifier, name, email) for identifier, name, email in _USERS}


def escalation_policies(people: dict[str, Json]) -> dict[str, Json]:
    """Make the escalation policies, by id, with one of the people on each level."""
    return {
        identifier: _policy(identifier, name, [people[user] for user in levels])
        for identifier, name, levels in _POLICIES
    }


def services(policies: dict[str, Json]) -> dict[str, Json]:
    """Make the services, by id."""
    return {
        identifier: service(identifier, name, policies[policy])
        for identifier, name, policy in _SERVICES
    }


def priorities() -> dict[str, Json]:
    """Make the priorities P1 to P5, by id."""
    return {p["id"]: p for p in (_priority(number) for number in range(1, _PRIORITIES + 1))}


def service(identifier: str, name: str, policy: Json) -> Json:
    """Make a service."""
    return {
        **thing("service", identifier, name, "services"),
        "name": name,
        "status": "active",
        "created_at": now(),
        "escalation_policy": reference(policy),
        "teams": [],
        "integrations": [],
    }


def _user(identifier: str, name: str, email: str) -> Json:
    return {
        **thing("user", identifier, name, "users"),
        "name": name,
        "email": email,
        "role": "user",
        "time_zone": "Europe/London",
        "teams": [],
    }


def _policy(identifier: str, name: str, people: list[Json]) -> Json:
    rules = [
        {
            "id": f"{identifier}R{number}",
            "escalation_delay_in_minutes": ESCALATION_MINUTES,
            "targets": [reference(person)],
        }
        for number, person in enumerate(people, 1)
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

"""The account that each simulator starts with; its ids are fixed so that tests read well."""

from __future__ import annotations

from collections.abc import Iterable

from .objects import API, SITE, Json, new_object, now, reference
from .schedule_model import Schedule

ACCOUNT_TOKEN = "pd-account-token"
USER_TOKEN = "pd-user-token"
TOKEN_OWNER = "PUSER1"
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
    ("PUSER4", "Margaret Hamilton", "margaret@example.com"),
)
# Of each user, the contact methods and the notification rules: urgency, delay in minutes, method.
# Margaret has neither, so nothing can reach her.
_CONTACTS: dict[str, tuple[str, ...]] = {
    "PUSER1": ("email", "push_notification", "phone"),
    "PUSER2": ("email", "sms", "phone"),
    "PUSER3": ("email", "push_notification"),
}
_RULES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "PUSER1": (("high", 0, "push_notification"), ("high", 5, "phone"), ("low", 0, "email")),
    "PUSER2": (("high", 0, "sms"), ("high", 10, "phone"), ("low", 0, "email")),
    "PUSER3": (("high", 0, "push_notification"), ("low", 30, "email")),
}
_CONTACT_MEMBERS: dict[str, Json] = {
    "email": {"send_short_email": False, "enabled": True},
    "push_notification": {"device_type": "ios", "sounds": [], "blacklisted": False},
    "phone": {"country_code": 44, "enabled": True, "blacklisted": False},
    "sms": {"country_code": 44, "enabled": True, "blacklisted": False},
}
_TEAMS = (("PTEAM01", "Platform team"), ("PTEAM02", "Payments team"))
_SCHEDULES = (
    ("PSCHED1", "Platform primary", ("PUSER1",), False),
    ("PSCHED2", "Payments primary", ("PUSER2",), False),
    ("PSCHED3", "Database v3", ("PUSER3",), True),
)
# Each level of a policy has one target, a schedule or a user.
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
_PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
_FIELDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("root_cause", "string", "single_value", ()),
    ("customers_affected", "integer", "single_value", ()),
    ("severity_level", "string", "single_value_fixed", ("minor", "major", "critical")),
    ("regions", "string", "multi_value_fixed", ("eu", "us", "apac")),
)
_WORKFLOWS = (("PWFLOW1", "Major incident bridge"), ("PWFLOW2", "Notify stakeholders"))


def users() -> dict[str, Json]:
    """Build the users, by id."""
    return _by_id(
        _named("user", identifier, name, "users")
        | {
            "email": email,
            "role": "user",
            "time_zone": "Europe/London",
            "teams": [],
            "contact_methods": [],
        }
        for identifier, name, email in _USERS
    )


def contact_methods(users: dict[str, Json]) -> dict[str, list[Json]]:
    """Build the contact methods, by user; each user gets references to them."""
    found = {
        user: [_contact_method(whole, kind) for kind in _CONTACTS.get(user, ())]
        for user, whole in users.items()
    }
    for user, methods in found.items():
        users[user]["contact_methods"] = [reference(method) for method in methods]
    return found


def _contact_method(user: Json, kind: str) -> Json:
    number = user["id"][-1]
    address = user["email"] if kind == "email" else f"770090000{number}"
    identifier = f"PC{kind[:5].upper()}{number}"
    collection = f"users/{user['id']}/contact_methods"
    whole = new_object(f"{kind}_contact_method", identifier, "Default", collection)
    return whole | {"label": "Default", "address": address} | _CONTACT_MEMBERS[kind]


def notification_rules(contacts: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Build the notification rules, by user, from all users' contact methods."""
    return {
        user: [
            _notification_rule(user, number, urgency, minutes, by_kind[f"{kind}_contact_method"])
            for number, (urgency, minutes, kind) in enumerate(_RULES.get(user, ()), 1)
        ]
        for user, methods in contacts.items()
        for by_kind in [{method["type"]: method for method in methods}]
    }


def _notification_rule(user: str, number: int, urgency: str, minutes: int, method: Json) -> Json:
    identifier = f"PRULE{user[-1]}{number}"
    summary = f"{minutes} minutes: channel {method['id']}"
    collection = f"users/{user}/notification_rules"
    return new_object("assignment_notification_rule", identifier, summary, collection) | {
        "urgency": urgency,
        "start_delay_in_minutes": minutes,
        "contact_method": method,
    }


def teams() -> dict[str, Json]:
    """Build the teams, by id."""
    return _by_id(_named("team", identifier, name, "teams") for identifier, name in _TEAMS)


def schedules() -> dict[str, Schedule]:
    """Build the schedules, by id."""
    return {args[0]: Schedule(*args) for args in _SCHEDULES}


def schedule_object(schedule: Schedule) -> Json:
    """Build the members that a schedule begins with."""
    if not schedule.is_v3:
        return new_object("schedule", schedule.id, schedule.name, "schedules")
    whole = new_object("schedule_v3", schedule.id, schedule.name, "schedules")
    return whole | {"self": f"{API}/v3/schedules/{schedule.id}"}


def escalation_policies(targets: dict[str, Json]) -> dict[str, Json]:
    """Build the escalation policies, by id; their targets are users and schedules."""
    return _by_id(
        _named("escalation_policy", identifier, name, "escalation_policies")
        | {
            "escalation_rules": [
                {
                    "id": f"{identifier}R{number}",
                    "escalation_delay_in_minutes": ESCALATION_MINUTES,
                    "targets": [reference(targets[target])],
                }
                for number, target in enumerate(levels, 1)
            ],
            "num_loops": 0,
            "services": [],
            "teams": [],
        }
        for identifier, name, levels in _POLICIES
    )


def services(policies: dict[str, Json], teams: dict[str, Json]) -> dict[str, Json]:
    """Build the services, by id."""
    return _by_id(
        service(identifier, name, policies[policy], teams[team])
        for identifier, name, policy, team in _SERVICES
    )


def service(identifier: str, name: str, policy: Json, *teams: Json) -> Json:
    """Build a service."""
    return _named("service", identifier, name, "services") | {
        "status": "active",
        "created_at": now(),
        "escalation_policy": reference(policy),
        "teams": [reference(team) for team in teams],
        "integrations": [],
    }


def integrations(services: dict[str, Json]) -> dict[str, Json]:
    """Build the integrations of `ROUTING_KEYS`, by id."""
    return _by_id(
        integration(f"PINTEG{number}", EVENTS_V2, "Events API v2", services[service], key)
        for number, (key, service) in enumerate(ROUTING_KEYS.items(), 1)
    )


def integration(identifier: str, kind: str, name: str, service: Json, key: str) -> Json:
    """Build an integration, and add it to its service."""
    whole = _named(kind, identifier, name, f"services/{service['id']}/integrations") | {
        "service": reference(service),
        "created_at": now(),
        "integration_key": key,
    }
    service["integrations"].append(reference(whole))
    return whole


def priorities() -> dict[str, Json]:
    """Build the priorities, by id."""
    return _by_id(
        _named("priority", f"PPRIO0{number}", name, "priorities") | {"description": name}
        for number, name in enumerate(_PRIORITIES, 1)
    )


def custom_fields() -> dict[str, Json]:
    """Build the definitions of custom fields, by name; ``options`` is empty if any value fits."""
    return {
        name: {
            "id": f"PFIELD{number}",
            "name": name,
            "display_name": name.replace("_", " ").capitalize(),
            "description": f"{name} of the incident",
            "data_type": data_type,
            "field_type": field_type,
            "options": options,
        }
        for number, (name, data_type, field_type, options) in enumerate(_FIELDS, 1)
    }


def workflows() -> dict[str, Json]:
    """Build the incident workflows, by id."""
    return _by_id(
        _named("incident_workflow", identifier, name, "incident_workflows")
        | {
            "html_url": f"{SITE}/flex-workflows/workflows/{identifier}",
            "description": f"{name}, started manually",
            "is_enabled": True,
            "created_at": now(),
        }
        for identifier, name in _WORKFLOWS
    )


def _named(kind: str, identifier: str, name: str, collection: str) -> Json:
    return new_object(kind, identifier, name, collection) | {"name": name}


def _by_id(objects: Iterable[Json]) -> dict[str, Json]:
    return {one["id"]: one for one in objects}

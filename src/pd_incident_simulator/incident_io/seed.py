"""The account that each simulator starts with."""

from __future__ import annotations

from collections.abc import Iterable

from .objects import API_KEY, READ_ONLY_KEY, Json, now, ulid

_SEVERITIES = (
    ("Minor", "Issues with low impact."),
    ("Major", "Issues causing significant impact."),
    ("Critical", "Issues causing very high impact."),
)
_TYPES = (
    ("Default", "Everything that isn't special.", "optional"),
    ("Customer outage", "Customers can't work.", "always"),
)
_STATUSES = (
    ("Triage", "triage"),
    ("Investigating", "live"),
    ("Fixing", "live"),
    ("Monitoring", "live"),
    ("Paused", "paused"),
    ("Documenting", "learning"),
    ("Closed", "closed"),
    ("Declined", "declined"),
    ("Canceled", "canceled"),
)
_KEYS = (
    (API_KEY, "Incident action", ("viewer", "incident_creator", "incident_editor")),
    (READ_ONLY_KEY, "Dashboard", ("viewer",)),
)


def severities() -> dict[str, Json]:
    """Build the severities, by id."""
    return _by_id(
        _named("01SEV", number, name, description) | {"rank": number}
        for number, (name, description) in enumerate(_SEVERITIES, 1)
    )


def incident_types() -> dict[str, Json]:
    """Build the types of incidents, by id; the first is the default one."""
    return _by_id(
        _named("01TYPE", number, name, description)
        | {
            "is_default": number == 1,
            "private_incidents_only": False,
            "create_in_triage": triage,
        }
        for number, (name, description, triage) in enumerate(_TYPES, 1)
    )


def statuses() -> dict[str, Json]:
    """Build the statuses of incidents, by id, in the order in which an incident goes through."""
    return _by_id(
        _named("01STAT", number, name, f"The incident is in status {name}.")
        | {"category": category, "rank": number}
        for number, (name, category) in enumerate(_STATUSES, 1)
    )


def keys() -> dict[str, Json]:
    """Build the API keys, by what is sent."""
    return {
        key: {"id": ulid("01KEY", number), "name": name, "roles": list(granted)}
        for number, (key, name, granted) in enumerate(_KEYS, 1)
    }


def _named(prefix: str, number: int, name: str, description: str) -> Json:
    at = now()
    stamps = {"created_at": at, "updated_at": at}
    return {"id": ulid(prefix, number), "name": name, "description": description, **stamps}


def _by_id(objects: Iterable[Json]) -> dict[str, Json]:
    return {one["id"]: one for one in objects}

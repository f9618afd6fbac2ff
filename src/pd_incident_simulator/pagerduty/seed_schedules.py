"""The schedules and teams that the account starts with."""

from __future__ import annotations

from .schedules import Schedule
from .things import API, SITE, Json, thing

_SCHEDULES = (
    ("PSCHED1", "Platform primary", ("PUSER1",), False),
    ("PSCHED2", "Payments primary", ("PUSER2",), False),
    ("PSCHED3", "Database v3", ("PUSER3",), True),
)
_TEAMS = (("PTEAM01", "Platform team"), ("PTEAM02", "Payments team"))


def schedules() -> dict[str, Schedule]:
    """Make the schedules, by id."""
    return {
        identifier: Schedule(identifier, name, users, is_v3)
        for identifier, name, users, is_v3 in _SCHEDULES
    }


def targets(known: dict[str, Schedule]) -> dict[str, Json]:
    """Make the short forms in which escalation policies name schedules, by id."""
    return {schedule.id: schedule_thing(schedule) for schedule in known.values()}


def schedule_thing(schedule: Schedule) -> Json:
    """Make the members that a schedule begins with."""
    if not schedule.is_v3:
        return thing("schedule", schedule.id, schedule.name, "schedules")
    return thing("schedule_v3", schedule.id, schedule.name, "schedules") | {
        "self": f"{API}/v3/schedules/{schedule.id}",
        "html_url": f"{SITE}/schedules/{schedule.id}",
    }


def teams() -> dict[str, Json]:
    """Make the teams, by id."""
    return {
        identifier: {
            **thing("team", identifier, name, "teams"),
            "name": name,
            "description": f"{name} of the acme account",
        }
        for identifier, name in _TEAMS
    }

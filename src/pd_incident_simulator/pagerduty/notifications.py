"""Who is paged: an incident's log says so, as PagerDuty's does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import log
from .things import Json, now, reference

if TYPE_CHECKING:
    from .state import PagerDutyState


def page_assignees(state: PagerDutyState, incident: Json) -> None:
    """Page everybody who is assigned to an incident."""
    for assignment in incident["assignments"]:
        page_user(state, incident, state.users[assignment["assignee"]["id"]])


def page_user(state: PagerDutyState, incident: Json, user: Json) -> None:
    """Page a user about an incident: a ``notify_log_entry`` tells of it."""
    person = reference(user)
    notification = {
        "id": state.next_id("PNOTIFY"),
        "type": "email_notification",
        "address": user["email"],
        "status": "success",
        "started_at": now(),
        "user": person,
    }
    channel = {"type": "auto", "notification": notification}
    log(state, incident, "notify", agent=incident["service"], user=person, channel=channel)

"""Notes on incidents, each written once."""

from __future__ import annotations

from functools import partial

from .client import PagerDuty
from .idempotency import send_or_find
from .incidents import Incidents
from .models import Note


def write_note(pagerduty: PagerDuty, incident_id: str, text: str) -> Note:
    """Add a note to an incident; a note with the same text counts if PagerDuty's answer got lost.

    Raises:
        ApiError: PagerDuty refused or wasn't reached.
    """
    incidents = Incidents(pagerduty)
    return send_or_find(
        partial(incidents.add_note, incident_id, text),
        partial(find_note, incidents, incident_id, text),
        pagerduty.deadline,
    )


def find_note(incidents: Incidents, incident_id: str, text: str) -> Note | None:
    """Find a note on an incident by its text, but for how it is spaced."""
    notes, words = incidents.notes(incident_id), text.split()
    return next((one for one in notes if one.content.split() == words), None)

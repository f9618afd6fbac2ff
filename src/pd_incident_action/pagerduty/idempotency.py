"""Doing things once, whatever gets lost on the way.

Incidents have a key by which PagerDuty recognises a repetition; whatever has none is looked for
before it is repeated. What was created appears a moment after PagerDuty accepted the request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.http.deadline import Deadline, poll
from pd_incident_action.http.retry import backoff
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.text import Json

from .client import PagerDuty
from .incidents import Incidents
from .models import Note, PagerDutyIncident

Result = TypeVar("Result")

_ARGUMENTS = 2002
_KEY_IN_USE = "matching dedup key"
_APPEARS_WITHIN = 3.0
_TAKES_EFFECT_WITHIN = 1.0
# Times and dates of responses have whole seconds.
_SECOND = timedelta(seconds=1)
# What PagerDuty may refuse of an incident, and the page goes out without.
_DECORATION = ("priority", "incident_type", "conference_bridge")
_MAY_BE_ABOUT_DECORATION = frozenset({400, 402, 404, 422})


def open_incident(
    pagerduty: PagerDuty, incident: Json, *, is_rerun: bool, may_race: bool
) -> tuple[PagerDutyIncident, bool | None, tuple[str, ...]]:
    """Open an incident, without decoration that PagerDuty refuses, unless it is open already.

    Args:
        pagerduty: the REST API.
        incident: what to open.
        is_rerun: whether an earlier attempt of the run may have opened it.
        may_race: whether somebody else may open one with the same key at the same time.

    Returns:
        The incident, whether this run opened it, None if that can't be known, and warnings.

    Raises:
        ApiError: nobody was paged, unless its `outcome_unknown` says that this isn't known.
    """
    if is_rerun:
        # If PagerDuty doesn't answer now, it will refuse the key later.
        with suppress(ApiError):
            if existing := _find_open(pagerduty.with_timeout(_APPEARS_WITHIN), incident):
                return existing, False, ()
    try:
        return *_create(pagerduty, incident, may_race=may_race), ()
    except ApiRejected as error:
        decoration = [name for name in _DECORATION if name in incident]
        if not decoration or error.status not in _MAY_BE_ABOUT_DECORATION:
            raise
        plain = {name: value for name, value in incident.items() if name not in decoration}
        names = " and ".join(name.replace("_", " ") for name in decoration)
        warning = f"The page went out without its {names}: {error}"
        opened, created = _create(pagerduty, plain, may_race=may_race)
        return opened, created, () if created is False else (warning,)


def _create(
    pagerduty: PagerDuty, incident: Json, *, may_race: bool
) -> tuple[PagerDutyIncident, bool | None]:
    """Open an incident; where its key is in use, return the one that has it."""
    incidents, began = Incidents(pagerduty), time.monotonic()
    try:
        return incidents.create(incident), True
    except ApiRejected as error:
        # The code stands for other arguments, too, and the words may change: either is a hint.
        is_worded_so = _KEY_IN_USE in str(error)
        if error.code != _ARGUMENTS and not is_worded_so:
            raise
        elapsed = timedelta(seconds=time.monotonic() - began)
        seconds = min(_APPEARS_WITHIN, pagerduty.deadline.remaining() / 2)
        find, deadline = partial(_find_open, pagerduty, incident), pagerduty.deadline
        # If PagerDuty doesn't answer, it may be the one whose response was lost.
        if existing := _wait_for(find, error, deadline.within(seconds)):
            return existing, _is_ours(existing, error, elapsed, may_race=may_race)
        if not is_worded_so:
            raise
    # It was open when PagerDuty looked and has been resolved since: page again.
    return incidents.create(incident), True


def _find_open(pagerduty: PagerDuty, incident: Json) -> PagerDutyIncident | None:
    """Find the open incident that has another's key and service."""
    found = Incidents(pagerduty).find_by_key(incident["incident_key"], only_open=True)
    return next((one for one in found if one.service.id == incident["service"]["id"]), None)


def send_or_find(
    send: Callable[[], Result], find: Callable[[], Result | None], deadline: Deadline
) -> Result:
    """Send what mustn't be done twice, and look whether it was done before it is sent again.

    Args:
        send: sends the request, once.
        find: returns what the request brought about, or None; only called after a request
            without a clear response.
        deadline: when to give up.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            return send()
        except ApiError as error:
            if not error.outcome_unknown:
                raise
            found = _wait_for(find, error, deadline.within(_TAKES_EFFECT_WITHIN))
            if found is not None:
                return found
            wait = backoff(attempts, error.headers, error.body)
            if wait >= deadline.remaining():
                raise
            deadline.cancellation.sleep(wait)


def create_or_find(
    create: Callable[[], Result],
    find: Callable[[], Result | None],
    deadline: Deadline,
    *,
    may_race: bool,
) -> tuple[Result, bool | None]:
    """Create what isn't there yet, as `send_or_find` does.

    Returns:
        What is there, and whether this run created it: None if its request got no clear response,
        and a duplicate run may have created it at the same time.
    """
    existing = find()
    if existing is not None:
        return existing, False

    def look() -> tuple[Result, bool | None] | None:
        found = find()
        return None if found is None else (found, None if may_race else True)

    return send_or_find(lambda: (create(), True), look, deadline)


def _wait_for(
    find: Callable[[], Result | None], error: ApiError, deadline: Deadline
) -> Result | None:
    """Look for what a request may have brought about; raise its error if nobody can tell."""
    try:
        for _ in poll(deadline):
            if (found := find()) is not None:
                return found
    except ApiError:
        raise error from None
    return None


def _is_ours(
    existing: PagerDutyIncident, error: ApiRejected, elapsed: timedelta, *, may_race: bool
) -> bool | None:
    """Return whether a request of this run opened an incident, although its response was lost."""
    if not error.outcome_unknown:
        return False
    refused_at, created_at = datetime.now(UTC), parse_iso(existing.created_at)
    with suppress(KeyError, ValueError):
        refused_at = parsedate_to_datetime(error.headers["date"]).replace(tzinfo=UTC)
    if created_at and created_at <= refused_at - elapsed - _SECOND:
        return False
    return None if may_race else True


def write_note(pagerduty: PagerDuty, incident_id: str, text: str) -> Note:
    """Add a note to an incident; one with the same text counts if PagerDuty's response was lost."""
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

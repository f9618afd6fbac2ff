"""PagerDuty's Events API v2, and the incident behind an event, as the REST API shows it.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import NamedTuple

from pd_incident_action.errors import ApiError, NotApplicable, Unconfirmed
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import poll
from pd_incident_action.http.messages import ApiRequest
from pd_incident_action.inputs.intervals import parse_iso
from pd_incident_action.models import Incident
from pd_incident_action.text import Json

from .client import PagerDuty, reference
from .incidents import Incidents
from .models import PagerDutyIncident, Service
from .services import Services

# PagerDuty shows the incident behind an event within a second or two.
_APPEARS_WITHIN = 10.0
_NOTHING_WITHIN = 2.0
_SECONDS_BEFORE = 2.0
# PagerDuty's times have whole seconds, and clocks differ by a little.
_CLOCK_SLACK = 2.0
_STATUS_AFTER = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_MAY_BE_INCIDENT = re.compile(r"[PQR][A-Z0-9]{6,13}")
_NOT_OPENED = (
    "PagerDuty accepted the alert, but no open incident with dedup key '{0}' appeared: it may be "
    "suppressed or grouped into another incident, its service disabled or in maintenance, or "
    "nobody on call; check the service in PagerDuty. Nothing was written to the catalog."
)
_DROPPED = (
    "PagerDuty accepted the event, but no {1} incident has dedup key '{0}': PagerDuty ignores "
    "events whose dedup key it hasn't seen; check dedup-key and routing-key."
)
_LOOKS_LIKE_INCIDENT = (
    "'{0}' looks like an incident's id, and nothing was written to the catalog: PagerDuty ignores "
    "events whose dedup key it hasn't seen. Give the alert's dedup-key, or pagerduty-token as well."
)


class AcceptedEvent(NamedTuple):
    """The response to an event that PagerDuty accepted.

    Attributes:
        sent_at: when it was sent first, by PagerDuty's clock if that is known; seconds since 1970.
    """

    raw: Json
    dedup_key: str
    sent_at: float


def no_auth() -> dict[str, str]:
    """Return no header: an event carries its routing key in the body."""
    return {}


class PagerDutyEvents:
    """PagerDuty's Events API v2 for one integration."""

    def __init__(self, client: ApiClient, routing_key: str, incidents_page: str = "") -> None:
        self._client = client
        self.routing_key = routing_key
        self._incidents_page = incidents_page

    def with_key(self, routing_key: str) -> PagerDutyEvents:
        """Return the same API for another integration."""
        return PagerDutyEvents(self._client, routing_key, self._incidents_page)

    def enqueue(self, event: Json) -> AcceptedEvent:
        """POST /enqueue: send an event.

        A 202 says that PagerDuty took the event, not that it did anything with it.

        Args:
            event: the body without the routing key; needs a ``dedup_key``, so that a repetition
                is recognised, and, to trigger, a ``payload``.
        """
        if event["event_action"] != "trigger":
            return self._send("/enqueue", f"accept the {event['event_action']} event", event)
        look = (
            "The alert may have been accepted: before you page again, look for it at "
            f"{self._incidents_page} (dedup key {event['dedup_key']}), or re-run the job, whose "
            "alert has the same key"
        )
        return self._send("/enqueue", "accept the alert", event, if_unknown=look)

    def change(self, event: Json) -> AcceptedEvent:
        """POST /change/enqueue: send a change event.

        https://developer.pagerduty.com/docs/send-change-event

        Raises:
            ApiError: PagerDuty refused or wasn't reached; what may have been processed isn't
                repeated, since the change would show twice.
        """
        return self._send(
            "/change/enqueue",
            "accept the change event",
            event,
            idempotent=False,
            if_unknown="It may have been accepted: look at the service before you send it again",
        )

    def _send(
        self,
        path: str,
        action: str,
        event: Json,
        *,
        idempotent: bool = True,
        if_unknown: str = "",
    ) -> AcceptedEvent:
        body = {"routing_key": self.routing_key, **event}
        request = ApiRequest(
            "POST",
            path,
            action,
            json=body,
            idempotent=idempotent,
            if_unknown=if_unknown,
            check=_is_accepted,
        )
        began = time.time()
        response = self._client.send(request)
        elapsed, sent_at = time.time() - began, began
        # The times of incidents are PagerDuty's as well.
        with suppress(KeyError, ValueError):
            sent_at = parsedate_to_datetime(response.headers["date"]).timestamp() - elapsed
        return AcceptedEvent(response.body, str(response.body.get("dedup_key") or ""), sent_at)


def _is_accepted(body: object) -> bool:
    return isinstance(body, dict) and body.get("status") == "success"


class SentEvent(NamedTuple):
    """An event that PagerDuty accepted, and what is known of its effect.

    Attributes:
        key: the alert's dedup key.
        found: the incident behind it, or None if none is known.
        alert: the same, or else what the event alone says.
        created: whether the event opened it; None if that can't be known.
        is_plausible: whether it may have had its effect, as nothing speaks against that.
        response: PagerDuty's JSON.
    """

    key: str
    found: PagerDutyIncident | None
    alert: Incident
    created: bool | None
    is_plausible: bool
    warnings: tuple[str, ...]
    response: Json


def send_event(
    events: PagerDutyEvents,
    pagerduty: PagerDuty | None,
    event: Json,
    *,
    is_rerun: bool,
    dry_run: bool,
) -> SentEvent:
    """Send an event and find the incident behind it: PagerDuty only says that it took the event.

    Once the event is out, trouble with the REST API is a warning, and so is the lack of one.

    Raises:
        ApiError: PagerDuty refused the event, or wasn't reached.
        Unconfirmed: no integration has the routing key, so that the alert went nowhere.
    """
    triggers = event["event_action"] == "trigger"
    earlier: frozenset[str] = frozenset()
    if triggers and is_rerun and pagerduty is not None:
        # The alert waits for it.
        quick = Incidents(pagerduty.with_timeout(_SECONDS_BEFORE, retries=False))
        with suppress(ApiError):
            found = quick.find_by_key(event["dedup_key"], only_open=True)
            earlier = frozenset(one.id for one in found)
    accepted = events.enqueue(event)
    event = {**event, "dedup_key": accepted.dedup_key or event["dedup_key"]}
    incident, is_plausible, warnings = _find_incident(event, events, pagerduty, dry_run=dry_run)
    created: bool | None = False
    if triggers and not (incident and incident.id in earlier):
        at = parse_iso(incident.created_at if incident else "")
        created = at.timestamp() > accepted.sent_at - _CLOCK_SLACK if at else None
    return SentEvent(
        key=event["dedup_key"],
        found=incident,
        alert=incident.to_incident() if incident else _describe(event, is_plausible=is_plausible),
        created=created,
        is_plausible=is_plausible,
        warnings=warnings,
        response={**accepted.raw, "incident": incident.raw} if incident else accepted.raw,
    )


def _find_incident(
    event: Json, events: PagerDutyEvents, pagerduty: PagerDuty | None, *, dry_run: bool
) -> tuple[PagerDutyIncident | None, bool, tuple[str, ...]]:
    """Return the incident behind an event, whether the event is plausible, and warnings."""
    key, action = event["dedup_key"], event["event_action"]
    triggers = action == "trigger"
    if pagerduty is None:
        is_odd = not triggers and may_be_incident(key)
        return None, not is_odd, (_LOOKS_LIKE_INCIDENT.format(key),) if is_odd else ()
    find_service = cache(partial(_find_service, pagerduty, events.routing_key))
    try:
        if dry_run:
            found, is_known = _predict(pagerduty, event, find_service), False
        else:
            found, is_known = _wait_for_incident(
                pagerduty.with_timeout(_APPEARS_WITHIN), key, action
            )
        if found is None and triggers:
            find_service()
    except ApiError as error:
        return None, triggers, (f"PagerDuty accepted the event, but {error}",)
    # On a green night there is nothing to resolve.
    if found or (action == "resolve" and not is_known):
        return found, found is not None, ()
    warning = (_NOT_OPENED if triggers else _DROPPED).format(key, _STATUS_AFTER[action])
    return None, False, (warning,)


def _wait_for_incident(
    pagerduty: PagerDuty, key: str, action: str
) -> tuple[PagerDutyIncident | None, bool]:
    """Wait until PagerDuty shows an alert's incident with the status that an event gives it.

    Returns:
        The incident, and whether there is any with the key, whatever its status.
    """
    triggers, is_known = action == "trigger", False
    statuses = {"triggered", "acknowledged"} if triggers else {_STATUS_AFTER[action]}
    quiet = pagerduty.deadline.within(_NOTHING_WITHIN)
    for _ in poll(pagerduty.deadline):
        for incident in Incidents(pagerduty).find_by_key(key, only_open=triggers):
            is_known = True
            if incident.status in statuses:
                return incident, True
        # One that was just triggered may still appear; one that is to be resolved is there or not.
        if not (triggers or is_known or quiet.remaining()):
            break
    return None, is_known


def _find_service(pagerduty: PagerDuty, routing_key: str) -> Service | None:
    """Find the service that a routing key belongs to; None where that can't be known."""
    try:
        found = Services(pagerduty.with_timeout(_APPEARS_WITHIN)).find_by_key(routing_key)
    except NotApplicable:
        return None
    if found is None:
        raise Unconfirmed(
            "PagerDuty accepted the alert and shows no incident for it",
            "no service that pagerduty-token can see has an integration with this routing key",
            "copy the integration key of the service's Events API V2 integration into "
            "routing-key; if it is an event orchestration's, look at its alerts in PagerDuty",
        )
    return found[0]


def _predict(
    pagerduty: PagerDuty, event: Json, find_service: Callable[[], Service | None]
) -> PagerDutyIncident | None:
    """Return the incident that an event would open or change."""
    found = Incidents(pagerduty).find_by_key(event["dedup_key"], only_open=True)
    existing = next(iter(found), None)
    if event["event_action"] != "trigger":
        status = _STATUS_AFTER[event["event_action"]]
        after: Json = {"status": status} | ({"assignments": []} if status == "resolved" else {})
        return existing and PagerDutyIncident.read(existing.raw | after)
    service = None if existing else find_service()
    if service is None or service.silenced:
        return existing
    from .dry_run import predict_incident  # noqa: PLC0415 - 2 ms

    alert = _describe(event, is_plausible=True)
    incident = {"title": alert.title, "urgency": alert.urgency, "incident_key": alert.id}
    return predict_incident(pagerduty, incident | {"service": reference("service", service.id)})


def _describe(event: Json, *, is_plausible: bool) -> Incident:
    """Describe an alert by its event alone; what that lacks stays empty."""
    key, payload = event["dedup_key"], event.get("payload") or {}
    urgency = "high" if payload.get("severity") in {"critical", "error"} else "low"
    return Incident(
        id=key,
        title=payload.get("summary", ""),
        status=_STATUS_AFTER[event["event_action"]] if is_plausible else "",
        urgency=urgency if payload else "",
        dedup_key=key,
    )


def may_be_incident(identifier: str) -> bool:
    """Check whether an identifier looks like PagerDuty's id of an incident."""
    return _MAY_BE_INCIDENT.fullmatch(identifier) is not None

"""An alert: its event, the catalog entity that stands for it, and what is known of it.

https://developer.pagerduty.com/docs/send-alert-event

An incident's entity has PagerDuty's id, with which PagerDuty would silently drop an event. The
entity of an alert whose incident wasn't known has the alert's dedup key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import InputProblem
from pd_incident_action.identity import KEY_PREFIX, RunIdentity, default_source
from pd_incident_action.inputs.port_context import is_service_blueprint
from pd_incident_action.models import Incident
from pd_incident_action.pagerduty.truncation import EVENT_TEXT, Truncator

if TYPE_CHECKING:
    from pd_incident_action.operations.trigger import Trigger

STATUS_AFTER = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_MAY_BE_INCIDENT = re.compile(r"[PQR][A-Z0-9]{6,13}")


def may_be_incident(identifier: str) -> bool:
    """Check whether an identifier looks like PagerDuty's id of an incident."""
    return _MAY_BE_INCIDENT.fullmatch(identifier) is not None


def may_be_alert(blueprint: str) -> bool:
    """Check whether entities of a blueprint may stand for an alert."""
    return not is_service_blueprint(blueprint)


def is_dedup_key(identifier: str, blueprint: str, incident_blueprint: str) -> bool:
    """Check whether an entity's identifier is known to be a dedup key, without asking PagerDuty."""
    if identifier.startswith(KEY_PREFIX):
        return True
    return blueprint == incident_blueprint and not may_be_incident(identifier)


def build_event(
    inputs: Trigger.Inputs, key: str, identity: RunIdentity, truncator: Truncator
) -> dict[str, Any]:
    """Build the event as POST /enqueue takes it, without its routing key."""
    event: dict[str, Any] = {"event_action": inputs.event_action, "dedup_key": key}
    if inputs.event_action != "trigger":
        return event
    optional = {
        "links": truncator.truncate_links("links", inputs.links or ()),
        "images": truncator.truncate_links("images", inputs.images or ()),
        "client": truncator.truncate("client", inputs.client or "GitHub Actions", EVENT_TEXT),
        "client_url": inputs.client_url or identity.url,
    }
    payload = event["payload"] = _payload(inputs, identity, truncator)
    event |= {name: value for name, value in optional.items() if value}
    if details := inputs.custom_details:
        payload["custom_details"] = truncator.truncate_details("custom-details", details, event)
    return event


def _payload(inputs: Trigger.Inputs, identity: RunIdentity, truncator: Truncator) -> dict[str, Any]:
    texts = {
        "summary": inputs.summary or _default_summary(identity),
        "source": inputs.source or default_source(identity),
        "component": inputs.component,
        "group": inputs.group,
        "class": inputs.class_,
    }
    return {
        **{
            name: truncator.truncate(name, text, EVENT_TEXT) for name, text in texts.items() if text
        },
        "severity": inputs.severity,
        **({"timestamp": inputs.timestamp} if inputs.timestamp else {}),
    }


def _default_summary(identity: RunIdentity) -> str:
    """Name the run, for example ``octo/shop: CI failed (job test, main, run #12)``."""
    run = identity.run_number and f"run #{identity.run_number}"
    known = ", ".join(filter(None, (identity.job and f"job {identity.job}", identity.ref, run)))
    text = f"{default_source(identity)}: {identity.workflow or 'a workflow'} failed"
    return f"{text} ({known})" if known else text


def alert_of(event: Mapping[str, Any], key: str, *, is_known: bool) -> Incident:
    """Describe an alert by its event alone; what that lacks stays empty."""
    status = STATUS_AFTER[event["event_action"]] if is_known else ""
    if "payload" not in event:
        return Incident(id=key, title="", status=status, dedup_key=key)
    return Incident(
        id=key,
        title=event["payload"]["summary"],
        status=status,
        urgency="high" if event["payload"]["severity"] in {"critical", "error"} else "low",
        dedup_key=key,
    )


def not_found(event_action: str, key: str) -> str:
    """Explain why no incident may be behind an event that PagerDuty accepted."""
    if event_action == "trigger":
        return (
            f"PagerDuty accepted the alert, but no open incident with dedup key '{key}' "
            "appeared: it may be suppressed or grouped into another incident, its service "
            "disabled or in maintenance, or nobody on call; check the service in PagerDuty. "
            "Nothing was written to the catalog."
        )
    return (
        f"PagerDuty accepted the event, but no {STATUS_AFTER[event_action]} incident has dedup key "
        f"'{key}': PagerDuty ignores events whose dedup key it hasn't seen; check dedup-key and "
        "routing-key."
    )


def looks_like_incident(key: str) -> str:
    """Warn about a key that PagerDuty may not know, where that can't be looked up."""
    return (
        f"'{key}' looks like an incident's id, and nothing was written to the catalog: PagerDuty "
        "ignores events whose dedup key it hasn't seen. Give the alert's dedup-key, or "
        "pagerduty-token as well."
    )


def unknown_key(entity: str) -> InputProblem:
    """Return the problem of an entity that may not stand for an alert."""
    problem = (
        f"is missing, and entity '{entity}' is not known to be one: give pagerduty-token as well, "
        "to act on the incident that the entity stands for"
    )
    return InputProblem("dedup-key", problem, "checkout-down")

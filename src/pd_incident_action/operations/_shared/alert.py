"""An alert: its event, and the catalog entity that stands for it.

https://developer.pagerduty.com/docs/send-alert-event

An incident's entity has PagerDuty's id, with which PagerDuty would silently drop an event. The
entity of an alert whose incident wasn't known has the alert's dedup key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pd_incident_action.identity import KEY_PREFIX, RunIdentity, default_source
from pd_incident_action.inputs.port_context import is_service_blueprint
from pd_incident_action.pagerduty.truncation import EVENT_TEXT, Truncator

if TYPE_CHECKING:
    from pd_incident_action.operations.trigger import Trigger

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

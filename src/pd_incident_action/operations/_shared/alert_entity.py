"""What a catalog entity says about the alert that it stands for.

An incident's entity has PagerDuty's id, with which PagerDuty would silently drop an event. The
entity of an alert whose incident wasn't known has the alert's dedup key.
"""

from __future__ import annotations

import re

from pd_incident_action.identity import KEY_PREFIX
from pd_incident_action.inputs.port_context import is_service_blueprint

_MAY_BE_INCIDENT = re.compile(r"[PQR][A-Z0-9]{6,13}")


def may_be_incident(identifier: str) -> bool:
    """Check whether an identifier looks like PagerDuty's id of an incident."""
    return _MAY_BE_INCIDENT.fullmatch(identifier) is not None


def may_be_alert(blueprint: str) -> bool:
    """Check whether entities of a blueprint may stand for an alert."""
    return not is_service_blueprint(blueprint)


def is_dedup_key(identifier: str, blueprint: str, incident_blueprint: str) -> bool:
    """Check whether an entity's identifier is known to be a dedup key, without asking PagerDuty.

    Args:
        identifier: the entity's.
        blueprint: the entity's, or empty where it isn't known.
        incident_blueprint: the blueprint of the entities that the run writes.
    """
    if identifier.startswith(KEY_PREFIX):
        return True
    return blueprint == incident_blueprint and not may_be_incident(identifier)

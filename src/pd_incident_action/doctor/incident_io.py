"""Whether incident.io knows the API key, and what it may do.

https://api-docs.incident.io/ under Utilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .finding import Finding, doubtful, fine, wrong

if TYPE_CHECKING:
    from pd_incident_action.incident_io.client import IncidentIo

_WHAT = "incident-io-token"
_VIEWER = "viewer"
_FOR_WRITING = {
    "incident_creator": "create incidents",
    "incident_editor": "update or resolve incidents",
}
_NEW_KEY = "what a key may do can't be changed, so make a new one that may"


def check_incident_io(incident_io: IncidentIo) -> list[Finding]:
    """Look at what the API key may do.

    Args:
        incident_io: incident.io's API.

    Returns:
        The findings.

    Raises:
        ApiError: incident.io doesn't know the key, or wasn't reached.
    """
    identity = incident_io.identity()
    lacking = [may for role, may in _FOR_WRITING.items() if role not in identity.roles]
    if _VIEWER not in identity.roles:
        finding = "may not view data, so no name can be looked up"
        return [wrong(_WHAT, finding, f"{_NEW_KEY} (role viewer)")]
    if len(lacking) == len(_FOR_WRITING):
        return [wrong(_WHAT, f"may not {' nor '.join(lacking)}", _NEW_KEY)]
    if lacking:
        return [doubtful(_WHAT, f"may not {lacking[0]}", f"if it has to, {_NEW_KEY}")]
    return [fine(_WHAT, f"is the key '{identity.name}', and may do everything needed")]

"""Whether incident.io knows the API key, and what it may do.

https://api-docs.incident.io/ under Utilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action.doctor.finding import Check, Finding, error, ok, warning
from pd_incident_action.models import Outcome

from .client import IncidentIo
from .models import IncidentIoIncident

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

_WHAT = "incident-io-token"
_VIEWER = "viewer"
_FOR_WRITING = {
    "incident_creator": "create incidents",
    "incident_editor": "update or resolve incidents",
}
_NEW_KEY = "a key's roles can't be changed, so make a new key"


def examples() -> Mapping[str, Outcome]:
    """Return an outcome of which everything is known, by the blueprint that it is written to."""
    incident = IncidentIoIncident.read(
        {
            "id": "01EXAMPLE",
            "name": "Example",
            "summary": "An example",
            "visibility": "public",
            "permalink": "https://example.com",
            "created_at": "2026-01-01T00:00:00Z",
            "incident_status": {"name": "Closed"},
            "severity": {"name": "Major"},
            "creator": {"user": {"name": "Ada"}},
        }
    )
    return {"incidentIOIncident": Outcome("", incident=incident.to_incident())}


def checks(context: OperationContext, _services: Sequence[str]) -> list[Check]:
    """List the checks; none without an API key."""
    incident_io = context.find(IncidentIo)
    return [] if incident_io is None else [Check(_WHAT, partial(check_key, incident_io))]


def check_key(incident_io: IncidentIo) -> list[Finding]:
    """Check what the API key may do."""
    identity = incident_io.identity()
    lacking = [may for role, may in _FOR_WRITING.items() if role not in identity.roles]
    if _VIEWER not in identity.roles:
        finding = "may not view data, so no name can be looked up"
        return [error(_WHAT, finding, f"{_NEW_KEY} (role viewer)")]
    if len(lacking) == len(_FOR_WRITING):
        return [error(_WHAT, f"may not {' nor '.join(lacking)}", _NEW_KEY)]
    if lacking:
        return [warning(_WHAT, f"may not {lacking[0]}", f"if it has to, {_NEW_KEY}")]
    return [ok(_WHAT, f"is the key '{identity.name}', and may do everything needed")]

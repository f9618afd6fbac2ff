"""Which scope of an app's token each request needs.

https://developer.pagerduty.com/docs/oauth-functionality
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .things import RefusedError

if TYPE_CHECKING:
    from pd_incident_simulator.exchange import Request

_RESOURCES = {
    "abilities": "abilities",
    "analytics": "analytics",
    "escalation_policies": "escalation_policies",
    "incident_workflows": "incident_workflows",
    "incidents": "incidents",
    "log_entries": "incidents",
    "maintenance_windows": "services",
    "oncalls": "oncalls",
    "priorities": "priorities",
    "schedules": "schedules",
    "services": "services",
    "teams": "teams",
    "users": "users",
    "webhook_subscriptions": "webhook_subscriptions",
}
_SPECIAL = {
    ("GET", "/incidents/types"): "incident_types.read",
    ("POST", "/analytics/metrics/incidents/all"): "analytics.read",
}
_STARTS_WORKFLOW = re.compile(r"/incident_workflows/[^/]+/instances")
_INSTANCES = "incident_workflows:instances.write"
_LISTS_FIELDS = re.compile(r"/incidents/types/[^/]+/custom_fields")
_FIELDS = "custom_fields.read"

KNOWN = frozenset(
    {
        *(
            f"{resource}.{access}"
            for resource in _RESOURCES.values()
            for access in ("read", "write")
        ),
        *_SPECIAL.values(),
        _INSTANCES,
        _FIELDS,
    }
)


def check_scope(request: Request, granted: frozenset[str]) -> None:
    """Refuse a request whose token lacks the scope; writing doesn't include reading.

    Args:
        request: the request.
        granted: the token's scopes.

    Raises:
        RefusedError: the scope is missing.
    """
    needed = _needed(request.method, request.path)
    if needed not in granted:
        words = f"The token lacks the required scope {needed}"
        raise RefusedError(2010, "Access Denied", words, status=403)


def _needed(method: str, path: str) -> str:
    if method == "POST" and _STARTS_WORKFLOW.fullmatch(path):
        return _INSTANCES
    if _LISTS_FIELDS.fullmatch(path):
        return _FIELDS
    if (method, path) in _SPECIAL:
        return _SPECIAL[method, path]
    first = path.removeprefix("/v3").split("/")[1]
    access = "read" if method == "GET" else "write"
    return f"{_RESOURCES.get(first, first)}.{access}"

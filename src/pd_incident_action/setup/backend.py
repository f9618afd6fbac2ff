"""What carries a click from Port to GitHub: the GitHub Ocean integration, or Port's retired app.

https://docs.port.io/actions-and-automations/setup-backend/github-workflow/
"""

from __future__ import annotations

from pd_incident_action.port.models import APP, OCEAN
from pd_incident_action.port.resources import Json

_DISPATCH = "dispatch_workflow"
_PROPERTIES = "integrationActionExecutionProperties"


def by_ocean(action: Json, installation: str) -> Json:
    """Return an action that starts its workflow by GitHub Ocean instead of by Port's app.

    Args:
        action: an action of Port's GitHub app.
        installation: the integration's installation id.
    """
    invocation = {
        "type": OCEAN,
        "installationId": installation,
        "integrationActionType": _DISPATCH,
        _PROPERTIES: dispatch_of(action["invocationMethod"]),
    }
    return {**action, "invocationMethod": invocation}


def dispatch_of(invocation: Json) -> Json | None:
    """Return the workflow that an invocation starts, and its inputs; None where it starts none."""
    if invocation.get("type") == APP:
        return {name: value for name, value in invocation.items() if name != "type"}
    if invocation.get("type") != OCEAN or invocation.get("integrationActionType") != _DISPATCH:
        return None
    return dict(invocation.get(_PROPERTIES) or {})


def with_dispatch(invocation: Json, dispatch: Json) -> Json:
    """Return an invocation by the same backend that starts another workflow."""
    if invocation["type"] == APP:
        return {"type": APP, **dispatch}
    return {**invocation, _PROPERTIES: dispatch}

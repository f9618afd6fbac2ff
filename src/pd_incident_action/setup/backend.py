"""What carries a click from Port to GitHub: the GitHub Ocean integration, or Port's retired app.

https://docs.port.io/actions-and-automations/setup-backend/github-workflow/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pd_incident_action.errors import NotApplicable
from pd_incident_action.port.resources import APP, OCEAN, PortResources
from pd_incident_action.text import Json

BackendName = Literal["auto", "ocean", "github-app"]
MOVE = "install Port's GitHub Ocean integration, and run operation: setup to move them to it"
RETIRED = f"Port retired its GitHub app, which starts the actions, on 15 July 2026: {MOVE}."
_DISPATCH = "dispatch_workflow"
_PROPERTIES = "integrationActionExecutionProperties"


@dataclass(frozen=True)
class Backend:
    """What starts workflows in a Port account.

    Attributes:
        installations: ids of the GitHub Ocean integrations; none where Port's app starts them.
        warnings: what the user should know about it.
    """

    installations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def adapt(self, action: Json, existing: Json | None) -> Json:
        """Return an action of Port's app as one of this backend, on the integration it is on now.

        Args:
            action: an action that is to be installed.
            existing: the action as Port has it.
        """
        dispatch = dispatch_of(action["invocationMethod"])
        if not self.installations or dispatch is None:
            return action
        current = (existing or {}).get("invocationMethod", {}).get("installationId")
        invocation = {
            "type": OCEAN,
            "installationId": current if current in self.installations else self.installations[0],
            "integrationActionType": _DISPATCH,
            _PROPERTIES: dispatch,
        }
        return {**action, "invocationMethod": invocation}


def find_backend(port: PortResources, requested: BackendName) -> Backend:
    """Find out what is to start workflows.

    Raises:
        ApiError: Port refused or wasn't reached.
        NotApplicable: it is to be GitHub Ocean, which can't.
    """
    if requested == "github-app":
        return Backend(warnings=(RETIRED,))
    found = port.ocean(acting=True)
    if found:
        others = (
            f"Port has several GitHub Ocean integrations ({', '.join(found)}): new actions use "
            f"{found[0]}. Change installationId of an action in Port to use another; it stays."
        )
        return Backend(tuple(found), (others,) if len(found) > 1 else ())
    idle = ", ".join(port.ocean(acting=False))
    if requested == "auto":
        problem = f"GitHub Ocean integration {idle} doesn't process actions, so Port's app is used."
        return Backend(warnings=(*([problem] if idle else ()), RETIRED))
    raise NotApplicable(
        "The actions were not installed",
        f"GitHub Ocean integration {idle} doesn't process actions"
        if idle
        else "Port's GitHub Ocean integration isn't installed",
        "turn on actions processing in Port under Data sources"
        if idle
        else "install it in Port under Data sources, or set backend: github-app",
    )


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

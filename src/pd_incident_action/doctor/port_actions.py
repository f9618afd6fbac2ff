"""Whether Port's self-service actions start the workflows of this repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action import providers

from .finding import Finding, doubtful, fine

if TYPE_CHECKING:
    from pd_incident_action.port.client import PortClient
    from pd_incident_action.port.models import SelfServiceAction

_WHAT = "self-service actions"
_GITHUB = "GITHUB"


def known_actions() -> dict[str, str]:
    """List the actions that there can be.

    Returns:
        Names of their workflows' files by identifier, as in ``port/actions``.
    """
    return {
        f"{provider.name}_{name}".replace("-", "_"): f"{providers.slug(provider.name, name)}.yml"
        for provider in providers.find_all()
        for name in provider.operation_names()
    }


def check_actions(port: PortClient, repository: str) -> list[Finding]:
    """Look at which actions are installed, and at what they start.

    Args:
        port: Port's API.
        repository: ``owner/name`` of the repository that this runs in, or empty.

    Returns:
        A finding for each that starts something else, and one for all others.

    Raises:
        ApiError: Port refused or wasn't reached.
    """
    known = known_actions()
    installed = [one for one in port.self_service_actions() if one.identifier in known]
    if not installed:
        finding = f"none of the {len(known)} actions of port/actions is installed"
        return [doubtful(_WHAT, finding, "install those you want, or start workflows otherwise")]
    astray = [
        doubtful(f"self-service action {one.identifier}", finding, remedy)
        for one in installed
        if (found := _astray(one, repository, known[one.identifier]))
        for finding, remedy in [found]
    ]
    good = len(installed) - len(astray)
    finding = f"{good} of {len(known)} are installed and start workflows of this repository"
    return [*astray, fine(_WHAT, finding)] if good else astray


def _astray(action: SelfServiceAction, repository: str, workflow: str) -> tuple[str, str] | None:
    """Tell what an action starts instead of this repository's workflow, and what to change."""
    method = action.invocation
    if method.type != _GITHUB or not repository:
        return None
    started = f"{method.org}/{method.repo}"
    if started.casefold() != repository.casefold():
        return f"starts a workflow of {started}, not of {repository}", (
            f"set org and repo of its invocation method to {repository}"
        )
    if method.workflow != workflow:
        return f"starts {method.workflow}, not {workflow}", (
            "check that this workflow is in .github/workflows and uses the action for this"
        )
    return None

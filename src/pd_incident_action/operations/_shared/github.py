"""GitHub's API for the repository that a workflow runs in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pd_incident_action.github.client import SERVICE, GitHub, explain

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext


def open_github(context: OperationContext, seconds: float, *, attempts: int = 1) -> GitHub | None:
    """Open GitHub's API with a time limit for all that is asked; None without a token."""
    trial, identity = context.trial_clients, context.identity
    token = trial.settings.github_token if trial else None
    if trial is None or token is None or not identity.repository:
        return None
    auth = {"Authorization": f"Bearer {token.get_secret_value()}"}
    factory = replace(trial, max_attempts=attempts)
    client = factory.client(SERVICE, identity.api_url, lambda: auth, explain)
    seconds = min(seconds, context.deadline.remaining() / 4)
    return GitHub(client.with_timeout(seconds), identity.repository)

"""What doctor works with, opened as a run opens it."""

from __future__ import annotations

from typing import Any

from pd_incident_action.clients import ClientFactory, build_context
from pd_incident_action.config.model import Config
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.operations.doctor import Doctor
from run_settings import settings_of


def context_of(**settings: Any) -> OperationContext:  # noqa: ANN401 - fields of Settings
    """Build the context of a run of `doctor` in the repository ``octo/shop``."""
    return build_context(
        Doctor,
        Doctor.Inputs(),
        ClientFactory(settings=settings_of(**settings), deadline=Deadline(2)),
        RunIdentity(repository="octo/shop"),
        Config(),
    )

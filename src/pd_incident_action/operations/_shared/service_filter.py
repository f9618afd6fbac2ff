"""The input of operations on the incidents of some services, or of all."""

from __future__ import annotations

from typing import Annotated

from pd_incident_action.inputs.fields import InputSpec, NameList
from pd_incident_action.operations.base import OperationInputs


class ServiceFilter(OperationInputs):
    """Services whose incidents an operation reads; all without any."""

    service: Annotated[
        NameList | None,
        InputSpec(
            "Services whose incidents to include: ids, names, or their names in the configuration "
            "file, separated by commas.",
            example="Checkout, Payments",
            aliases=("service_id", "services", "service_ids"),
            origin="service-entity",
            default_help="the service that the Port action was run on, or else all services",
            configurable=False,
        ),
    ] = None

    @property
    def of_services(self) -> str:
        """The services in words, for the log."""
        return f"of {', '.join(self.service)}" if self.service else "of all services"

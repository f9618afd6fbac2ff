"""Which services an operation looks at: some, or all that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pd_incident_action.inputs.fields import InputSpec, NameList
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.services import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.operations.base import OperationContext


class ServiceFilter(OperationInputs):
    """The inputs of operations that look at the incidents of some services, or of all."""

    service: Annotated[
        NameList | None,
        InputSpec(
            "Services whose incidents are looked at: ids, names, or their names in the "
            "configuration file, separated by commas.",
            example="Checkout, Payments",
            aliases=("service_id", "services", "service_ids"),
            origin="service-entity",
            default_help="the service that the Port action was run on, or else all services",
            configurable=False,
        ),
    ] = None

    @property
    def of_services(self) -> str:
        """Name the services, for announcements."""
        return f"of {', '.join(self.service)}" if self.service else "of all services"


def chosen_services(request: ServiceFilter, tools: OperationContext) -> list[str]:
    """Find the ids of the services that were chosen.

    Args:
        request: which.
        tools: PagerDuty's REST API, and the configuration file.

    Returns:
        The ids; none where all services are meant.

    Raises:
        Impossible: no service, or more than one, has a name.
        ApiError: PagerDuty refused or wasn't reached.
    """
    return list(dict.fromkeys(map(tools.names.service, request.service or ())))


def check_services(service_ids: Sequence[str], tools: OperationContext) -> None:
    """Make sure that services exist, where no incidents were found: PagerDuty wouldn't say.

    Args:
        service_ids: PagerDuty's ids.
        tools: PagerDuty's REST API.

    Raises:
        ApiError: one of them doesn't exist, or PagerDuty wasn't reached.
    """
    services = Services(tools.pagerduty)
    for service_id in service_ids:
        services.service(service_id)

"""Add a service to PagerDuty, with an integration that takes its events.

https://developer.pagerduty.com/api-reference/7062f2631b397-create-a-service
https://developer.pagerduty.com/api-reference/5f2a8b7a6d4e1-create-a-new-integration
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, Text
from pd_incident_action.models import Outcome
from pd_incident_action.operations._shared.on_call import emails_of, shifts_of
from pd_incident_action.pagerduty.create_or_find import create_or_find
from pd_incident_action.pagerduty.directory import SERVICES, Directory
from pd_incident_action.pagerduty.events_integration import events_integration, find_integration
from pd_incident_action.pagerduty.on_calls import OnCalls
from pd_incident_action.pagerduty.services import Services, to_service

from .base import Operation, OperationContext, OperationInputs

if TYPE_CHECKING:
    from pd_incident_action.pagerduty.client import Json


class CreateService(Operation):
    """Add a service, with an integration and its routing key, unless it is there."""

    name = "create-service"
    summary = "Add a service, with an integration and its routing key, unless it is there"
    scopes = (
        "escalation_policies.read",
        "oncalls.read",
        "services.read",
        "services.write",
        "users.read",
    )
    port_blueprint = "pagerdutyService"
    entity_blueprint = "pagerdutyService"
    outputs = {
        "service-id": "Id of the service.",
        "service-url": "The service's web page.",
        "integration-id": "Id of the service's Events API v2 integration.",
        "integration-key": "The integration's routing key, masked in the logs. For later steps "
        "of the same job only: GitHub passes no masked value on to other jobs.",
    }

    class Inputs(OperationInputs):
        """The inputs of `create-service`."""

        name: Annotated[
            Name,
            InputSpec(
                "What the service is called; no other service may have that name.", "Checkout"
            ),
        ]
        description: Annotated[
            Text | None,
            InputSpec(
                "What it is, for those who are paged.", "The shop's checkout", multiline=True
            ),
        ] = None
        escalation_policy: Annotated[
            Name,
            InputSpec(
                "Escalation policy to page when something is wrong with it, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ]
        integration: Annotated[
            Literal["events-v2", "none"],
            CaseInsensitive,
            InputSpec(
                "Integration to let events in: `events-v2`, whose routing key becomes the output "
                "`integration-key`, or `none`.",
                example="none",
            ),
        ] = "events-v2"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Creating service {self.inputs.name} in PagerDuty"

    def run(self) -> Outcome:
        """Add the service and its integration, as far as they aren't there.

        Returns:
            The service, whether this run added it, and its routing key; where the service is there
            but its integration failed, also that failure.

        Raises:
            ActionError: there is no such escalation policy, or PagerDuty didn't add the service.
        """
        policy_id = self.context.names.escalation_policy(self.inputs.escalation_policy)
        there = _find(self.inputs, self.context)
        service, created = (
            (there, False) if there else _create(self.inputs, self.context, policy_id)
        )
        integration, key, failures = _integration(self.inputs, service, self.context)
        on_call, warnings = _on_call(service, self.context)
        if not created:
            warnings = _other_policy(service, policy_id, self.inputs) + warnings
        return Outcome(
            message=_message(self.inputs, service, created=created),
            service=to_service(service, on_call),
            created=created,
            response={"service": service, "integration": integration},
            outputs=_outputs(service, integration),
            secrets={"integration-key": key} if key else {},
            failures=failures,
            warnings=warnings,
        )

    def recover(self) -> Outcome | None:
        """Find the service that an interrupted `run` may have added.

        Returns:
            The service, without its key, or None.

        Raises:
            ApiError: PagerDuty refused or wasn't reached.
        """
        service = _find(self.inputs, self.context)
        if service is None:
            return None
        return Outcome(
            message=_message(self.inputs, service, created=False),
            service=to_service(service),
            created=None,
            outputs=_outputs(service, find_integration(service) or {}),
        )


def _find(request: CreateService.Inputs, tools: OperationContext) -> Json | None:
    """Find the service by its whole name, with its integrations."""
    found = Directory(tools.pagerduty).named(SERVICES, request.name)
    return Services(tools.pagerduty).service(found[0]["id"], "integrations") if found else None


def _create(
    request: CreateService.Inputs, tools: OperationContext, policy_id: str
) -> tuple[Json, bool]:
    """Add the service, and tell whether it was us; names are taken only once."""
    services = Services(tools.pagerduty)
    create = partial(services.create, request.name, request.description or "", policy_id)
    try:
        return create_or_find(create, partial(_find, request, tools)), True
    except ApiRejected:
        # Somebody else may have added it since we looked.
        there = _find(request, tools)
        if there is None:
            raise
        return there, False


def _integration(
    request: CreateService.Inputs, service: Json, tools: OperationContext
) -> tuple[Json, str, tuple[ActionError, ...]]:
    """Give the integration, its key, hidden from now on, and what went wrong with it."""
    if request.integration == "none":
        return {}, "", ()
    try:
        integration = events_integration(Services(tools.pagerduty), service)
    except ApiError as error:
        return {}, "", (error,)
    key = str(integration.get("integration_key") or "")
    tools.mask(key)
    missing = NotApplicable(
        f"PagerDuty did not show the key of service {service['id']}'s integration",
        "the API key may not see it",
        "copy it from the service's page in PagerDuty",
    )
    return integration, key, () if key else (missing,)


def _on_call(service: Json, tools: OperationContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell who is on call for it; the service is there, so trouble here is only a warning."""
    policy_id = str((service.get("escalation_policy") or {}).get("id") or "")
    try:
        shifts = shifts_of(OnCalls(tools.pagerduty).of_policy(policy_id)) if policy_id else ()
    except ApiError as error:
        return (), (f"The service is there, but {error}",)
    if shifts:
        return emails_of(shifts), ()
    return (), ("A page for the service would reach nobody: nobody is on call.",)


def _other_policy(service: Json, policy_id: str, request: CreateService.Inputs) -> tuple[str, ...]:
    policy = service.get("escalation_policy") or {}
    if policy.get("id") == policy_id:
        return ()
    pages = f"Service {request.name} pages escalation policy {policy.get('summary', '')}"
    return (f"{pages}, not {request.escalation_policy}: change that in PagerDuty if need be.",)


def _message(request: CreateService.Inputs, service: Json, *, created: bool) -> str:
    policy = (service.get("escalation_policy") or {}).get("summary") or request.escalation_policy
    what = "Created service" if created else "There is already a service"
    return f"{what} {service.get('name') or request.name}, which pages {policy}."


def _outputs(service: Json, integration: Json) -> dict[str, str]:
    return {
        "service-id": str(service.get("id") or ""),
        "service-url": str(service.get("html_url") or ""),
        "integration-id": str(integration.get("id") or ""),
    }

"""Create a service in PagerDuty, with an integration that accepts its events."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal

from pd_incident_action.errors import ActionError, ApiError, ApiRejected, NotApplicable
from pd_incident_action.inputs.fields import CaseInsensitive, InputSpec, Name, Text
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.directory import SERVICES, Directory, OnCalls, by_level, emails_of
from pd_incident_action.pagerduty.idempotency import create_or_find
from pd_incident_action.pagerduty.models import Integration, Service
from pd_incident_action.pagerduty.services import Services

from .base import Operation, OperationInputs


class CreateService(Operation):
    name = "create-service"
    summary = "Create a service with an Events API v2 integration, if it is missing"
    group = "Services and changes"
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
        "service-url": "URL of the service's page.",
        "integration-id": "Id of the service's Events API v2 integration.",
        "integration-key": "Routing key of the integration, masked in logs. Only for later steps "
        "of the same job: GitHub doesn't pass masked values to other jobs.",
    }

    class Inputs(OperationInputs):
        name: Annotated[
            Name,
            InputSpec("Name of the service; must be unique.", "Checkout", main=("name",)),
        ]
        description: Annotated[
            Text | None,
            InputSpec("Service description.", "The shop's checkout", multiline=True),
        ] = None
        escalation_policy: Annotated[
            Name,
            InputSpec(
                "Escalation policy of the service, by id or name.",
                example="Platform",
                aliases=("escalation_policy_id",),
            ),
        ]
        integration: Annotated[
            Literal["events-v2", "none"],
            CaseInsensitive,
            InputSpec(
                "Integration to create: `events-v2`, whose routing key becomes the output "
                "`integration-key`, or `none`.",
                example="none",
            ),
        ] = "events-v2"

    inputs: Inputs

    def start_message(self) -> str:
        return f"Creating service {self.inputs.name} in PagerDuty"

    def run(self) -> Outcome:
        policy_id = self.context.names.escalation_policy(self.inputs.escalation_policy)
        service, created = self._create(policy_id)
        integration, failures = self._fetch_integration(service)
        on_call, warnings = self._fetch_on_call(service)
        policy = service.escalation_policy
        if not created and policy.id != policy_id:
            other = (
                f"Service {self.inputs.name} pages escalation policy {policy.label}, not "
                f"{self.inputs.escalation_policy}: change that in PagerDuty if need be."
            )
            warnings = (other, *warnings)
        key = integration.integration_key
        return replace(
            self._outcome(service, integration, created=created),
            service=service.to_service(on_call),
            response={"service": service.raw, "integration": integration.raw},
            secrets={"integration-key": key} if key else {},
            failures=failures,
            warnings=warnings,
        )

    def recover(self) -> Outcome | None:
        service = self._find()
        if service is None:
            return None
        return self._outcome(service, service.events_integration, created=None)

    def _outcome(
        self, service: Service, integration: Integration | None, *, created: bool | None
    ) -> Outcome:
        name = service.name or self.inputs.name
        policy = service.escalation_policy.summary or self.inputs.escalation_policy
        done = f"Created service {name}" if created else f"Service {name} already exists"
        return Outcome(
            message=f"{done} (escalation policy {policy}).",
            service=service.to_service(),
            created=created,
            outputs={
                "service-id": service.id,
                "service-url": service.html_url,
                "integration-id": integration.id if integration else "",
            },
        )

    def _find(self) -> Service | None:
        """Find the service by its whole name, with its integrations."""
        pagerduty = self.context.pagerduty
        found = Directory(pagerduty).find_by_name(SERVICES, self.inputs.name)
        return Services(pagerduty).get(found[0].id, "integrations") if found else None

    def _create(self, policy_id: str) -> tuple[Service, bool | None]:
        """Create the service unless it is there; names are taken only once."""
        create = partial(
            Services(self.context.pagerduty).create,
            self.inputs.name,
            self.inputs.description or "",
            policy_id,
        )
        deadline, may_race = self.context.deadline, self.context.is_port_run
        try:
            return create_or_find(create, self._find, deadline, may_race=may_race)
        except ApiRejected:
            # Somebody else may have created it since we looked.
            if existing := self._find():
                return existing, False
            raise

    def _fetch_integration(self, service: Service) -> tuple[Integration, tuple[ActionError, ...]]:
        """Return the integration, its key masked from now on, and what went wrong with it."""
        if self.inputs.integration == "none":
            return Integration(), ()
        try:
            integration = Services(self.context.pagerduty).events_integration(service)
        except ApiError as error:
            return Integration(), (error,)
        if integration.integration_key:
            self.context.mask(integration.integration_key)
            return integration, ()
        hidden = NotApplicable(
            f"PagerDuty failed to show the key of service {service.id}'s integration",
            "the API key may not see it",
            "copy it from the service's page in PagerDuty",
        )
        return integration, (hidden,)

    def _fetch_on_call(self, service: Service) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who is on call, and warnings; if that fails, the service still stands."""
        policy_id = service.escalation_policy.id
        try:
            on_calls = OnCalls(self.context.pagerduty).find(policies=[policy_id])
            found = by_level(on_calls) if policy_id else ()
        except ApiError as error:
            return (), (f"The service is there, but {error}",)
        if found:
            return emails_of(found), ()
        return (), ("A page for the service would reach nobody: nobody is on call.",)

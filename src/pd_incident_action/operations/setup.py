"""Install what Port needs for this action, and have PagerDuty send Port its events.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks, and
https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pd_incident_action import providers
from pd_incident_action.doctor.finding import clock_warnings
from pd_incident_action.errors import (
    ActionError,
    InputError,
    InputProblem,
    empty_credential,
    unknown_choice,
)
from pd_incident_action.inputs.fields import (
    ApiUrl,
    CaseInsensitive,
    Folder,
    Headers,
    InputSpec,
    NameList,
    ShortText,
)
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.provider import PagerDutySettings
from pd_incident_action.pagerduty.webhooks import WebhookSubscriptions
from pd_incident_action.port.resources import PortResources, SelfServiceAction
from pd_incident_action.setup import resources
from pd_incident_action.setup.installer import Installer, StepLog
from pd_incident_action.setup.webhook import WebhookEndpoints, conform_webhook
from pd_incident_action.setup.workflows import (
    BackendName,
    with_next_steps,
    workflow_actions,
    write_workflows,
)
from pd_incident_action.text import Json

from .base import Operation, OperationInputs
from .sync import Sync

_SCOPE = re.compile(r"account|(?P<kind>team|service):\s*(?P<name>\S.*)")
_SCOPES = "must be account, team: and a team's id, or service: and a service's id or name"


class Setup(Operation):
    name = "setup"
    summary = "Install blueprints and self-service actions in Port, and webhooks in PagerDuty"
    group = "Setting up and syncing"
    required_credentials = ("port-client-id", "port-client-secret")
    scopes = (*Sync.scopes, "webhook_subscriptions.read", "webhook_subscriptions.write")
    port_blueprint = ""
    needs_checkout = True
    entity_blueprint = ""
    outputs = {
        "added": "Names of the resources added to Port and PagerDuty, separated by commas.",
        "changed": "Names of the resources changed, separated by commas.",
    }

    class Inputs(OperationInputs):
        actions: Annotated[
            NameList | None,
            InputSpec(
                "Self-service actions to install, separated by commas: names of operations "
                "(prefixed with the provider, unless it is PagerDuty), `all` or `none`.",
                example="create, escalate",
                main=("actions",),
                default_help="`all`",
            ),
        ] = None
        backend: Annotated[
            BackendName,
            CaseInsensitive,
            InputSpec(
                "What starts the workflows: Port's GitHub `ocean` integration, or the "
                "`github-app` that Port retired. `auto` is GitHub Ocean where it is installed.",
                example="ocean",
            ),
        ] = "auto"
        first_copy: Annotated[
            bool,
            InputSpec(
                "`true` copies services, who is on call, and open incidents to the catalog once, "
                "as `sync` does.",
                example="true",
                from_form=False,
            ),
        ] = False
        dashboard: Annotated[
            bool,
            InputSpec(
                "`true` also adds a dashboard to Port: open incidents, who is on call, and the "
                "latest runs. Port calls its API for pages beta.",
                example="true",
            ),
        ] = False
        webhook_actions: Annotated[
            bool,
            InputSpec(
                "`true` also installs the variant of the actions in which Port calls PagerDuty "
                "directly, without a workflow, and the automations that write the result into the "
                "catalog.",
                example="true",
            ),
        ] = False
        webhooks: Annotated[
            bool | None,
            InputSpec(
                "`true` subscribes Port to PagerDuty's events about incidents and services; "
                "`false` doesn't.",
                example="false",
                default_help="`true` with a `pagerduty-token`",
            ),
        ] = None
        scope: Annotated[
            ShortText,
            InputSpec(
                "Which events PagerDuty sends to Port: those of the whole `account`, of a team "
                "(`team:` and its id), or of a service (`service:` and its id or name).",
                example="service:Checkout",
                default_help="as it is, at first `account`",
            ),
        ] = "account"
        webhook_headers: Annotated[
            Headers | None,
            InputSpec(
                "Headers that PagerDuty adds to the events it sends to Port: `Name: value`, one "
                "per line.",
                example="X-Environment: production",
                trusted=True,
            ),
        ] = None
        workflows: Annotated[
            Folder | None,
            InputSpec(
                "Folder below the workspace to write the actions' workflows to, for you to commit.",
                example=".github/workflows",
                trusted=True,
            ),
        ] = None
        overwrite: Annotated[
            bool,
            InputSpec(
                "`true` replaces workflow files that differ from the examples.",
                example="true",
                trusted=True,
            ),
        ] = False
        port_ingest_url: Annotated[
            ApiUrl | None,
            InputSpec(
                "Base URL that receives Port's webhooks.",
                example="https://ingest.port.io",
                default_help="as Port reports it, or by `port-region`",
                trusted=True,
            ),
        ] = None

    inputs: Inputs

    def start_message(self) -> str:
        return "Setting up Port: blueprints, self-service actions and webhooks"

    def run(self) -> Outcome:
        """Install what is missing; what exists keeps users' changes."""
        inputs, context = self.inputs, self.context
        selected, scope = self._selected_actions(), self._scope()
        if inputs.first_copy and context.find(PagerDuty) is None:
            raise InputError([empty_credential("pagerduty-token", "first-copy: true")])
        step_log = StepLog(context.log, context.dry_run)
        installer = Installer(PortResources(context.port), step_log)
        actions = self._actions(selected, installer)
        bodies = [*resources.blueprints(context.config.statuses), *actions]
        if inputs.dashboard:
            bodies.append(resources.dashboard({body["identifier"] for body in actions}))
        installer.install(bodies)
        step_log.warnings += resources.required_secrets(actions)
        if scope is not None:
            self._connect_webhook(installer, scope)
        workspace = Path(context.identity.workspace)
        if inputs.workflows is not None:
            texts = resources.workflows(selected)
            write_workflows(
                step_log, workspace, inputs.workflows, texts, overwrite=inputs.overwrite
            )
        step_log.warnings += clock_warnings(context.trial.request_log.attempts)
        outcome = step_log.outcome()
        outcome = self._copy(outcome) if inputs.first_copy else outcome
        installed = [SelfServiceAction.read(installer.bodies[one["identifier"]]) for one in actions]
        started = [one.invocation for one in installed]
        return with_next_steps(outcome, step_log, workspace, started)

    def _selected_actions(self) -> list[str]:
        known = resources.slugs()
        requested = self.inputs.actions or ("all",)
        if requested == ("all",):
            return known
        if requested == ("none",):
            return []
        if unknown := [name for name in requested if name not in known]:
            raise InputError([unknown_choice("actions", unknown[0], ["all", "none", *known])])
        return [name for name in known if name in requested]

    def _scope(self) -> Json | None:
        """Return the subscription's filter, or None where no webhook is to be connected."""
        match = _SCOPE.fullmatch(self.inputs.scope)
        if match is None:
            problem = f"{_SCOPES}, not '{self.inputs.scope}'"
            raise InputError([InputProblem("scope", problem, "account")])
        has_token = self.context.find(PagerDuty) is not None
        if self.inputs.webhooks is False or (self.inputs.webhooks is None and not has_token):
            return None
        if not has_token:
            raise InputError([empty_credential("pagerduty-token", "webhooks: true")])
        if match["kind"] is None:
            return {"type": "account_reference"}
        name = match["name"]
        identifier = self.context.names.service(name) if match["kind"] == "service" else name
        return {"type": f"{match['kind']}_reference", "id": identifier}

    def _actions(self, selected: Sequence[str], installer: Installer) -> list[Json]:
        """Return the actions and automations, in the form that suits the account."""
        inputs = self.inputs
        copied = Sync.copied if inputs.first_copy else (Sync.entity_blueprint,)
        repository = self.context.identity.repository
        actions = workflow_actions(installer, selected, repository, inputs.backend, copied)
        if inputs.webhook_actions:
            region = self.context.trial.settings.of(PagerDutySettings).pagerduty_region
            actions += resources.webhook_actions(selected, region)
        return [self._with_choices(body, installer) for body in actions]

    def _with_choices(self, action: Json, installer: Installer) -> Json:
        """Fill a new action's form from the provider's account; what stands is left alone."""
        if installer.find(action) is None:
            for provider in providers.find_all():
                action = provider.load_account().offer_choices(self.context, action)
        return action

    def _connect_webhook(self, installer: Installer, scope: Json) -> None:
        """Connect PagerDuty with mappings that suit the blueprints as they are."""
        config, status = self.context.config, resources.WEBHOOK_STATUS
        status = config.status_expression(status) if config.statuses else status
        webhook, warnings = conform_webhook(
            resources.webhook(status), installer.bodies, resources.blueprints(config.statuses)
        )
        installer.step_log.warnings += warnings
        endpoints = WebhookEndpoints(
            port=installer.port,
            pagerduty=WebhookSubscriptions(self.context.pagerduty),
            mask=self.context.mask,
            step_log=installer.step_log,
            region=self.context.trial.settings.port_region,
            ingest_url=self.inputs.port_ingest_url,
            headers=self.inputs.webhook_headers or {},
            keeps_scope="scope" not in self.inputs.model_fields_set,
        )
        endpoints.connect_webhook(webhook, scope)

    def _copy(self, outcome: Outcome) -> Outcome:
        """Copy what PagerDuty has; what is installed stays in any case."""
        if self.context.dry_run:
            self.context.log("would copy services, who is on call, and open incidents")
            return outcome
        blueprint = self.context.blueprint or Sync.entity_blueprint
        try:
            copied = Sync(Sync.Inputs(), replace(self.context, blueprint=blueprint)).run()
        except ActionError as error:
            self.context.log("Run operation: sync to copy the rest.")
            return replace(outcome, failures=(*outcome.failures, error))
        return replace(
            outcome,
            message=f"{outcome.message} {copied.message}",
            failures=copied.failures,
            tables=(*outcome.tables, *copied.tables),
            warnings=(*outcome.warnings, *copied.warnings),
        )

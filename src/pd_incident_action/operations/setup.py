"""Install what Port needs for this action, and have PagerDuty send Port its events.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks, and
https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Annotated

from pd_incident_action import providers
from pd_incident_action.doctor.finding import clock_warnings
from pd_incident_action.errors import (
    ActionError,
    InputError,
    InputProblem,
    NotApplicable,
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
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.provider import PagerDutySettings
from pd_incident_action.pagerduty.webhooks import WebhookSubscriptions
from pd_incident_action.port.resources import (
    PortResources,
    PortWebhook,
    ResourceType,
    SelfServiceAction,
)
from pd_incident_action.setup import resources, workflow_files
from pd_incident_action.setup.backend import BackendName, find_backend
from pd_incident_action.setup.installer import Installer, State, StepLog
from pd_incident_action.setup.merging import conform_webhook
from pd_incident_action.setup.webhook import WebhookEndpoints
from pd_incident_action.text import Json

from .base import Operation, OperationInputs
from .sync import Sync

_INGEST = {"eu": "https://ingest.port.io", "us": "https://ingest.us.port.io"}
_SCOPE = re.compile(r"account|(?P<kind>team|service):\s*(?P<name>\S.*)")
_SCOPES = "must be account, team: and a team's id, or service: and a service's id or name"
Workflows = Mapping[str, str]
"""What is to be committed: file names, and why."""

_EXAMPLES = "https://github.com/org/pd-incident-action/blob/v1/examples/workflows"
_STATES: tuple[State, ...] = ("added", "changed", "removed", "unchanged")


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
        selected = self._selected_actions()
        scope = self._scope()
        if self.inputs.first_copy and self.context.find(PagerDuty) is None:
            raise InputError([empty_credential("pagerduty-token", "first-copy: true")])
        webhook_actions = self._webhook_actions(selected)
        step_log = StepLog(self.context.log, self.context.dry_run)
        installer = Installer(self._port, step_log)
        actions = self._workflow_actions(selected, installer, step_log) + webhook_actions
        actions = [self._with_choices(body, installer) for body in actions]
        bodies: list[tuple[ResourceType, Json]] = [
            *(("blueprint", body) for body in resources.blueprints(self.context.config.statuses)),
            *((_type_of(body), body) for body in actions),
        ]
        if self.inputs.dashboard:
            shown = {body["identifier"] for body in actions}
            bodies.append(("page", resources.dashboard(shown)))
        # All is read before anything is changed, so that what can't be done is found out first.
        for kind, body in bodies:
            installer.check(kind, body)
        for kind, body in bodies:
            installer.install(kind, body)
        step_log.warnings += _required_secrets(webhook_actions)
        if scope is not None:
            self._connect_webhook(installer, scope, step_log)
        workspace = Path(self.context.identity.workspace)
        if self.inputs.workflows is not None:
            workflow_files.write_workflows(
                step_log,
                workspace,
                self.inputs.workflows,
                resources.workflows(selected),
                overwrite=self.inputs.overwrite,
            )
        step_log.warnings += clock_warnings(self.context.trial.request_log.attempts)
        outcome = _outcome(step_log)
        outcome = self._copy(outcome) if self.inputs.first_copy else outcome
        installed = [installer.bodies[one["identifier"]] for one in actions]
        return _with_next(outcome, self._to_commit(workspace, installed, step_log))

    def _with_choices(self, action: Json, installer: Installer) -> Json:
        """Fill a new action's form from the provider's account; what stands is left alone."""
        if installer.find(_type_of(action), action["identifier"]) is None:
            for provider in providers.find_all():
                action = provider.load_account().offer_choices(self.context, action)
        return action

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

    def _to_commit(self, workspace: Path, actions: Sequence[Json], step_log: StepLog) -> Workflows:
        """Return the workflows that the actions start and the repository lacks, and why."""
        written = [one for one in step_log.steps if one.kind == "workflow"]
        if written:
            return {one.name: one.state for one in written if one.state != "unchanged"}
        started = [SelfServiceAction.read(body).invocation for body in actions]
        names = [one for one in started if one.workflow]
        if not workflow_files.is_checked_out(workspace):
            return {one.workflow: "the repository isn't checked out" for one in names}
        problems = {one.workflow: workflow_files.find_problem(workspace, one) for one in names}
        return {name: problem for name, problem in problems.items() if problem}

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

    def _workflow_actions(
        self, selected: Sequence[str], installer: Installer, step_log: StepLog
    ) -> list[Json]:
        """Return the actions that start workflows, in the form that suits the account."""
        repository = self.context.identity.repository
        if selected and "/" not in repository:
            raise NotApplicable(
                "The actions were not installed",
                "GITHUB_REPOSITORY doesn't say which repository has the workflows",
                "run setup in a workflow of that repository, or set actions: none",
            )
        if not selected:
            return []
        backend = find_backend(self._port, self.inputs.backend)
        step_log.warnings += backend.warnings
        bodies = resources.workflow_actions(selected, repository)
        copied = set(Sync.copied) if self.inputs.first_copy else {Sync.entity_blueprint}
        picked = sorted(resources.picked_blueprints(bodies) - copied)
        empty = {name for name in picked if not self._port.has_entities(name)}
        usable = [resources.without_pickers(body, empty) for body in bodies]
        return [
            backend.adapt(body, installer.find("action", body["identifier"])) for body in usable
        ]

    @property
    def _port(self) -> PortResources:
        return PortResources(self.context.port)

    def _webhook_actions(self, selected: Sequence[str]) -> list[Json]:
        if not self.inputs.webhook_actions:
            return []
        region = self.context.trial.settings.of(PagerDutySettings).pagerduty_region
        return resources.webhook_actions(selected, region)

    def _connect_webhook(self, installer: Installer, scope: Json, step_log: StepLog) -> None:
        """Connect PagerDuty with mappings that suit the blueprints as they are."""
        config = self.context.config
        status = resources.WEBHOOK_STATUS
        if config.statuses:
            status = config.status_expression(status)
        webhook, warnings = conform_webhook(
            resources.webhook(status), installer.bodies, resources.blueprints(config.statuses)
        )
        step_log.warnings += warnings
        endpoints = WebhookEndpoints(
            port=self._port,
            pagerduty=WebhookSubscriptions(self.context.pagerduty),
            url_of=self._webhook_url,
            mask=self.context.mask,
            step_log=step_log,
            headers=self.inputs.webhook_headers or {},
            keeps_scope="scope" not in self.inputs.model_fields_set,
        )
        endpoints.connect_webhook(webhook, scope)

    def _webhook_url(self, webhook: PortWebhook) -> str:
        if webhook.url and self.inputs.port_ingest_url is None:
            return webhook.url
        region = self.context.trial.settings.port_region
        return f"{self.inputs.port_ingest_url or _INGEST[region]}/{webhook.key or 'dry-run'}"


def _type_of(body: Json) -> ResourceType:
    return "automation" if body["trigger"]["type"] == "automation" else "action"


def _required_secrets(webhook_actions: Sequence[Json]) -> list[str]:
    """Name the secrets that only a person can add to Port; nobody can read which exist."""
    names = ", ".join(sorted(set(re.findall(r"\.secrets\.(\w+)", json.dumps(webhook_actions)))))
    text = f"The actions without a workflow use secrets of Port: add {names} in Port."
    return [text] if names else []


def _outcome(step_log: StepLog) -> Outcome:
    counts = Counter(step.state for step in step_log.steps)
    summary = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
    steps = step_log.steps
    return Outcome(
        message=f"Setup complete: {summary}.",
        created=bool(counts["added"]),
        write_entity=False,
        response={
            "setup": [{"kind": one.kind, "name": one.name, "state": one.state} for one in steps]
        },
        outputs={
            "added": ",".join(step_log.names("added")),
            "changed": ",".join(step_log.names("changed")),
        },
        tables=(
            Table(
                "Setup",
                ("Kind", "Name", "State", "Changes"),
                tuple((one.kind, one.name, one.state, "; ".join(one.changes)) for one in steps),
            ),
        ),
        warnings=tuple(step_log.warnings),
    )


def _with_next(outcome: Outcome, to_commit: Workflows) -> Outcome:
    """End with what is left to do."""
    if not to_commit:
        return outcome
    examples = {f"{slug}.yml": f"{_EXAMPLES}/{slug}.yml" for slug in resources.slugs()}
    rows = tuple(
        (name, why, examples.get(PurePosixPath(name).name, "")) for name, why in to_commit.items()
    )
    table = Table(f"Next: commit to {workflow_files.FOLDER}", ("Workflow", "Why", "From"), rows)
    message = f"{outcome.message} Next: commit these workflows: {', '.join(to_commit)}."
    return replace(outcome, message=message, tables=(*outcome.tables, table))

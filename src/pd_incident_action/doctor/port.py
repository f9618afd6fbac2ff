"""Checks of Port: blueprints, self-service actions, the run, and the webhook that `setup` adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from pd_incident_action import providers
from pd_incident_action.errors import ApiRejected
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Outcome
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.webhooks import WebhookSubscription, WebhookSubscriptions
from pd_incident_action.port import mapping
from pd_incident_action.port.client import IN_PROGRESS, PortClient, is_node_run
from pd_incident_action.port.resources import (
    APP,
    OCEAN,
    InvocationMethod,
    PortResources,
    PortWebhook,
    SelfServiceAction,
)
from pd_incident_action.setup import resources, workflows
from pd_incident_action.setup.webhook import EVENTS

from .finding import Check, Finding, error, ok, run_checks, warning

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

PORT_CREDENTIALS = "Port credentials"
_ACTION, _ACTIONS = "self-service action", "self-service actions"
_SETUP = "run operation: setup"


def check_port(context: OperationContext, *, ping: bool) -> list[Finding]:
    """Check everything that the action needs of Port, with credentials that are good."""
    port, settings, identity = context.port, context.trial.settings, context.identity
    port.sign_in()
    unknown = "is not in this Port account"
    no_blueprint = unknown, f"{_SETUP} to create it, or name yours with the input blueprint"
    checks = [
        Check(
            f"blueprint {name}",
            partial(_check_blueprint, port, name, example),
            {HTTPStatus.NOT_FOUND: no_blueprint},
        )
        for name, example in _blueprints(settings).items()
    ]
    webhook = partial(_check_webhook, port, context.find(PagerDuty), ping=ping)
    actions = partial(_check_actions, port, identity.repository, Path(identity.workspace))
    checks += Check("webhook", webhook), Check(_ACTIONS, actions)
    run_id = settings.port_run_id
    if run_id and not is_node_run(run_id):
        what, remedy = f"Port run {run_id}", "check port-run-id, port-context and port-region"
        check = partial(_check_run, port, run_id, what)
        checks.append(Check(what, check, {HTTPStatus.NOT_FOUND: (unknown, remedy)}))
    return [ok(PORT_CREDENTIALS, f"valid, region {settings.port_region}"), *run_checks(checks)]


def _blueprints(settings: Settings) -> dict[str, Outcome]:
    """Return the blueprints that entities are written to, each with an example.

    They are those of the providers that can page, without any credentials the default's.
    """
    every = providers.find_all()
    paging = [one for one in every if settings.of(one.settings).can_page] or every[:1]
    found: dict[str, Outcome] = {}
    for provider in paging:
        for name, example in provider.load_account().examples().items():
            is_users = provider.name == settings.provider and example.incident is not None
            found.setdefault((is_users and settings.blueprint) or name, example)
    return found


def _check_blueprint(port: PortClient, name: str, example: Outcome) -> Iterator[Finding]:
    """Check whether a blueprint accepts what the action writes."""
    blueprint, what = port.blueprint(name), f"blueprint {name}"
    (entity,) = mapping.to_entities(example, name)
    # A relation to a service is written by whatever name the blueprint has for it.
    required = {*blueprint.required} | {
        name
        for name, relation in blueprint.relations.items()
        if relation.required and relation.target not in entity.relations
    }
    if unmet := required - {*entity.properties, *entity.relations}:
        finding = f"requires {', '.join(sorted(unmet))}, which the action does not write"
        yield error(what, finding, "make that optional in Port: new entities are refused")
    elif missing := mapping.conform_to_blueprint(entity, blueprint).missing:
        finding = f"lacks {', '.join(missing)}, which entities are written without"
        yield warning(what, finding, "add them to see them in the catalog")
    else:
        yield ok(what, "has every property the action writes")


def _check_run(port: PortClient, run_id: str, what: str) -> Iterator[Finding]:
    """Check that a run is in progress, so that it can be reported to."""
    status = port.action_run(run_id).status
    if status == IN_PROGRESS:
        yield ok(what, "is in progress")
    else:
        remedy = (
            "start another one in Port: an ended run takes no more log lines, links or entities"
        )
        yield error(what, f"has already ended ({status})", remedy)


def _check_actions(port: PortClient, repository: str, workspace: Path) -> Iterator[Finding]:
    """Check which actions are installed, and what they start.

    Yields:
        A finding for each that starts something else or whose workflow won't start, one for all
        whose workflow is missing, one for each backend, and one for all others.
    """
    desired = {
        action.identifier: action.invocation
        for body in resources.workflow_actions(resources.slugs(), repository)
        for action in [SelfServiceAction.read(body)]
    }
    port_resources = PortResources(port)
    installed = [one for one in port_resources.self_service_actions() if one.identifier in desired]
    if not installed:
        finding = f"none of the {len(desired)} actions of port/actions is installed"
        yield warning(_ACTIONS, finding, f"{_SETUP} to install them, or ignore this")
        return
    good = []
    for one in installed:
        mismatch = repository and _mismatch(one.invocation, desired[one.identifier])
        if mismatch:
            yield warning(f"{_ACTION} {one.identifier}", *mismatch)
        else:
            good.append(one)
    yield from _check_backends(installed, port_resources)
    if good and not workflows.is_checked_out(workspace):
        finding = f"{len(good)} of {len(desired)} are installed; whether this repository has their "
        finding += "workflows isn't known"
        yield warning(_ACTIONS, finding, "check it out before this step")
    else:
        yield from _check_workflows(good, len(desired), workspace)


def _mismatch(found: InvocationMethod, desired: InvocationMethod) -> tuple[str, str] | None:
    """Return what an action starts in place of this repository's workflow, and the remedy."""
    if found.type not in {APP, OCEAN}:
        return None
    started, repository = f"{found.org}/{found.repo}", f"{desired.org}/{desired.repo}"
    if started.casefold() != repository.casefold():
        finding = f"starts a workflow of {started}, not of {repository}"
        return finding, f"set org and repo of its invocation method to {repository}"
    if found.workflow != desired.workflow:
        return f"starts {found.workflow}, not {desired.workflow}", (
            "check that this workflow is in .github/workflows and uses the action for this"
        )
    return None


def _check_backends(
    actions: Sequence[SelfServiceAction], port_resources: PortResources
) -> Iterator[Finding]:
    """Check what starts actions: an integration that is there, or the app that Port retired."""
    try:
        integrations = port_resources.ocean(acting=False)
    except ApiRejected:
        # A member may not list them.
        integrations = [one.invocation.installation for one in actions]
    groups: dict[tuple[str, str], list[str]] = {}
    for one in actions:
        group = one.invocation.type, one.invocation.installation
        groups.setdefault(group, []).append(one.identifier)
    for (kind, integration), names in groups.items():
        what, starter = f"{_ACTIONS} {', '.join(names)}", f"GitHub Ocean integration {integration}"
        if kind == APP:
            yield warning(
                what, "are started by Port's GitHub app, which Port has retired", workflows.MOVE
            )
        elif kind != OCEAN:
            yield ok(what, f"are run by {kind}, not by a GitHub workflow")
        elif integration not in integrations:
            finding = f"are started by {starter}, which isn't installed"
            yield error(what, finding, f"{_SETUP}, which moves them to another")
        else:
            yield ok(what, f"are started by {starter}")


def _check_workflows(
    actions: Sequence[SelfServiceAction], total: int, workspace: Path
) -> Iterator[Finding]:
    started = [one for one in actions if one.invocation.workflow]
    missing, good = [], 0
    for one in started:
        problem = workflows.find_problem(workspace, one.invocation)
        if problem == workflows.MISSING:
            missing.append(one.invocation.workflow)
        elif problem:
            finding = f"a click fails, since {one.invocation.workflow} {problem}"
            remedy = "take the file of the same name from the action's examples/workflows"
            yield error(f"{_ACTION} {one.identifier}", finding, remedy)
        else:
            good += 1
    if missing:
        finding = f"a click fails, since {workflows.FOLDER} lacks {', '.join(missing)}"
        remedy = "commit what setup writes with workflows: .github/workflows, or delete the actions"
        yield error(_ACTIONS, finding, remedy)
    if good:
        finding = f"{good} of {total} are installed, and this repository has the workflows"
        yield ok(_ACTIONS, f"{finding} that they start")


def _check_webhook(
    port: PortClient, pagerduty: PagerDuty | None, *, ping: bool
) -> Iterator[Finding]:
    """Check that what happens in PagerDuty arrives in Port.

    Args:
        port: Port's API.
        pagerduty: PagerDuty's REST API, or None where only Port can be looked at.
        ping: whether PagerDuty is to send Port a test event.
    """
    name = resources.webhook()["identifier"]
    what = f"webhook {name}"
    try:
        found = PortResources(port).find("webhook", name)
        webhook = PortWebhook.read(found)
        if found is None:
            yield ok(what, "isn't in Port, which shows only what the action does")
        elif not webhook.enabled:
            remedy = f"enable it, or {_SETUP}"
            yield error(what, "is disabled in Port, so no event arrives", remedy)
        elif not webhook.secret:
            yield error(what, "has no secret, so Port takes events from anybody", _SETUP)
        else:
            yield ok(what, "is enabled in Port, and checks signatures")
        if found is not None and pagerduty is not None:
            yield from _check_subscription(WebhookSubscriptions(pagerduty), webhook, ping=ping)
    except ApiRejected as reason:
        yield warning(what, f"can't be checked: {reason.summary}", reason.remedy)


def _check_subscription(
    subscriptions: WebhookSubscriptions, webhook: PortWebhook, *, ping: bool
) -> Iterator[Finding]:
    found = [one for one in subscriptions.all() if _delivers_to(webhook, one)]
    if not found:
        what = "webhook subscription"
        yield error(what, "PagerDuty delivers nothing to Port's webhook", _SETUP)
    for one in found:
        what = f"webhook subscription {one.id}"
        missing = [event for event in EVENTS if event not in one.events]
        if not one.active:
            yield error(what, "isn't active, so PagerDuty delivers nothing", _SETUP)
        elif one.is_suspended:
            finding = "is disabled for a day, since Port didn't accept what was delivered"
            yield error(what, finding, "see the audit log of the webhook in Port")
        elif missing:
            yield warning(what, f"doesn't deliver {', '.join(missing)}", _SETUP)
        else:
            yield ok(what, "delivers every event to Port")
        if ping:
            subscriptions.ping(one.id)
            yield ok(what, "PagerDuty sends Port a test event: see the webhook's log in Port")


def _delivers_to(webhook: PortWebhook, subscription: WebhookSubscription) -> bool:
    url = subscription.url
    return url == webhook.url or bool(webhook.key and url.endswith(f"/{webhook.key}"))

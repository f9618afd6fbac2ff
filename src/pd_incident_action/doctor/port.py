"""Checks of Port: credentials, blueprints, self-service actions and the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from pd_incident_action import providers
from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Entity, Outcome
from pd_incident_action.port import mapping
from pd_incident_action.port.client import IN_PROGRESS, OTHER_REGION, PortClient, is_node_run
from pd_incident_action.port.mapping import Blueprint
from pd_incident_action.port.resources import (
    APP,
    OCEAN,
    InvocationMethod,
    PortResources,
    SelfServiceAction,
)
from pd_incident_action.providers import Provider
from pd_incident_action.setup import resources, workflows

from .finding import Check, Finding, error, ok, run_checks, warning

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory

_CREDENTIALS = "Port credentials"
_ACTION, _ACTIONS = "self-service action", "self-service actions"


def check_credentials_complete(settings: Settings) -> list[Finding]:
    """Check that there isn't only one of Port's two credentials."""
    parts = {
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    missing = [name for name, value in parts.items() if not value]
    if len(missing) != 1:
        return []
    finding = f"{missing[0]} is missing, so nothing is reported to Port"
    return [error(_CREDENTIALS, finding, f"set {missing[0]} as well")]


def check_port(
    port: PortClient,
    trial: ClientFactory,
    repository: str,
    workspace: Path,
    more: Iterable[Check] = (),
) -> list[Finding]:
    """Check everything that the action needs of Port, and more with credentials that are good."""
    settings = trial.settings
    try:
        port.sign_in()
    except ApiRejected as reason:
        return [_explain_refusal(reason, trial)]
    checks = [
        Check(f"blueprint {name}", partial(check_blueprint, port, name, example))
        for name, example in _blueprints(settings).items()
    ]
    checks += more
    checks.append(Check(_ACTIONS, partial(check_actions, port, repository, workspace)))
    run_id = settings.port_run_id
    if run_id and not is_node_run(run_id):
        checks.append(Check(f"Port run {run_id}", partial(check_run, port, run_id)))
    return [ok(_CREDENTIALS, f"valid, region {settings.port_region}"), *run_checks(checks)]


def _explain_refusal(reason: ApiRejected, trial: ClientFactory) -> Finding:
    settings = trial.settings
    if reason.status != HTTPStatus.UNAUTHORIZED or settings.port_api_url:
        return error(_CREDENTIALS, f"{reason.summary} ({reason.cause})", reason.remedy)
    given, other = settings.port_region, OTHER_REGION[settings.port_region]
    changed = settings.model_copy(update={"port_region": other})
    if _accepts(replace(trial, settings=changed).port()):
        finding = f"work in region {other}, not in {given}"
        return error(_CREDENTIALS, finding, f"set port-region: {other}")
    finding = f"{reason.summary}, in both regions ({reason.cause})"
    return error(_CREDENTIALS, finding, reason.remedy)


def _accepts(port: PortClient | None) -> bool:
    if port is None:
        return False
    try:
        port.sign_in()
    except ApiError:
        return False
    return True


def _blueprints(settings: Settings) -> dict[str, Outcome]:
    """Return the blueprints that entities are written to, each with an example."""
    found: dict[str, Outcome] = {}
    for provider in providers.find_all():
        if not _may_write(provider, settings):
            continue
        for name, example in provider.load_account().examples().items():
            is_users = provider.name == settings.provider and example.incident is not None
            found.setdefault((is_users and settings.blueprint) or name, example)
    return found


def _may_write(provider: Provider, settings: Settings) -> bool:
    """Check whether a provider's entities are written: without any credentials the default's."""
    others = [one for one in settings.provider_settings if one.can_page]
    return settings.of(provider.settings).can_page or (
        provider.name == providers.DEFAULT and not others
    )


def check_blueprint(port: PortClient, name: str, example: Outcome) -> list[Finding]:
    """Check whether a blueprint accepts what the action writes; raises `ApiError`."""
    try:
        blueprint = port.blueprint(name)
    except ApiRejected as reason:
        if reason.status != HTTPStatus.NOT_FOUND:
            raise
        remedy = "run operation: setup to create it, or name yours with the input blueprint"
        return [error(f"blueprint {name}", "is not in this Port account", remedy)]
    (entity,) = mapping.to_entities(example, name)
    return [_compare(entity, blueprint)]


def _compare(entity: Entity, blueprint: Blueprint) -> Finding:
    what = f"blueprint {entity.blueprint}"
    unmet = _unmet_required(entity, blueprint)
    if unmet:
        finding = f"requires {', '.join(sorted(unmet))}, which the action does not write"
        return error(what, finding, "make that optional in Port: new entities are refused")
    conformed = mapping.conform_to_blueprint(entity, blueprint)
    if conformed.missing:
        finding = f"lacks {', '.join(conformed.missing)}, which entities are written without"
        return warning(what, finding, "add them to see them in the catalog")
    return ok(what, "has every property the action writes")


def _unmet_required(entity: Entity, blueprint: Blueprint) -> set[str]:
    """Return the properties and relations that the blueprint requires and the entity lacks."""
    # A relation to a service is written by whatever name the blueprint has for it.
    relations = {
        name
        for name, relation in blueprint.relations.items()
        if relation.required and relation.target not in entity.relations
    }
    return ({*blueprint.required} | relations) - {*entity.properties, *entity.relations}


def check_actions(port: PortClient, repository: str, workspace: Path) -> list[Finding]:
    """Check which actions are installed, and what they start; raises `ApiError`.

    Returns:
        A finding for each that starts something else or whose workflow won't start, one for all
        whose workflow is missing, one for each backend, and one for all others.
    """
    desired = {
        action.identifier: action.invocation
        for body in resources.workflow_actions(resources.slugs(), repository)
        for action in [SelfServiceAction.read(body)]
    }
    installed = [
        one for one in PortResources(port).self_service_actions() if one.identifier in desired
    ]
    if not installed:
        finding = f"none of the {len(desired)} actions of port/actions is installed"
        return [warning(_ACTIONS, finding, "run operation: setup to install them, or ignore this")]
    mismatches = {
        one.identifier: mismatch
        for one in installed
        if repository and (mismatch := _mismatch(one.invocation, desired[one.identifier]))
    }
    findings = [warning(f"{_ACTION} {name}", *mismatch) for name, mismatch in mismatches.items()]
    findings += _check_backends(installed, _ocean_integrations(port))
    good = [one for one in installed if one.identifier not in mismatches]
    count = f"{len(good)} of {len(desired)} are installed"
    if good and not workflows.is_checked_out(workspace):
        finding = f"{count}; whether this repository has their workflows isn't known"
        return [*findings, warning(_ACTIONS, finding, "check it out before this step")]
    return [*findings, *_check_workflows(good, len(desired), workspace)]


def _ocean_integrations(port: PortClient) -> list[str] | None:
    """List the ids of the GitHub Ocean integrations; None where Port doesn't say."""
    try:
        return PortResources(port).ocean(acting=False)
    except ApiRejected:
        return None


def _check_backends(
    actions: Sequence[SelfServiceAction], integrations: Sequence[str] | None
) -> Iterator[Finding]:
    """Check what starts actions: an integration that is there, or the app that Port retired."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in actions:
        group = one.invocation.type, one.invocation.installation
        groups.setdefault(group, []).append(one.identifier)
    for (kind, integration), names in groups.items():
        what = f"{_ACTIONS} {', '.join(names)}"
        if kind == APP:
            yield warning(
                what, "are started by Port's GitHub app, which Port has retired", workflows.MOVE
            )
        elif kind != OCEAN:
            yield ok(what, f"are run by {kind}, not by a GitHub workflow")
        elif integrations is not None and integration not in integrations:
            finding = (
                f"are started by GitHub Ocean integration {integration}, which isn't installed"
            )
            yield error(what, finding, "run operation: setup, which moves them to another")
        else:
            yield ok(what, f"are started by GitHub Ocean integration {integration}")


def _check_workflows(
    actions: Sequence[SelfServiceAction], total: int, workspace: Path
) -> Iterator[Finding]:
    actions = [one for one in actions if one.invocation.workflow]
    problems = {
        one.identifier: problem
        for one in actions
        if (problem := workflows.find_problem(workspace, one.invocation))
    }
    missing = [
        one.invocation.workflow
        for one in actions
        if problems.get(one.identifier) == workflows.MISSING
    ]
    if missing:
        finding = f"a click fails, since {workflows.FOLDER} lacks {', '.join(missing)}"
        remedy = "commit what setup writes with workflows: .github/workflows, or delete the actions"
        yield error(_ACTIONS, finding, remedy)
    for one in actions:
        problem = problems.get(one.identifier, workflows.MISSING)
        if problem != workflows.MISSING:
            finding = f"a click fails, since {one.invocation.workflow} {problem}"
            remedy = "take the file of the same name from the action's examples/workflows"
            yield error(f"{_ACTION} {one.identifier}", finding, remedy)
    if good := len(actions) - len(problems):
        finding = f"{good} of {total} are installed, and this repository has the workflows"
        yield ok(_ACTIONS, f"{finding} that they start")


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


def check_run(port: PortClient, run_id: str) -> list[Finding]:
    """Check that a run is in progress, so that it can be reported to; raises `ApiError`."""
    what = f"Port run {run_id}"
    try:
        status = port.action_run(run_id).status
    except ApiRejected as reason:
        if reason.status != HTTPStatus.NOT_FOUND:
            raise
        remedy = "check port-run-id, port-context and port-region"
        return [error(what, "is not in this Port account", remedy)]
    if status == IN_PROGRESS:
        return [ok(what, "is in progress")]
    remedy = "start another one in Port: an ended run takes no more log lines, links or entities"
    return [error(what, f"has already ended ({status})", remedy)]

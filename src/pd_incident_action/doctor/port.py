"""Whether Port lets us in, and whether its blueprints take what the action writes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pd_incident_action import providers
from pd_incident_action.errors import ApiError, ApiRejected
from pd_incident_action.models import Entity, Outcome
from pd_incident_action.port import mapping
from pd_incident_action.port.client import IN_PROGRESS, OTHER_REGION
from pd_incident_action.port.runs import is_node_run

from .finding import Check, Finding, doubtful, fine, perform, wrong
from .port_actions import check_actions

if TYPE_CHECKING:
    from pd_incident_action.clients import ClientFactory
    from pd_incident_action.inputs.settings import Settings
    from pd_incident_action.operations.base import OperationContext
    from pd_incident_action.port.client import PortClient
    from pd_incident_action.port.models import Blueprint
    from pd_incident_action.providers import Provider


_WHAT = "Port credentials"
_UNAUTHORIZED = 401
_NOT_FOUND = 404


def check_port(tools: OperationContext) -> list[Finding]:
    """Look at everything that the action needs of Port.

    Args:
        tools: Port's API, and ways to open it differently.

    Returns:
        The findings.

    Raises:
        ApiError: Port wasn't reached.
    """
    port, settings = tools.port, tools.trial.settings
    try:
        port.sign_in()
    except ApiRejected as error:
        return [_explain_refusal(error, tools.trial)]
    checks = [
        Check(f"blueprint {name}", partial(check_blueprint, port, name, example))
        for name, example in _blueprints(settings).items()
    ]
    checks.append(
        Check("self-service actions", partial(check_actions, port, tools.identity.repository))
    )
    run_id = settings.port_run_id
    if run_id and not is_node_run(run_id):
        checks.append(Check(f"Port run {run_id}", partial(check_run, port, run_id)))
    return [fine(_WHAT, f"sign in, region {settings.port_region}"), *perform(checks)]


def _explain_refusal(error: ApiRejected, trial: ClientFactory) -> Finding:
    """Say why credentials are refused: mostly they belong to the other region."""
    settings = trial.settings
    if error.status != _UNAUTHORIZED or settings.port_api_url:
        return wrong(_WHAT, f"{error.summary} ({error.cause})", error.remedy)
    right, given = OTHER_REGION[settings.port_region], settings.port_region
    there = settings.model_copy(update={"port_region": right})
    if _takes(replace(trial, settings=there).port()):
        return wrong(_WHAT, f"work in region {right}, not in {given}", f"set port-region: {right}")
    return wrong(_WHAT, f"{error.summary}, in both regions ({error.cause})", error.remedy)


def _takes(port: PortClient | None) -> bool:
    if port is None:
        return False
    try:
        port.sign_in()
    except ApiError:
        return False
    return True


def _blueprints(settings: Settings) -> dict[str, Outcome]:
    """List the blueprints that entities are written to, each with an example of what is."""
    found: dict[str, Outcome] = {}
    for provider in providers.find_all():
        if not _may_write(provider, settings):
            continue
        for name, example in provider.load_doctor().examples().items():
            is_users = provider.name == settings.provider and example.incident is not None
            found.setdefault((is_users and settings.blueprint) or name, example)
    return found


def _may_write(provider: Provider, settings: Settings) -> bool:
    """Return whether a provider's entities are written: without any credentials the default's."""
    others = [one for one in settings.provider_settings if one.can_page]
    return settings.of(provider.settings).can_page or (
        provider.name == providers.DEFAULT and not others
    )


def check_blueprint(port: PortClient, name: str, example: Outcome) -> list[Finding]:
    """Look at whether a blueprint takes what the action writes.

    Args:
        port: Port's API.
        name: the blueprint's identifier.
        example: an outcome of which everything is known.

    Returns:
        What is so with the blueprint.

    Raises:
        ApiError: Port refused or wasn't reached.
    """
    try:
        blueprint = port.blueprint(name)
    except ApiRejected as error:
        if error.status != _NOT_FOUND:
            raise
        remedy = "create it as port/blueprints has it, or name yours with the input blueprint"
        return [wrong(f"blueprint {name}", "is not in this Port account", remedy)]
    (entity,) = mapping.to_entities(example, name)
    return [_compare(entity, blueprint)]


def _compare(entity: Entity, blueprint: Blueprint) -> Finding:
    """Say what of an entity its blueprint doesn't take, or demands beyond it."""
    what = f"blueprint {entity.blueprint}"
    demanded = _demanded(entity, blueprint)
    if demanded:
        finding = f"requires {', '.join(sorted(demanded))}, which the action does not write"
        return wrong(what, finding, "make that optional in Port: new entities are refused")
    _, left_out = mapping.conform_to_blueprint(entity, blueprint)
    if left_out:
        finding = f"lacks {', '.join(left_out)}, which entities are written without"
        return doubtful(what, finding, "add them to see them in the catalog")
    return fine(what, "takes everything that the action writes")


def _demanded(entity: Entity, blueprint: Blueprint) -> set[str]:
    """List the properties and relations that an entity can't be without, and lacks."""
    # A relation to a service is written by whatever name the blueprint has for it.
    unwritten = {
        name
        for name, relation in blueprint.relations.items()
        if relation.required and relation.target not in entity.relations
    }
    return ({*blueprint.schema_.required} | unwritten) - {*entity.properties, *entity.relations}


def check_run(port: PortClient, run_id: str) -> list[Finding]:
    """Look at whether a run waits to be told how it went.

    Args:
        port: Port's API.
        run_id: an action's run.

    Returns:
        What is so with the run.

    Raises:
        ApiError: Port refused or wasn't reached.
    """
    what = f"Port run {run_id}"
    try:
        status = port.action_run(run_id).status
    except ApiRejected as error:
        if error.status != _NOT_FOUND:
            raise
        remedy = "check port-run-id, port-context and port-region"
        return [wrong(what, "is not in this Port account", remedy)]
    if status == IN_PROGRESS:
        return [fine(what, "is in progress")]
    remedy = "start another one in Port: an ended run takes no more log lines, links or entities"
    return [wrong(what, f"has already ended ({status})", remedy)]

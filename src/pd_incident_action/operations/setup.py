"""Install what Port needs for this action, and let PagerDuty tell Port what happens.

https://docs.port.io/api-reference/port-api under Blueprints, Actions/Automations and Webhooks, and
https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pd_incident_action.doctor.clock_skew import clock_remarks
from pd_incident_action.errors import NotApplicable
from pd_incident_action.models import Outcome, Table
from pd_incident_action.pagerduty import hosts
from pd_incident_action.pagerduty.webhooks import WebhookSubscriptions
from pd_incident_action.port.resources import PortResources
from pd_incident_action.setup import resources
from pd_incident_action.setup.installer import Installer, Step
from pd_incident_action.setup.merging import fit_mapping
from pd_incident_action.setup.request import SetupInputs, chosen_slugs, scope_of
from pd_incident_action.setup.webhook import ConnectResult, WebhookEndpoints, connect_webhook
from pd_incident_action.setup.workflow_files import write_workflows

from .base import Operation, OperationContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pd_incident_action.port.resources import ResourceType

_STATES = ("added", "changed", "removed", "unchanged")
_INGEST = {"eu": "https://ingest.port.io", "us": "https://ingest.us.port.io"}


class Setup(Operation):
    """Install Port's blueprints and self-service actions, and PagerDuty's webhooks."""

    name = "setup"
    summary = "Install Port's blueprints and self-service actions, and PagerDuty's webhooks"
    required_credentials = ("port-client-id", "port-client-secret")
    scopes = ("services.read", "webhook_subscriptions.read", "webhook_subscriptions.write")
    port_blueprint = "pagerdutyService"
    entity_blueprint = ""
    outputs = {
        "added": "Names of what was added to Port and PagerDuty, separated by commas.",
        "changed": "Names of what was there and was changed, separated by commas.",
    }

    Inputs = SetupInputs
    inputs: SetupInputs

    def start_message(self) -> str:
        return "Setting up Port: blueprints, self-service actions and webhooks"

    def run(self) -> Outcome:
        """Install what isn't there; what is there keeps all that users made of it.

        Returns:
            What was added and changed.

        Raises:
            InputError: there is no such action, or the webhooks lack a credential.
            ActionError: Port or PagerDuty refused, or wasn't reached.
        """
        chosen = chosen_slugs(self.inputs)
        scope = scope_of(self.inputs, self.context)
        synced = _synced(self.inputs, chosen, self.context)
        actions = _of_workflows(chosen, self.context) + synced
        say = _Listing(self.context)
        installer = Installer(PortResources(self.context.port))
        for body in resources.blueprints():
            say.done([installer.install("blueprint", body)])
        for body in actions:
            say.done([installer.install(_kind(body), body)])
        warnings = _missing_secrets(synced)
        if scope is not None:
            loop, notices = _loop(self.inputs, scope, installer, self.context)
            say.done(loop.steps)
            warnings += notices + loop.warnings
        if self.inputs.workflows is not None:
            steps, notices = _write(self.inputs, chosen, self.context)
            say.done(steps)
            warnings += notices
        return _outcome(
            say.steps, warnings + clock_remarks(self.context.doctor.request_log.attempts)
        )


def _kind(body: dict[str, Any]) -> ResourceType:
    return "automation" if body["trigger"]["type"] == "automation" else "action"


class _Listing:
    """Says each step as soon as it is done, so that an interrupted run shows how far it came."""

    def __init__(self, tools: OperationContext) -> None:
        self.steps: list[Step] = []
        self._tools = tools

    def done(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.steps.append(step)
            self._tools.log(step.line(dry_run=self._tools.dry_run))


def _of_workflows(chosen: Sequence[str], tools: OperationContext) -> list[dict[str, Any]]:
    repository = tools.identity.repository
    if chosen and "/" not in repository:
        raise NotApplicable(
            "The actions were not installed",
            "GITHUB_REPOSITORY does not say which repository has the workflows",
            "run setup in a workflow of that repository, or give actions: none",
        )
    return resources.actions(list(chosen), repository)


def _synced(
    request: SetupInputs, chosen: Sequence[str], tools: OperationContext
) -> list[dict[str, Any]]:
    if not request.webhook_actions:
        return []
    url = hosts.REST[tools.doctor.settings.pagerduty_region]
    return resources.synced_actions(list(chosen), url)


def _missing_secrets(synced: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Name the secrets that only a person can put into Port; nobody may read which are there."""
    names = sorted(set(re.findall(r"\.secrets\.(\w+)", json.dumps(synced))))
    if not names:
        return ()
    which = ", ".join(names)
    return (f"The actions without a workflow use secrets of Port's: add {which} in Port.",)


def _loop(
    request: SetupInputs, scope: dict[str, Any], installer: Installer, tools: OperationContext
) -> tuple[ConnectResult, tuple[str, ...]]:
    """Close the loop with mappings that fit the blueprints as they are."""
    webhook, warnings = resources.webhook(), []
    ours = {body["identifier"]: body for body in resources.blueprints()}
    for number, mapping in enumerate(webhook["mappings"]):
        name = mapping["blueprint"]
        fitted, wrong = fit_mapping(mapping, installer.bodies[name], ours[name])
        webhook["mappings"][number] = fitted
        if wrong:
            which = ", ".join(wrong)
            warnings.append(f"Blueprint {name} has {which} of another type: left out of webhooks.")
    ends = WebhookEndpoints(
        port=PortResources(tools.port),
        pagerduty=WebhookSubscriptions(tools.pagerduty),
        address=lambda one: _address(one, request, tools),
        mask=tools.mask,
        dry_run=tools.dry_run,
    )
    return connect_webhook(ends, webhook, scope), tuple(dict.fromkeys(warnings))


def _address(webhook: dict[str, Any], request: SetupInputs, tools: OperationContext) -> str:
    if webhook.get("url") and request.port_ingest_url is None:
        return str(webhook["url"])
    region = tools.doctor.settings.port_region
    return f"{request.port_ingest_url or _INGEST[region]}/{webhook.get('webhookKey') or 'dry-run'}"


def _write(
    request: SetupInputs, chosen: Sequence[str], tools: OperationContext
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    return write_workflows(
        Path(tools.identity.workspace),
        request.workflows or "",
        resources.workflows(list(chosen)),
        overwrite=request.overwrite,
        dry_run=tools.dry_run,
    )


def _outcome(steps: Sequence[Step], warnings: tuple[str, ...]) -> Outcome:
    done = {state: [one for one in steps if one.state == state] for state in _STATES}
    counts = ", ".join(f"{len(found)} {state}" for state, found in done.items() if found)
    rows = tuple((one.kind, one.name, one.state, "; ".join(one.changes)) for one in steps)
    shown = [dict(zip(("kind", "name", "state"), row[:3], strict=True)) for row in rows]
    return Outcome(
        message=f"Port is set up for incidents: {counts}.",
        created=bool(done["added"]),
        write_entity=False,
        response={"setup": shown},
        outputs={
            "added": ",".join(one.name for one in done["added"]),
            "changed": ",".join(one.name for one in done["changed"]),
        },
        tables=(Table("Setup", ("Kind", "Name", "State", "Changes"), rows),),
        warnings=warnings,
    )

"""What `setup` is asked for."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Annotated, Any

from pd_incident_action.errors import InputError, InputProblem
from pd_incident_action.inputs.fields import ApiUrl, Folder, InputSpec, NameList, ShortText
from pd_incident_action.operations.base import OperationInputs
from pd_incident_action.pagerduty.client import PagerDuty

from . import resources

if TYPE_CHECKING:
    from pd_incident_action.operations.base import OperationContext

_SCOPE = re.compile(r"account|(?P<kind>team|service):\s*(?P<name>\S.*)")
_WAYS = "must be account, team: and a team's id, or service: and a service's id or name"
_TOKEN = "${{ secrets.PAGERDUTY_API_KEY }}"  # noqa: S105 - where users find theirs


class SetupInputs(OperationInputs):
    """Inputs of `setup`."""

    actions: Annotated[
        NameList | None,
        InputSpec(
            "Self-service actions to install, separated by commas: operations' names (with "
            "`incident-io-` before incident.io's), `all` or `none`.",
            example="create, escalate, incident-io-create",
            default_help="`all`",
        ),
    ] = None
    webhook_actions: Annotated[
        bool,
        InputSpec(
            "`true` also installs the form of the actions in which Port asks PagerDuty itself, "
            "without a workflow, and the automations that write what came of it into the catalog.",
            example="true",
        ),
    ] = False
    webhooks: Annotated[
        bool | None,
        InputSpec(
            "`true` lets PagerDuty tell Port what happens to incidents and services, `false` "
            "leaves that out.",
            example="false",
            default_help="`true` with a `pagerduty-token`",
        ),
    ] = None
    scope: Annotated[
        ShortText,
        InputSpec(
            "What PagerDuty tells Port about: `account`, `team:` and a team's id, or `service:` "
            "and a service's id or name.",
            example="service:Checkout",
        ),
    ] = "account"
    workflows: Annotated[
        Folder | None,
        InputSpec(
            "Folder below the workspace that the workflows which the actions start are written "
            "into, for you to commit.",
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
            "Base URL where Port's webhooks listen.",
            example="https://ingest.port.io",
            default_help="what Port says, or else by `port-region`",
            trusted=True,
        ),
    ] = None


def chosen_slugs(request: SetupInputs) -> list[str]:
    """List what actions are to be installed for.

    Args:
        request: what to install.

    Returns:
        Some of `resources.slugs`.

    Raises:
        InputError: there is no such action.
    """
    known = resources.slugs()
    wanted = request.actions or ("all",)
    if wanted == ("all",):
        return known
    if wanted == ("none",):
        return []
    unknown = [name for name in wanted if name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        problem = f"must be all, none, or some of {', '.join(known)}, not '{unknown[0]}'{hint}"
        raise InputError([InputProblem("actions", problem, near[0] if near else "create")])
    return [name for name in known if name in wanted]


def scope_of(request: SetupInputs, tools: OperationContext) -> dict[str, Any] | None:
    """Tell what PagerDuty is to tell Port about.

    Args:
        request: what to install.
        tools: PagerDuty's REST API, which finds a service by name.

    Returns:
        A subscription's ``filter``, or None where webhooks aren't wanted.

    Raises:
        InputError: the scope isn't one, or there is no token for PagerDuty.
        ActionError: there is no such service, or PagerDuty wasn't reached.
    """
    found = _SCOPE.fullmatch(request.scope)
    if found is None:
        raise InputError([InputProblem("scope", f"{_WAYS}, not '{request.scope}'", "account")])
    if request.webhooks is False or (request.webhooks is None and tools.find(PagerDuty) is None):
        return None
    if tools.find(PagerDuty) is None:
        problem = "is missing, which webhooks: true needs"
        raise InputError([InputProblem("pagerduty-token", problem, _TOKEN)])
    if found["kind"] is None:
        return {"type": "account_reference"}
    name = found["name"]
    identifier = tools.names.service(name) if found["kind"] == "service" else name
    return {"type": f"{found['kind']}_reference", "id": identifier}

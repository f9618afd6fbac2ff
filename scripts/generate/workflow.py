"""``examples/workflows/<operation>.yml``: copy-paste ready, one for each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generate.model import Offered, inputs_of, label, shared_inputs
from generate.pins import pin_of
from generate.yaml_text import yaml_text

if TYPE_CHECKING:
    from pd_incident_action.operations.base import Operation

# The configuration file is in the repository.
_CHECKOUT = ({"uses": pin_of("actions/checkout").uses, "with": {"persist-credentials": False}},)
_SECRETS: dict[str, str] = {
    "pagerduty-token": "PAGERDUTY_API_KEY",
    "routing-key": "PAGERDUTY_ROUTING_KEY",
    "incident-io-token": "INCIDENT_IO_API_KEY",
    "port-client-id": "PORT_CLIENT_ID",
    "port-client-secret": "PORT_CLIENT_SECRET",
}


def workflow(operation: type[Operation]) -> str:
    """Make the example workflow of an operation.

    Args:
        operation: the operation.

    Returns:
        YAML; dispatch inputs aren't repeated under ``with:``, since the action reads them itself.
    """
    document = {
        "name": operation.summary,
        "on": {"workflow_dispatch": {"inputs": _inputs(operation)}},
        "permissions": {"contents": "read"} if operation.needs_config else {},
        "jobs": {operation.slug(): _job(operation)},
    }
    header = f"# Made by `make generate`: the inputs of `{label(operation)}`, ready for Port.\n"
    # YAML 1.1 takes a bare `on` for true, so PyYAML quotes it; GitHub's parser doesn't need that.
    text = pin_of("actions/checkout").commented(yaml_text(document))
    return header + text.replace("\n'on':", "\non:")


def dispatched(operation: type[Operation]) -> list[Offered]:
    """List the inputs that a person or Port fills in.

    Args:
        operation: the operation.

    Returns:
        Its own inputs but for trusted ones, and ``from`` where PagerDuty wants to know who asks.
    """
    who = [one for one in shared_inputs() if one.name == "from"]
    own = [one for one in inputs_of(operation.Inputs) if not one.input.trusted]
    return own + (who if "pagerduty-token" in operation.required_credentials else [])


def dispatch_name(offered: Offered) -> str:
    """Give the name that an input has in workflow_dispatch and in Port, which take no hyphens."""
    return offered.name.replace("-", "_")


def is_required(offered: Offered) -> bool:
    """Tell whether a person has to fill an input in."""
    return offered.required and not offered.input.origin


def _inputs(operation: type[Operation]) -> dict[str, Any]:
    inputs = {dispatch_name(one): _input(one) for one in dispatched(operation)}
    context = {"description": "Filled in by Port", "type": "string"}
    return inputs | {"port_context": context}


def _input(offered: Offered) -> dict[str, Any]:
    entry: dict[str, Any] = {"description": offered.input.help.replace("`", "")}
    if is_required(offered):
        entry["required"] = True
    if not offered.choices:
        return entry | {"type": "string"}
    # An optional choice needs an empty option: the first one is what GitHub's form starts with.
    options = list(offered.choices) if offered.default else ["", *offered.choices]
    default = {"default": offered.default} if offered.default else {}
    return entry | {"type": "choice", "options": options} | default


def _job(operation: type[Operation]) -> dict[str, Any]:
    names = list(
        dict.fromkeys([*operation.required_credentials, "port-client-id", "port-client-secret"])
    )
    if operation.name in {"setup", "trigger"}:
        names.insert(names.index("port-client-id"), "pagerduty-token")
    if not operation.required_credentials:
        names = list(_SECRETS)
    provider = {} if operation.provider == "pagerduty" else {"provider": operation.provider}
    secrets = {name: f"${{{{ secrets.{_SECRETS[name]} }}}}" for name in names}
    return {
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 5,
        "steps": [
            *(_CHECKOUT if operation.needs_config else ()),
            {
                "uses": "org/pd-incident-action@v1",
                "with": {"operation": operation.name} | provider | secrets,
            },
        ],
    }

"""``docs/inputs.md``: the inputs that all operations share, and the outputs."""

from __future__ import annotations

from generate.action_yml import inputs as action_inputs
from generate.markdown import inputs_table, rows_of
from generate.model import shared_inputs
from pd_incident_action.reporting.outputs import DESCRIPTIONS

_INTRODUCTION = """\
# Inputs and outputs

<!-- Made by `make generate` from the operations' models: edit those. -->

Each input takes the first of these that isn't blank:

1. what stands under `with:`;
2. the `workflow_dispatch` input of that name, in any spelling (`escalation-policy`,
   `escalation_policy`, `escalationPolicy`) or under one of its other names;
3. what Port's context says: `port_context` or `port_payload`, as an input of the workflow or
   under `with:`;
4. what the [configuration file](configuration.md) says;
5. its default.

Inputs marked ¹ are taken from `with:` only, since they decide where credentials go.
"""


def inputs_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION, "## Inputs of every operation\n", inputs_table(shared_inputs())]
    parts.append("The inputs of each operation are in [operations.md](operations.md).\n")
    parts += ["## Outputs\n", rows_of(("Output", "Meaning"), _outputs())]
    parts += [
        "## Older names\n",
        "For drop-in use in place of `port-labs/pagerduty-incident-gha`.\n",
    ]
    parts.append(rows_of(("Older name", "Use"), _older_names()))
    return "\n".join(parts)


def _outputs() -> list[tuple[str, ...]]:
    return [(f"`{name}`", text) for name, text in DESCRIPTIONS.items()]


def _older_names() -> list[tuple[str, ...]]:
    older = [
        (name, entry) for name, entry in action_inputs().items() if "deprecationMessage" in entry
    ]
    return [(f"`{name}`", f"`{e['deprecationMessage'].split()[1]}`") for name, e in older]

"""``docs/inputs.md``: every input and output as tables."""

from __future__ import annotations

from collections.abc import Iterable

from generate.action_yml import inputs as action_inputs
from generate.model import Offered, all_operations, inputs_of, shared_inputs
from pd_incident_action.reports.outputs import DESCRIPTIONS

_INTRODUCTION = """\
# Inputs and outputs

<!-- Made by `make generate` from the operations' models: edit those. -->

Each input takes the first of these that isn't blank:

1. what stands under `with:`;
2. the `workflow_dispatch` input of that name, in any spelling (`escalation-policy`,
   `escalation_policy`, `escalationPolicy`) or under one of its other names;
3. what Port's context says: `port_context` or `port_payload`, as an input of the workflow or
   under `with:`;
4. its default.

Inputs marked ¹ are taken from `with:` only, since they decide where credentials go.
"""


def inputs_page() -> str:
    """Make the page."""
    parts = [_INTRODUCTION, "## Every operation\n", _table(shared_inputs())]
    for operation in all_operations():
        parts += [f"## `{operation.name}`\n", f"{operation.summary}.\n"]
        if operation.needs:
            parts.append(f"Needs {' and '.join(f'`{name}`' for name in operation.needs)}.\n")
        parts.append(_table(inputs_of(operation.request)))
    parts += ["## Outputs\n", _rows(("Output", "Meaning"), _outputs())]
    parts += [
        "## Older names\n",
        "For drop-in use in place of `port-labs/pagerduty-incident-gha`.\n",
    ]
    parts.append(_rows(("Older name", "Use"), _older_names()))
    return "\n".join(parts)


def _table(offered: Iterable[Offered]) -> str:
    rows = [
        (_name(one), _meaning(one), _code(_default(one)), _code(one.input.example))
        for one in offered
    ]
    return _rows(("Input", "Meaning", "Default", "Example"), rows)


def _name(offered: Offered) -> str:
    return f"`{offered.name}`{'¹' if offered.input.trusted else ''}"


def _meaning(offered: Offered) -> str:
    aliases = [name for name in offered.input.aliases if name not in offered.input.deprecated]
    also = f" Also: {', '.join(f'`{name}`' for name in aliases)}." if aliases else ""
    return offered.input.help + also


def _default(offered: Offered) -> str:
    if offered.input.default_help:
        return f"*{offered.input.default_help}*"
    return offered.default or ("**required**" if offered.required else "")


def _code(text: str) -> str:
    return text if text.startswith("*") or not text else f"`{text}`"


def _outputs() -> list[tuple[str, ...]]:
    return [(f"`{name}`", text) for name, text in DESCRIPTIONS.items()]


def _older_names() -> list[tuple[str, ...]]:
    older = [
        (name, entry) for name, entry in action_inputs().items() if "deprecationMessage" in entry
    ]
    return [(f"`{name}`", f"`{e['deprecationMessage'].split()[1]}`") for name, e in older]


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )

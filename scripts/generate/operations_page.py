"""``docs/operations.md``: what each operation does, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.markdown import inputs_table, rows_of
from generate.model import all_operations, inputs_of, label

if TYPE_CHECKING:
    from pd_incident_action.operations.base import Operation

_BEGIN = "<!-- operations: made by `make generate` -->"
_END = "<!-- end of operations -->"
_INTRODUCTION = """\
# Operations

<!-- Made by `make generate` from the operations' models: edit those. -->

`with: operation:` chooses one of these. Each has an example workflow that is ready to copy, and a
self-service action for Port that dispatches it. The inputs that they all share, such as
credentials, and the common outputs are in [inputs.md](inputs.md).
"""


def operations_page() -> str:
    """Make the page."""
    everything = all_operations()
    rows = [(_link(operation), f"{operation.summary}.") for operation in everything]
    sections = [_section(operation) for operation in everything]
    return "\n".join([_INTRODUCTION, rows_of(("Operation", "What it does"), rows), *sections])


def readme(text: str) -> str:
    """Put the table of operations into the README.

    Args:
        text: the README; the table goes between its two comments.

    Returns:
        The README with the table as it has to be.
    """
    before, rest = text.split(_BEGIN, 1)
    _, after = rest.split(_END, 1)
    return f"{before}{_BEGIN}\n{_table()}{_END}{after}"


def _table() -> str:
    rows = [
        (f"[`{label(one)}`](docs/operations.md#{_anchor(one)})", f"{one.summary}.")
        for one in all_operations()
    ]
    return rows_of(("Operation", "What it does"), rows)


def _link(operation: type[Operation]) -> str:
    return f"[`{label(operation)}`](#{_anchor(operation)})"


def _anchor(operation: type[Operation]) -> str:
    return label(operation).replace(" ", "-").replace(".", "")


def _section(operation: type[Operation]) -> str:
    needs = (
        " and ".join(f"`{name}`" for name in operation.required_credentials)
        or "no certain credential"
    )
    slug = operation.slug()
    how = "" if operation.provider == "pagerduty" else f"With `provider: {operation.provider}`. "
    ready = (
        f"[workflow](../examples/workflows/{slug}.yml), [Port action](../port/actions/{slug}.json)"
    )
    parts = [
        f"## {label(operation)}\n",
        f"{operation.summary}.\n",
        f"{how}Needs {needs}. Ready to copy: {ready}.\n",
        inputs_table(inputs_of(operation.Inputs)),
    ]
    if operation.outputs:
        rows = [(f"`{name}`", meaning) for name, meaning in operation.outputs.items()]
        parts.append(rows_of(("Output of its own", "Meaning"), rows))
    return "\n".join(parts)

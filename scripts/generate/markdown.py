"""Tables of inputs in Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from generate.model import Offered


def inputs_table(offered: Iterable[Offered]) -> str:
    """Make the table of some inputs.

    Args:
        offered: the inputs.

    Returns:
        Markdown.
    """
    rows = [
        (_name(one), _meaning(one), _code(_default(one)), _code(one.input.example))
        for one in offered
    ]
    return rows_of(("Input", "Meaning", "Default", "Example"), rows)


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


def rows_of(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Make a table.

    Args:
        head: the columns' headings.
        rows: cells in Markdown.

    Returns:
        Markdown.
    """
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )

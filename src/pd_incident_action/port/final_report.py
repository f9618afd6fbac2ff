"""The last things to tell Port, and how lines are put into log messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runs import Ending


@dataclass(frozen=True)
class FinalReport:
    """The last things to tell Port.

    Attributes:
        lines: lines for the run log.
        links: pages to show on the run.
        summary: what came of it, in Markdown.
        ending: how to end the run, or None to leave that to the workflow.
        label: a few words for the run's status.
    """

    lines: tuple[str, ...]
    links: tuple[str, ...] = ()
    summary: str = ""
    ending: Ending | None = None
    label: str = ""


def chunks(lines: Iterable[str], size: int) -> list[str]:
    """Join lines into as few texts as possible, cutting what is too long.

    Args:
        lines: log lines.
        size: the most characters in a text.

    Returns:
        Texts that hold all of the lines, in order.
    """
    texts: list[str] = []
    for line in lines:
        pieces = [line[start : start + size] for start in range(0, len(line), size)] or [""]
        for piece in pieces:
            if texts and len(texts[-1]) + 1 + len(piece) <= size:
                texts[-1] += f"\n{piece}"
            else:
                texts.append(piece)
    return texts

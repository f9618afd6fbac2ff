"""The versions of other actions that derived files use: those of CI, so that one update moves all.

What is pinned in ``.github/workflows/ci.yml`` is pinned everywhere else by ``make generate``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CI = Path(__file__).resolve().parents[2] / ".github" / "workflows" / "ci.yml"


@dataclass(frozen=True)
class Pin:
    """An action, pinned.

    Attributes:
        uses: what stands behind ``uses:``.
        comment: its version, as a YAML comment; people and Dependabot read it.
    """

    uses: str
    comment: str

    def commented(self, text: str) -> str:
        """Put the comment behind each use, since YAML's writer makes none.

        Args:
            text: YAML.

        Returns:
            The YAML with comments.
        """
        return text.replace(self.uses, self.uses + self.comment)


def pin_of(action: str) -> Pin:
    """Find the version of an action that CI uses.

    Args:
        action: for example ``actions/checkout``.

    Returns:
        The pin.
    """
    pattern = rf"({re.escape(action)}@[0-9a-f]{{40}})( +# v[\d.]+)"
    found = re.findall(pattern, _CI.read_text(encoding="utf-8"))
    return Pin(*found[0])

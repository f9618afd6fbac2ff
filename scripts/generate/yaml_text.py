"""YAML as people write it, with other actions pinned as in CI."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

_CI = Path(__file__).resolve().parents[2] / ".github" / "workflows" / "ci.yml"
_PINNED = re.compile(r"uses: (([\w/-]+)@[0-9a-f]{40})( +# v[\d.]+)")
# Pinned by scripts/release/pin_examples.py once there is a release.
OURS = "org/pd-incident-action@v1  # zizmor: ignore[unpinned-uses]"


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def yaml_text(document: object) -> str:
    """Return a document as YAML: keys in their order, lines of at most about 96 characters.

    Pinned actions get their version as a comment, which people and Dependabot read.
    """
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=92)
    for uses, comment in _pins().values():
        text = text.replace(uses, uses + comment)
    return text


def pinned(action: str) -> str:
    """Return the version of an action that CI uses, so that one update moves all.

    Args:
        action: for example ``actions/checkout``.
    """
    return _pins()[action][0]


@cache
def _pins() -> dict[str, tuple[str, str]]:
    found = _PINNED.findall(_CI.read_text(encoding="utf-8"))
    uses, _, comment = OURS.partition("  ")
    ours = {uses.partition("@")[0]: (uses, f"  {comment}")}
    return ours | {action: (uses, comment) for uses, action, comment in found}

"""YAML as people write it."""

from __future__ import annotations

import yaml


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


def yaml_text(document: object) -> str:
    """Write a document.

    Args:
        document: mappings, lists and scalars.

    Returns:
        YAML, keys in the given order, lines of at most about 96 characters.
    """
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=92)

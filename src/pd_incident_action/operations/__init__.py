"""What the action can do: one module for each operation, named like it.

A module holds a `Request` model, a function ``run`` and ``OPERATION``, which ties them together.
Nothing needs to be listed anywhere: a module that is here is an operation, and one in a package
named after another provider is that provider's.
"""

from __future__ import annotations

import os
from importlib import import_module

from .base import Operation, Provider

_NOT_OPERATIONS = frozenset({"__init__", "base"})


def names(provider: Provider = "pagerduty") -> list[str]:
    """List every operation's name, as users write it, without importing any.

    Args:
        provider: the system to act on.

    Returns:
        The names, sorted.
    """
    folder = _folder(provider)
    modules = {entry.name.partition(".")[0] for entry in os.scandir(folder) if entry.is_file()}
    return sorted(name.replace("_", "-") for name in modules - _NOT_OPERATIONS)


def load(name: str, provider: Provider = "pagerduty") -> Operation:
    """Import one operation.

    Args:
        name: one of `names`.
        provider: the system to act on.

    Returns:
        The operation.
    """
    package = (
        __name__
        if provider == "pagerduty"
        else f"pd_incident_action.{_package(provider)}.operations"
    )
    module = import_module(f"{package}.{name.replace('-', '_')}")
    operation: Operation = module.OPERATION
    return operation


def _package(provider: Provider) -> str:
    return provider.replace("-", "_")


def _folder(provider: Provider) -> str:
    here = __path__[0]
    if provider == "pagerduty":
        return here
    return os.path.join(os.path.dirname(here), _package(provider), "operations")  # noqa: PTH118, PTH120 - pathlib takes 5 ms to load

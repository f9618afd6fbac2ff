"""What the action can do: one module for each operation, named like it.

A module holds a `Request` model, a function ``run`` and ``OPERATION``, which ties them together.
Nothing needs to be listed anywhere: a module that is here is an operation.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from .base import Operation

_NOT_OPERATIONS = frozenset({"base"})


def names() -> list[str]:
    """List every operation's name, as users write it, without importing any."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in modules if name not in _NOT_OPERATIONS)


def load(name: str) -> Operation:
    """Import one operation.

    Args:
        name: one of `names`.

    Returns:
        The operation.
    """
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    operation: Operation = module.OPERATION
    return operation

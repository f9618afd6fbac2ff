"""What the action can do: one module for each operation, named like it.

Nothing needs to be listed anywhere: a module that is here is an operation on PagerDuty, and other
providers have a package like this one.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isabstract
from pathlib import Path
from types import ModuleType

from pd_incident_action import providers

from .base import Operation, OperationContext, OperationInputs

__all__ = ["Operation", "OperationContext", "OperationInputs", "load", "names"]


def names(provider: str = providers.DEFAULT) -> list[str]:
    """List every operation's name, as users write it, without importing any."""
    files = Path(_package(provider).__path__[0]).iterdir()
    modules = {file.name.partition(".")[0] for file in files if file.is_file()}
    return sorted(name.replace("_", "-") for name in modules - {"__init__", "base"})


def load(name: str, provider: str = providers.DEFAULT) -> type[Operation]:
    """Import one operation.

    Args:
        name: one of `names`.
        provider: the system to act on.
    """
    module = import_module(f"{_package(provider).__name__}.{name.replace('-', '_')}")
    (operation,) = (one for one in vars(module).values() if _is_defined_in(module, one))
    found: type[Operation] = operation
    return found


def _is_defined_in(module: ModuleType, value: object) -> bool:
    is_operation = (
        isinstance(value, type) and issubclass(value, Operation) and not isabstract(value)
    )
    return is_operation and value.__module__ == module.__name__


def _package(provider: str) -> ModuleType:
    return import_module(providers.find(provider).operations)

"""What the action can do: one module for each operation, named like it.

Nothing needs to be listed anywhere: a module that is here is an operation of PagerDuty's, and one
in another provider's package ``operations`` is that provider's.
"""

from __future__ import annotations

from importlib import import_module
from inspect import isabstract
from pathlib import Path
from types import ModuleType

from .base import Operation, OperationContext, OperationInputs

__all__ = ["Operation", "OperationContext", "OperationInputs", "load", "names", "providers"]


def names(provider: str = "pagerduty") -> list[str]:
    """List every operation's name, as users write it, without importing any."""
    files = Path(_package(provider).__path__[0]).iterdir()
    modules = {file.name.partition(".")[0] for file in files if file.is_file()}
    return sorted(name.replace("_", "-") for name in modules - {"__init__", "base"})


def load(name: str, provider: str = "pagerduty") -> type[Operation]:
    """Import one operation.

    Args:
        name: one of `names`.
        provider: the system to act on.
    """
    module = import_module(f"{_package(provider).__name__}.{name.replace('-', '_')}")
    (operation,) = (one for one in vars(module).values() if _is_defined_in(module, one))
    found: type[Operation] = operation
    return found


def providers() -> list[str]:
    """List the systems that there are operations for: the packages that have some."""
    package = Path(__path__[0]).parent
    others = sorted(folder.parent.name.replace("_", "-") for folder in package.glob("*/operations"))
    return ["pagerduty", *others]


def _is_defined_in(module: ModuleType, value: object) -> bool:
    is_operation = (
        isinstance(value, type) and issubclass(value, Operation) and not isabstract(value)
    )
    return is_operation and value.__module__ == module.__name__


def _package(provider: str) -> ModuleType:
    if provider == "pagerduty":
        return import_module(__name__)
    return import_module(f"pd_incident_action.{provider.replace('-', '_')}.operations")

"""The systems that page people. A package with a module ``provider`` is one: nothing is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from .clients import ClientFactory
    from .doctor.finding import Check
    from .inputs.settings import ProviderSettings
    from .models import Outcome
    from .operations.base import Operation, OperationContext
    from .text import Json

DEFAULT = "pagerduty"


class ProviderAccount(Protocol):
    """A module that checks what workflows need of a provider, and what setup can offer of it."""

    def checks(self, context: OperationContext, services: Sequence[str]) -> list[Check]:
        """List the checks of everything that there are credentials for."""

    def examples(self) -> Mapping[str, Outcome]:
        """Return an example of what is written to each of the provider's blueprints."""

    def offer_choices(self, context: OperationContext, action: Json) -> Json:
        """Return a self-service action with what the account has as choices."""


class Provider(NamedTuple):
    """What the rest of the action knows of a provider; it is ``PROVIDER`` in the module.

    Attributes:
        name: as users write it; with underscores the name of its package, which has a function
            ``likely_urls`` as well.
        title: as people read it.
        settings: the model of its settings.
        operations: the package that has a module for each of its operations.
        account: the module that is a `ProviderAccount`.
        open_clients: opens the APIs that there are credentials for; takes the OAuth scopes that the
            operation requires.
    """

    name: str
    title: str
    settings: type[ProviderSettings]
    operations: str
    account: str
    open_clients: Callable[[ClientFactory, tuple[str, ...]], Iterable[object]]

    def operation_names(self) -> list[str]:
        """List the names of its operations, as users write them, without importing any."""
        folder = Path(import_module(self.operations).__path__[0])
        modules = {file.name.partition(".")[0] for file in folder.iterdir() if file.is_file()}
        return sorted(name.replace("_", "-") for name in modules - {"__init__", "base"})

    def load_operation(self, name: str) -> type[Operation]:
        """Import one of its operations: the class ``AddResponders`` of ``add-responders``."""
        module = import_module(f"{self.operations}.{name.replace('-', '_')}")
        operation: type[Operation] = getattr(module, name.title().replace("-", ""))
        return operation

    def load_account(self) -> ProviderAccount:
        """Import the module on the provider's account, which few runs need."""
        module: ProviderAccount = import_module(self.account)
        return module


def slug(provider: str, operation: str) -> str:
    """Return the name of an operation's example workflow and of its Port action."""
    return operation if provider == DEFAULT else f"{provider}-{operation}"


@cache
def names() -> Sequence[str]:
    """List the providers' names, the default one first."""
    # Without sources, as in the image, it's a .pyc.
    found = Path(__file__).parent.glob("*/provider.py*")
    every = {path.parent.name.replace("_", "-") for path in found}
    return tuple(sorted(every, key=lambda name: (name != DEFAULT, name)))


def find(name: str) -> Provider:
    """Return one of the providers."""
    provider: Provider = _module(name, ".provider").PROVIDER
    return provider


def find_all() -> list[Provider]:
    """Return all providers, the default one first."""
    return [find(name) for name in names()]


def likely_urls(given: Callable[[str], str]) -> list[str]:
    """Guess the base URLs that a run will talk to, without loading more than that takes."""
    return [url for name in names() for url in _module(name).likely_urls(given)]


def _module(provider: str, name: str = "") -> ModuleType:
    return import_module(f"{__package__}.{provider.replace('-', '_')}{name}")

"""Port's API and the account behind it."""

from .api import PortApi
from .runs import Run
from .state import PortState

__all__ = ["PortApi", "PortState", "Run"]

"""Port's API and the account behind it."""

from .api import PortApi
from .ingest import IngestApi
from .runs import Run
from .state import PortState

__all__ = ["IngestApi", "PortApi", "PortState", "Run"]

"""Port's API, its host for webhooks, and the account behind them."""

from .api import PortApi
from .state import PortState
from .webhooks import IngestApi

__all__ = ["IngestApi", "PortApi", "PortState"]

"""Port's API, all of it that is simulated.

https://docs.port.io/api-reference/port-api
"""

from __future__ import annotations

from .action_routes import ActionRoutes
from .catalog_routes import CatalogRoutes
from .run_routes import RunRoutes
from .webhook_routes import WebhookRoutes


class PortApi(RunRoutes, CatalogRoutes, ActionRoutes, WebhookRoutes):
    """Port's API; further endpoints are one more base class in a file of its own."""

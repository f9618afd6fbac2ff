"""incident.io's API, all of it that is simulated.

https://api-docs.incident.io/
"""

from __future__ import annotations

from .directory_routes import DirectoryRoutes
from .incident_routes import IncidentRoutes


class IncidentIoApi(IncidentRoutes, DirectoryRoutes):
    """incident.io's API; further endpoints are one more base class in a file of its own."""

"""PagerDuty's REST API v2, all of it that is simulated.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from .directory_routes import DirectoryRoutes
from .incident_routes import IncidentRoutes


class PagerDutyApi(IncidentRoutes, DirectoryRoutes):
    """PagerDuty's REST API; further endpoints are one more base class in a file of its own."""

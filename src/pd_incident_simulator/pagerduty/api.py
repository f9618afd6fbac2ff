"""PagerDuty's REST API v2, all of it that is simulated.

https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from .custom_field_routes import CustomFieldRoutes
from .directory_routes import DirectoryRoutes
from .incident_detail_routes import IncidentDetailRoutes
from .incident_routes import IncidentRoutes
from .insight_routes import InsightRoutes
from .oncall_routes import OncallRoutes
from .response_routes import ResponseRoutes
from .schedule_routes import ScheduleRoutes
from .schedule_v3_routes import ScheduleV3Routes
from .service_routes import ServiceRoutes
from .webhook_routes import WebhookRoutes
from .workflow_routes import WorkflowRoutes


class PagerDutyApi(
    IncidentRoutes,
    IncidentDetailRoutes,
    CustomFieldRoutes,
    ResponseRoutes,
    InsightRoutes,
    WorkflowRoutes,
    WebhookRoutes,
    ServiceRoutes,
    ScheduleRoutes,
    ScheduleV3Routes,
    OncallRoutes,
    DirectoryRoutes,
):
    """PagerDuty's REST API; further endpoints are one more base class in a file of its own."""

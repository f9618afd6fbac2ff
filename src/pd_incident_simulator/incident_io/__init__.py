"""incident.io's API and the account behind it."""

from .api import IncidentIoApi
from .state import IncidentIoState

__all__ = ["IncidentIoApi", "IncidentIoState"]

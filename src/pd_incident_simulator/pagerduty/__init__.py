"""PagerDuty's REST API v2 and the account behind it."""

from .api import PagerDutyApi
from .state import PagerDutyState

__all__ = ["PagerDutyApi", "PagerDutyState"]

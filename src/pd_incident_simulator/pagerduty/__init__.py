"""PagerDuty's REST API v2, Events API v2 and identity service, and the account behind them."""

from .api import PagerDutyApi
from .events import EventsApi
from .identity import IdentityApi
from .state import PagerDutyState

__all__ = ["EventsApi", "IdentityApi", "PagerDutyApi", "PagerDutyState"]

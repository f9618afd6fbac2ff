"""What a check-up gets to see, beside the providers that every operation works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pd_incident_action.http.request_log import RequestLog
    from pd_incident_action.inputs.settings import Settings
    from pd_incident_action.pagerduty.client import PagerDuty
    from pd_incident_action.port.client import PortClient

OTHER_REGION = {"us": "eu", "eu": "us"}


@dataclass(frozen=True)
class DoctorContext:
    """The settings, and ways to try the same credentials differently.

    Attributes:
        settings: the shared inputs.
        request_log: every attempt so far, with the time it took and the answer's headers.
        open_pagerduty: opens PagerDuty's REST API with other settings, and with an app's token
            for other scopes; None without credentials.
        open_port: opens Port's API with other settings; None without credentials.
    """

    settings: Settings
    request_log: RequestLog
    open_pagerduty: Callable[[Settings, tuple[str, ...]], PagerDuty | None]
    open_port: Callable[[Settings], PortClient | None]

    @property
    def pagerduty_in_other_region(self) -> Settings | None:
        """The settings for PagerDuty's other region; None where a URL was given instead."""
        settings = self.settings
        if settings.pagerduty_api_url:
            return None
        region = OTHER_REGION[settings.pagerduty_region]
        return settings.model_copy(update={"pagerduty_region": region})

    @property
    def port_in_other_region(self) -> Settings | None:
        """The settings for Port's other region; None where a URL was given instead."""
        settings = self.settings
        if settings.port_api_url:
            return None
        return settings.model_copy(update={"port_region": OTHER_REGION[settings.port_region]})

"""Port's API as unit tests open it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pd_incident_action.port.client import PortClient

API = "https://api.port.io/v1"


@dataclass
class Account:
    """Port's API, and the tokens that it gave."""

    port: PortClient
    tokens: list[str] = field(default_factory=list)

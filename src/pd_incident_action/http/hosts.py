"""Where the APIs are, by service region. Imports nothing: it is read before anything is loaded."""

from __future__ import annotations

PAGERDUTY = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
EVENTS = {"us": "https://events.pagerduty.com/v2", "eu": "https://events.eu.pagerduty.com/v2"}
PORT = {"eu": "https://api.port.io", "us": "https://api.us.port.io"}
IDENTITY = "https://identity.pagerduty.com"
INCIDENT_IO = "https://api.incident.io"

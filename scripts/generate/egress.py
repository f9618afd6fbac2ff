"""Which hosts each operation connects to, and what makes it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pd_incident_action import incident_io, pagerduty
from pd_incident_action.identity import RunIdentity
from pd_incident_action.operations.base import Operation
from pd_incident_action.port import URLS as PORT_URLS

ALWAYS = "always"
# By the name that the simulator gives the API: its title, and its hosts.
APIS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "pagerduty": ("PagerDuty's REST API", tuple(pagerduty.REST.values())),
    "identity": ("PagerDuty's identity service", (pagerduty.IDENTITY,)),
    "events": ("PagerDuty's Events API", tuple(pagerduty.EVENTS.values())),
    "incident-io": ("incident.io", (incident_io.API,)),
    "port": ("Port", tuple(PORT_URLS.values())),
    "github": ("GitHub", (RunIdentity().api_url,)),
}


def hosts(api: str) -> tuple[str, ...]:
    """Return the hosts of an API, by region."""
    return tuple(str(urlsplit(url).hostname) for url in APIS[api][1])


def contacted(operation: type[Operation]) -> dict[str, str]:
    """Return the APIs that an operation connects to, and the input without which it doesn't."""
    needed, either = operation.required_credentials, operation.required_one_of
    found = {}
    if operation.provider == "incident-io":
        found["incident-io"] = ALWAYS
    elif operation.scopes:
        found["pagerduty"] = ALWAYS if "pagerduty-token" in needed else "`pagerduty-token`"
        found["identity"] = "`pagerduty-client-id`"
    if not needed and not either:  # whatever there is a credential for
        found["incident-io"] = "`incident-io-token`"
    if "routing-key" in (*needed, *either):
        found["events"] = ALWAYS if "routing-key" in needed else "`routing-key`"
    elif "fallback" in operation.Inputs.model_fields:
        found["events"] = "`fallback`"
    found["port"] = ALWAYS if "port-client-id" in needed else "`port-client-id`"
    if not operation.from_port:
        found["github"] = "`github-token`"
    return found

"""Whether there are credentials at all."""

from __future__ import annotations

from pd_incident_action import providers
from pd_incident_action.inputs.settings import Settings

from .finding import Finding, doubtful, wrong


def check_credentials_present(settings: Settings) -> list[Finding]:
    """Check which credentials there are.

    Returns:
        Findings about what is missing; none where somebody can be paged.
    """
    findings = _check_port(settings)
    if any(one.can_page for one in settings.provider_settings):
        return findings
    if not settings.port_client_id and not settings.port_client_secret:
        finding = "none is set, so there is nothing to check and nobody can be paged"
        wanted = [
            f"{' or '.join(one.settings.CREDENTIALS)} for {one.title}"
            for one in providers.find_all()
        ]
        remedy = f"set {' or '.join(wanted)}, and port-client-id with port-client-secret for Port"
        return [wrong("credentials", finding, remedy)]
    names = [name for one in providers.find_all() for name in one.settings.CREDENTIALS]
    finding = "there are only Port's, so nobody can be paged"
    remedy = f"set {', '.join(names[:-1])} or {names[-1]} as well"
    return [*findings, doubtful("credentials", finding, remedy)]


def _check_port(settings: Settings) -> list[Finding]:
    parts = {
        "port-client-id": settings.port_client_id,
        "port-client-secret": settings.port_client_secret,
    }
    missing = [name for name, value in parts.items() if not value]
    if len(missing) != 1:
        return []
    finding = f"{missing[0]} is missing, so nothing is reported to Port"
    return [wrong("Port credentials", finding, f"set {missing[0]} as well")]

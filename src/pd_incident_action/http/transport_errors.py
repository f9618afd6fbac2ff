"""Transport failures, put into words."""

from __future__ import annotations

import requests

from .answers import InvalidResponse

_NETWORK = "check the runner's network, proxy (HTTPS_PROXY) and firewall, and the API's status page"
# Told apart by the words of urllib3, whose exceptions requests wraps too deeply to compare types.
_FAILURES: tuple[tuple[str, str, str, str], ...] = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        "its TLS certificate could not be verified",
        "a proxy with a private certificate authority",
        "point REQUESTS_CA_BUNDLE at that authority's certificates",
    ),
    ("ProxyError", "the proxy refused the connection", "HTTPS_PROXY is wrong or down", _NETWORK),
    (
        "NameResolutionError",
        "its host name could not be resolved",
        "no DNS on the runner or a wrong URL",
        _NETWORK,
    ),
    (
        "Connection refused",
        "the connection was refused",
        "the API is down or a firewall is in between",
        _NETWORK,
    ),
    ("timed out", "it gave no answer in time", "the API or the network is slow or down", _NETWORK),
)


def describe(error: Exception) -> tuple[str, str, str]:
    """Put a transport failure into words.

    Args:
        error: what requests, urllib3 or the reading of the answer raised.

    Returns:
        What happened, the likely cause and what to do.
    """
    text = f"{type(error).__name__} {error!r} {error}"
    if isinstance(error, InvalidResponse):
        return str(error), "a proxy or an outage in between", "re-run the job"
    for sign, what, cause, remedy in _FAILURES:
        if sign in text:
            return what, cause, remedy
    return "the connection broke", "the network or the API dropped it", _NETWORK


def is_permanent(error: BaseException | None) -> bool:
    """Tell whether trying again can't help: the URL or the certificate is wrong.

    Args:
        error: what requests raised, if anything.

    Returns:
        Whether to give up at once.
    """
    wrong_url = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)
    return isinstance(error, wrong_url) or "CERTIFICATE_VERIFY_FAILED" in str(error)

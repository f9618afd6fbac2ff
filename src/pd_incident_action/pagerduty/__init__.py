"""PagerDuty's APIs: where they are, and typed methods for each endpoint in use.

Connections are begun before all else: nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Callable

REST = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
EVENTS = {"us": "https://events.pagerduty.com/v2", "eu": "https://events.eu.pagerduty.com/v2"}
IDENTITY = "https://identity.pagerduty.com"


def incidents_page(region: str, subdomain: str | None) -> str:
    """Return the web page that lists an account's incidents."""
    domain = "eu.pagerduty.com" if region == "eu" else "pagerduty.com"
    return f"https://{subdomain or 'app'}.{domain}/incidents"


def likely_urls(given: Callable[[str], str]) -> list[str]:
    """Guess the URLs of a run from what stands under ``with:``; a wrong guess costs little."""
    if (given("provider") or "pagerduty").lower() != "pagerduty":
        return []
    region = given("pagerduty-region") or "us"
    rest = given("pagerduty-api-url") or REST.get(region, "")
    urls, follows = [rest], given("operation").lower() in {"follow", "expect"}
    if given("operation").lower() == "trigger" or (follows and given("routing-key")):
        events = given("pagerduty-events-url") or EVENTS.get(region, "")
        # An event's incident is looked up where there is a key for that.
        urls = [events, rest] if given("pagerduty-token") else [events]
    if given("pagerduty-client-id"):
        urls.append(given("pagerduty-identity-url") or IDENTITY)
    return urls

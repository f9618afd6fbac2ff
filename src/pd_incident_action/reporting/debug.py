"""Debug logs: requests and answers in full, without the credentials in them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pd_incident_action.http.request_log import Attempt

_MAX_CHARACTERS = 10_000
# Members that hold credentials, some of which nobody knew before the answer.
_CREDENTIALS = frozenset(
    {
        "accesstoken",
        "apikey",
        "clientsecret",
        "integrationkey",
        "routingkey",
        "secret",
        "webhookkey",
    }
)
_SHOWN_HEADERS = ("ratelimit", "x-ratelimit", "retry-after", "x-request-id", "x-trace-id")
HIDDEN = "***"


def title_of(attempt: Attempt) -> str:
    """Return for example ``PagerDuty: POST https://… → 201 in 45 ms``."""
    status = attempt.status if attempt.status is not None else "no answer"
    again = f", try {attempt.number}" if attempt.number > 1 else ""
    request = f"{attempt.service}: {attempt.method} {attempt.url}"
    return f"{request} → {status} in {round(attempt.seconds * 1000)} ms{again}"


def lines_of(attempt: Attempt) -> list[str]:
    """Return a request and its answer as texts, credentials hidden."""
    headers = {
        name: value for name, value in attempt.headers.items() if name.startswith(_SHOWN_HEADERS)
    }
    parts = {
        "action": attempt.action,
        "problem": attempt.problem,
        "request": _shown(attempt.sent),
        "answer's headers": json.dumps(headers) if headers else "",
        "answer": _shown(attempt.received),
    }
    return [f"{name}: {text}" for name, text in parts.items() if text]


def _shown(body: str) -> str:
    try:
        text = json.dumps(hide_credentials(json.loads(body)), indent=2, ensure_ascii=False)
    except ValueError:
        # A form's credentials are known to the redactor; nothing else isn't JSON.
        text = body
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]} … (cut)"


def hide_credentials(value: object) -> object:
    """Return a JSON value with stars in place of whatever has a credential's name."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if _is_credential(name) and item else hide_credentials(item)
            for name, item in value.items()
        }
    return [hide_credentials(item) for item in value] if isinstance(value, list) else value


def _is_credential(name: str) -> bool:
    return name.replace("_", "").replace("-", "").lower() in _CREDENTIALS

"""The calls of a run: the job summary's call trace, and each attempt in full for debugging."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from pd_incident_action.http.messages import Attempt
from pd_incident_action.models import Table
from pd_incident_action.text import parse_strict_json

from .summary import chart, code, titled_table

_MAX_ROWS = 40
# Whatever else there is could end a task's name in Mermaid.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 .()/-]+")
_MAX_NAME_CHARACTERS = 60
_MAX_CHARACTERS = 10_000
# Members that hold credentials, some of which nobody knew before the response, or somebody's phone
# number.
_HIDDEN_MEMBERS = frozenset(
    {
        "accesstoken",
        "address",
        "apikey",
        "clientsecret",
        "customheaders",
        "integrationkey",
        "routingkey",
        "secret",
        "webhookkey",
    }
)
_SHOWN_HEADERS = ("ratelimit", "x-ratelimit", "retry-after", "x-request-id", "x-trace-id")
HIDDEN = "***"


def render(attempts: Sequence[Attempt], started: float, dedup_key: str = "") -> str:
    """Render a run's calls as a chart and a table, folded away until somebody opens them.

    Returns:
        Markdown, or nothing where nothing was sent.
    """
    if not attempts:
        return ""
    ordered = sorted(attempts, key=lambda one: one.began)[:_MAX_ROWS]
    blocks = [
        f"<details><summary>{_title(len(attempts), has_key=bool(dedup_key))}</summary>",
        f"Dedup key: {code(dedup_key)}" if dedup_key else "",
        chart(chart_of(ordered, started)),
        titled_table(table_of(ordered, started)),
        "</details>",
    ]
    return "\n\n".join(filter(None, blocks))


def _title(count: int, *, has_key: bool) -> str:
    shown = str(count) if count <= _MAX_ROWS else f"{_MAX_ROWS} of {count}"
    return f"{'Dedup key and ' if has_key else ''}API calls ({shown})"


def table_of(attempts: Sequence[Attempt], started: float) -> Table:
    """List attempts, one a row."""
    rows = [
        (
            f"{one.began - started:.2f} s",
            one.service,
            one.action,
            str(one.status) if one.status is not None else one.problem,
            f"{round(one.seconds * 1000)} ms",
            str(one.number),
        )
        for one in attempts
    ]
    return Table("Calls", ("At", "API", "Request", "Status", "Duration", "Try"), tuple(rows))


def chart_of(attempts: Sequence[Attempt], started: float) -> str:
    """Draw attempts as a Mermaid chart.

    https://mermaid.js.org/syntax/gantt.html
    """
    lines = ["gantt", "  dateFormat x", "  axisFormat %S.%L s"]
    for service in dict.fromkeys(one.service for one in attempts):
        lines.append(f"  section {_name(service)}")
        lines += [_bar(one, started) for one in attempts if one.service == service]
    return "\n".join(lines)


def _bar(attempt: Attempt, started: float) -> str:
    began = round((attempt.began - started) * 1000)
    ended = max(began + 1, round((attempt.ended - started) * 1000))
    state = "" if attempt.succeeded else "crit, "
    status = attempt.status if attempt.status is not None else "no answer"
    return f"  {_name(attempt.action)} ({status}) :{state}{began}, {ended}"


def _name(words: str) -> str:
    return _NOT_IN_NAMES.sub(" ", words)[:_MAX_NAME_CHARACTERS].strip() or "call"


def attempt_title(attempt: Attempt) -> str:
    """Return for example ``PagerDuty: POST https://… → 201 in 45 ms``."""
    status = attempt.status if attempt.status is not None else "no answer"
    again = f", try {attempt.number}" if attempt.number > 1 else ""
    request = f"{attempt.service}: {attempt.method} {attempt.url}"
    return f"{request} → {status} in {round(attempt.seconds * 1000)} ms{again}"


def attempt_lines(attempt: Attempt) -> list[str]:
    """Return a request and its response as texts, without credentials and phone numbers."""
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
        text = json.dumps(redact_credentials(parse_strict_json(body)), indent=2, ensure_ascii=False)
    except ValueError:
        # A form's credentials are known to the redactor; nothing else isn't JSON.
        text = body
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]} … (cut)"


def redact_credentials(value: object) -> object:
    """Return a JSON value with its credentials redacted."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if _is_credential(name) and item else redact_credentials(item)
            for name, item in value.items()
        }
    return [redact_credentials(item) for item in value] if isinstance(value, list) else value


def _is_credential(name: str) -> bool:
    return name.replace("_", "").replace("-", "").lower() in _HIDDEN_MEMBERS

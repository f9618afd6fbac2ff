"""The step's outputs, a run's metrics among them.

https://docs.github.com/en/actions/reference/workflow-syntax-for-github-actions#jobsjob_idoutputs
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pd_incident_action.http.messages import Attempt
from pd_incident_action.http.retry import rate_limit
from pd_incident_action.models import Entity, Outcome
from pd_incident_action.port.client import SERVICE as PORT
from pd_incident_action.text import shorten

DESCRIPTIONS = {
    "incident-id": "Id of the incident at the provider, the first of several; empty if only an "
    "alert is known.",
    "incident-ids": "Ids of all incidents of this run, separated by commas; the input `incident` "
    "accepts this.",
    "incident-number": "Number of the incident.",
    "incident-url": "URL of the incident's page.",
    "incident-status": "Status of the incident: `triggered`, `acknowledged` or `resolved`; with a "
    "provider other than PagerDuty the name of its status.",
    "incident-urgency": "Urgency of the incident: `high` or `low`.",
    "dedup-key": "Key by which PagerDuty deduplicates the incident or alert.",
    "assignees": "Names of the incident's assignees, separated by commas.",
    "escalation-policy": "Name of the incident's escalation policy.",
    "created": "`true` if this run created the incident, `false` if it was already open; empty if "
    "unknown, for example for an event sent without a REST API key.",
    "entity-identifier": "Identifier of the entity in Port, the first of several.",
    "entity": "The Port entity as JSON, whether or not it could be written.",
    "response": "The provider's response as JSON.",
    "plan": "In a dry run, the requests and the catalog changes of a real run, as JSON.",
    "api-calls": "Number of requests sent, including retries.",
    "retries": "Number of retries among them.",
    "rate-limit-remaining": "Number of requests that the provider still allows at the moment; "
    "empty if it doesn't say.",
    "time-to-page-ms": "Milliseconds from the start of the process until the provider confirmed "
    "the page; empty if nobody was to be paged, or nothing was sent.",
}
# GitHub takes 1 MB, and counts two bytes for a character, or four for an emoji.
_MAX_BYTES = 900_000
_LONG_TEXT = 10_000


def outputs_of(
    outcome: Outcome, entities: Sequence[Entity]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return an outcome's outputs, and warnings about those that were too long."""
    incident = outcome.incident
    values: dict[str, str] = dict.fromkeys(DESCRIPTIONS, "")
    if incident is not None:
        values |= {
            "incident-id": incident.id if incident.number else "",
            "incident-number": str(incident.number or ""),
            "incident-url": incident.url,
            "incident-status": incident.status,
            "incident-urgency": incident.urgency,
            "assignees": ", ".join(incident.assignees),
            "escalation-policy": incident.escalation_policy,
        }
    values["dedup-key"] = outcome.dedup_key
    values["created"] = "" if outcome.created is None else str(outcome.created).lower()
    values["incident-ids"] = ",".join(one.id for one in outcome.incidents if one.number)
    in_json: dict[str, object] = {"response": outcome.response}
    if entities:
        values["entity-identifier"] = entities[0].identifier
        in_json["entity"] = {"blueprint": entities[0].blueprint, **entities[0].as_json()}
    in_json |= {name: one for name, one in outcome.outputs.items() if not isinstance(one, str)}
    values |= {name: one for name, one in outcome.outputs.items() if isinstance(one, str)}
    warnings = []
    for name, value in in_json.items():
        values[name], warning = to_json(name, value)
        warnings += [warning] if warning else []
    return values, tuple(warnings)


def to_json(name: str, value: object) -> tuple[str, str]:
    """Write a value as JSON, in whole or without the last items of its lists.

    Returns:
        The JSON, and a warning where something was left out, or an empty text.
    """
    text = _write(value)
    if _size(text) <= _MAX_BYTES:
        return text, ""
    kept, counts = _without_last_items(name, value)
    text, limit = _write(kept), _LONG_TEXT
    while _size(text) > _MAX_BYTES and limit:
        # One item is too long by itself.
        text, limit = _write(_shorten_texts(kept, limit)), limit // 2
    if _size(text) > _MAX_BYTES:
        return "null", f"Output '{name}' was longer than GitHub takes and is left out."
    has = ", ".join(f"{count} of {total} {of}" for of, (count, total) in counts.items())
    shortened = "long texts in it were shortened" if limit < _LONG_TEXT else ""
    what = " and ".join(filter(None, (has and f"it has only {has}", shortened)))
    return text, f"Output '{name}' was longer than GitHub takes: {what}."


def _without_last_items(name: str, value: object) -> tuple[object, dict[str, tuple[int, int]]]:
    """Shorten the longest list until the value fits, but leave an item in each.

    Returns:
        The value, and for each list that was shortened how many items it has of how many.
    """
    members = value if isinstance(value, dict) else {name: value}
    lists = {of: list(items) for of, items in members.items() if isinstance(items, list)}
    sizes = {of: [_size(_write(item)) + 2 for item in items] for of, items in lists.items()}
    totals = {of: sum(one) for of, one in sizes.items()}
    excess = _size(_write(value)) - _MAX_BYTES
    while excess > 0 and (several := [of for of, items in sizes.items() if len(items) > 1]):
        longest = max(several, key=totals.__getitem__)
        removed = sizes[longest].pop()
        totals[longest] -= removed
        excess -= removed
    kept = {of: items[: len(sizes[of])] for of, items in lists.items()}
    counts = {
        of: (len(items), len(lists[of]))
        for of, items in kept.items()
        if len(items) < len(lists[of])
    }
    shortened = {**members, **kept}
    return shortened if isinstance(value, dict) else shortened[name], counts


def _shorten_texts(value: object, limit: int) -> object:
    if isinstance(value, str):
        return shorten(value, limit)
    if isinstance(value, list):
        return [_shorten_texts(item, limit) for item in value]
    if isinstance(value, dict):
        return {key: _shorten_texts(item, limit) for key, item in value.items()}
    return value


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "replace"))


def metrics_of(
    attempts: Sequence[Attempt], started: float, *, pages: bool = True
) -> dict[str, int | None]:
    """Compute a run's metrics, None for what isn't known.

    The page counts as sent with the provider's first response that it has done what it was asked.

    Args:
        attempts: all its attempts.
        started: when its process started, in seconds of the monotonic clock.
        pages: whether somebody was to be paged.
    """
    providers = [attempt for attempt in attempts if attempt.service != PORT]
    done = [attempt.ended for attempt in providers if attempt.writes and attempt.succeeded]
    allowed = (rate_limit(attempt.headers).remaining for attempt in reversed(providers))
    return {
        "api_calls": len(attempts),
        "retries": sum(attempt.number > 1 for attempt in attempts),
        "rate_limit_remaining": next((one for one in allowed if one is not None), None),
        "time_to_page_ms": round((min(done) - started) * 1000) if done and pages else None,
    }


def as_outputs(metrics: Mapping[str, int | None]) -> dict[str, str]:
    """Return metrics as outputs; what isn't known is empty."""
    return {
        name.replace("_", "-"): "" if one is None else str(one) for name, one in metrics.items()
    }

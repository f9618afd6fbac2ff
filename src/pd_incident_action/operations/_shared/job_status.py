"""What a workflow says about its jobs: ``job.status``, a run's conclusion, or ``toJSON(needs)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from pd_incident_action.github.models import FAILED
from pd_incident_action.inputs.fields import ShortText
from pd_incident_action.text import parse_strict_json, shorten

SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
_CONCLUSIONS = {
    SUCCESS: SUCCESS,
    CANCELLED: CANCELLED,
    **dict.fromkeys(FAILED, FAILURE),
    **dict.fromkeys((SKIPPED, "neutral", "stale", "action_required"), SKIPPED),
}
_SHOWN_CHARACTERS = 50
# What can be recognised as a failure counts as one, even in JSON that is cut off.
_FAILED_RESULT = re.compile(r'"result"\s*:\s*"failure"')


@dataclass(frozen=True)
class JobStatus:
    """How jobs ended.

    Attributes:
        conclusion: success, failure, cancelled or skipped.
        failed: the ids of jobs that failed, where they are known.
    """

    conclusion: str
    failed: tuple[str, ...] = ()


def parse_status(text: str) -> JobStatus:
    """Parse how jobs ended.

    Raises:
        ValueError: it can't be told; the message is the predicate of a sentence.
    """
    if text.lstrip().startswith(("{", "[")):
        return _parse_needs(text)
    known = _CONCLUSIONS.get(text.strip().lower())
    if known is None:
        shown = shorten(text, _SHOWN_CHARACTERS)
        raise ValueError(f"must be the job's status or toJSON(needs), not '{shown}'")
    return JobStatus(known)


def _parse_needs(text: str) -> JobStatus:
    try:
        needs = parse_strict_json(text)
    except ValueError:
        needs = None
    jobs = needs if isinstance(needs, Mapping) else {}
    results = {
        name: _CONCLUSIONS.get(str(one.get("result")), "")
        for name, one in jobs.items()
        if isinstance(one, Mapping)
    }
    failed = tuple(name for name, result in results.items() if result == FAILURE)
    if failed or _FAILED_RESULT.search(text):
        return JobStatus(FAILURE, failed)
    if not results or "" in results.values():
        raise ValueError("must be toJSON(needs): JSON that has a result for each job")
    for conclusion in (CANCELLED, SUCCESS):
        if conclusion in results.values():
            return JobStatus(conclusion)
    return JobStatus(SKIPPED)


def _check(text: str) -> str:
    parse_status(text)
    return text


StatusText = Annotated[ShortText, AfterValidator(_check)]
"""How jobs ended, as the workflow says it; see `parse_status`."""

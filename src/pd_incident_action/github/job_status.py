"""How a workflow reports its jobs: ``job.status``, a run's conclusion, or ``toJSON(needs)``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pd_incident_action.text import shorten, try_json

from .models import FAILED

SUCCESS, FAILURE, CANCELLED, SKIPPED = "success", "failure", "cancelled", "skipped"
_CONCLUSIONS = {
    SUCCESS: SUCCESS,
    CANCELLED: CANCELLED,
    **dict.fromkeys((*FAILED, "failed"), FAILURE),
    **dict.fromkeys((SKIPPED, "neutral", "stale", "action_required"), SKIPPED),
}
_SHOWN_CHARACTERS = 50
_RESULT = re.compile(r"""["'](?:result|status)["']\s*:\s*["'](\w+)["']""")


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
    """Parse how jobs ended; what can be recognised as a failure is one.

    Raises:
        ValueError: it isn't a status; the message is the predicate of a sentence.
    """
    results = [(job, _CONCLUSIONS.get(str(one).strip().lower())) for job, one in _results(text)]
    conclusions = {conclusion for _, conclusion in results}
    if FAILURE in conclusions:
        return JobStatus(FAILURE, tuple(job for job, one in results if job and one == FAILURE))
    if not conclusions or None in conclusions:
        shown = shorten(text, _SHOWN_CHARACTERS)
        raise ValueError(f"must be the job's status or toJSON(needs), not '{shown}'")
    return JobStatus(next(one for one in (CANCELLED, SUCCESS, SKIPPED) if one in conclusions))


def _results(text: str) -> Iterator[tuple[str, object]]:
    """Yield each job's id, or an empty text, and its result."""
    match try_json(text):
        case {"result": str(result)} | {"status": str(result)}:  # toJSON(needs.test), toJSON(job)
            yield "", result
        case dict() as needs:
            for job, one in needs.items():
                yield job, one.get("result") if isinstance(one, dict) else one
        case list() as results:  # toJSON(needs.*.result)
            yield from (("", one) for one in results)
        case _ if text.lstrip().startswith(("{", "[")):
            # JSON that is cut off may show a failure, and never that all is well.
            yield from (("", one) for one in (*_RESULT.findall(text), ""))
        case _:
            yield from (("", one.strip(" \n\"'")) for one in text.split(","))

"""Reading an answer: within a size and a time, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .deadline import Deadline

# The largest answer that we ever need is some kB; more is a fault or an attack.
MAX_ANSWER_BYTES = 4 * 2**20
# So much of it is read at a time.
CHUNK = 64 * 2**10


class InvalidResponse(Exception):
    """An answer that arrived broken: cut short, too large, not JSON."""


def read(chunks: Iterable[bytes], deadline: Deadline) -> str:
    """Read an answer's body.

    Args:
        chunks: the body as it comes in, in parts.
        deadline: when to give up.

    Returns:
        The text; bytes that aren't UTF-8 are replaced.

    Raises:
        UnusableError: it is too large, or didn't arrive in time.
    """
    data, is_late = bytearray(), False
    for chunk in chunks:
        # What has come as a whole counts, however late.
        if is_late:
            msg = "its answer did not arrive in time"
            raise InvalidResponse(msg)
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            msg = f"its answer was larger than {MAX_ANSWER_BYTES // 2**20} MiB"
            raise InvalidResponse(msg)
        is_late = deadline.expired()
    return data.decode("utf-8", "replace")


def parse(text: str, envelope: str) -> Any:  # noqa: ANN401 - JSON
    """Read the JSON of an answer that says yes.

    Args:
        text: the body.
        envelope: a member that it must have, or empty.

    Returns:
        The JSON; None for an empty body.

    Raises:
        UnusableError: it isn't JSON, or lacks the member.
    """
    try:
        body = json.loads(text) if text.strip() else None
    except ValueError as error:
        msg = "its answer was not JSON"
        raise InvalidResponse(msg) from error
    if envelope and not (isinstance(body, dict) and body.get(envelope) is not None):
        msg = f"its answer lacked '{envelope}'"
        raise InvalidResponse(msg)
    return body


def parse_leniently(text: str) -> Any:  # noqa: ANN401 - JSON
    """Read the JSON of an answer that says no, which may be anything.

    Args:
        text: the body.

    Returns:
        The JSON, or None if it isn't any.
    """
    try:
        return json.loads(text)
    except ValueError:
        return None

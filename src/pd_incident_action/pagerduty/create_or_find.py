"""Creating once what PagerDuty has no idempotency key for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pd_incident_action.errors import ApiError, ApiUnavailable, ApiUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

Thing = TypeVar("Thing")


def create_or_find(create: Callable[[], Thing], find: Callable[[], Thing | None]) -> Thing:
    """Create something, and find out whether it exists if PagerDuty's answer got lost.

    Args:
        create: sends the request, once.
        find: returns what was created, or None; only called after a request without a clear answer.

    Returns:
        What was created, or found.

    Raises:
        ApiError: PagerDuty refused or wasn't reached, and it doesn't exist.
    """
    try:
        return create()
    except (ApiUnavailable, ApiUnreachable) as error:
        try:
            found = find()
        except ApiError:
            raise error from None
        if found is not None:
            return found
        # Without any answer the request may still be on its way.
        if isinstance(error, ApiUnreachable):
            raise
    return create()

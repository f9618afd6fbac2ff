"""Writing once what would be there twice: PagerDuty has no key to recognise a repetition by."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pd_incident_action.errors import ApiError, ApiUnavailable, ApiUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

Thing = TypeVar("Thing")


def create_or_find(write: Callable[[], Thing], look: Callable[[], Thing | None]) -> Thing:
    """Write something, and look whether it is there where PagerDuty's answer doesn't tell.

    Args:
        write: writes it, without being repeated by itself.
        look: finds it, or gives None; only called after a write without a clear answer.

    Returns:
        What was written, or found.

    Raises:
        ApiError: PagerDuty refused or wasn't reached, and it isn't there.
    """
    try:
        return write()
    except (ApiUnavailable, ApiUnreachable) as error:
        try:
            found = look()
        except ApiError:
            raise error from None
        if found is not None:
            return found
        # Without any answer the request may still be on its way.
        if isinstance(error, ApiUnreachable):
            raise
    return write()

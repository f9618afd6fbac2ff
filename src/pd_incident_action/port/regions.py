"""Telling wrong credentials for Port from those of its other region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiError, ApiRejected

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER_REGION = {"us": "eu", "eu": "us"}


def explain_refusal(error: ApiRejected, region: str, sign_in: Callable[[], None]) -> ApiRejected:
    """Try credentials in the other region, and say whether they work there.

    Args:
        error: why Port didn't let us in.
        region: the other region.
        sign_in: signs in there.

    Returns:
        The same error, or one that says which region the credentials belong to.
    """
    try:
        sign_in()
    except ApiError:
        return error
    return ApiRejected(
        error.what,
        f"these credentials work in region {region}, not in {OTHER_REGION[region]}",
        f"set port-region: {region}",
        service=error.service,
        status=error.status,
        code=error.code,
        headers=error.headers,
        body=error.body,
    )

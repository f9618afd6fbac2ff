"""Features that not every PagerDuty plan has.

https://developer.pagerduty.com/docs/errors (402, code 2014)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pd_incident_action.errors import ApiRejected, NotApplicable

_NOT_INCLUDED = 402
_ABILITY_MISSING = 2014


@contextmanager
def requires_plan_feature(name: str) -> Iterator[None]:
    """Name the feature where PagerDuty only says that the plan lacks something.

    Args:
        name: as PagerDuty's price list calls it.

    Raises:
        Impossible: the plan lacks the feature.
    """
    try:
        yield
    except ApiRejected as error:
        if error.status != _NOT_INCLUDED and error.code != _ABILITY_MISSING:
            raise
        raise NotApplicable(
            error.summary,
            f"the account's plan does not include {name}",
            "ask your PagerDuty administrator about it, or leave this operation out",
        ) from error

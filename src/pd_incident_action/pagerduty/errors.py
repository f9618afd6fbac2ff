"""PagerDuty's errors: their causes and remedies.

https://developer.pagerduty.com/docs/errors
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import ErrorDetail

_ABILITY_MISSING = 2014
_BY_CODE: dict[int, tuple[str, str]] = {
    1001: ("the incident is already resolved", "open a new one with operation: create"),
    1002: ("the incident is already acknowledged", "nothing needs to be done"),
    1006: (
        "the incident can't be escalated to that level",
        "use a level that its escalation policy has, or give another escalation-policy",
    ),
    1007: ("no such user to assign it to", "check the assignee's id or e-mail address"),
    1008: (
        "no PagerDuty user has the address in 'from'",
        "use the e-mail address of a user of this account, e.g. `from: ada@example.com`",
    ),
    1014: (
        "the escalation policy does not exist",
        "check its id at the end of the policy's URL in PagerDuty",
    ),
    1015: (
        "nobody is on call at that level of the escalation policy",
        "put somebody on call or use another escalation-policy",
    ),
    1018: (
        "the key may not act on this incident",
        "use a key whose user or scopes include write access to incidents",
    ),
    1019: ("the incident was merged into another", "act on the incident it was merged into"),
    1020: ("the account has no such priority", "check priority, by id or by name"),
    2001: (
        "something in the request is not valid, often an id that does not exist",
        "check the inputs that PagerDuty names",
    ),
    2002: (
        "PagerDuty rejected the arguments",
        "check the inputs that PagerDuty names",
    ),
    2006: (
        "the API key is wrong, revoked, or belongs to the other service region",
        "check pagerduty-token, and pagerduty-region (us or eu)",
    ),
    2010: (
        "the API key may not do this",
        "use a key with write access, or a user's key whose role allows it",
    ),
    2013: ("the user does not exist", "check the assignee's id or e-mail address"),
    _ABILITY_MISSING: (
        "the account's plan does not include this feature",
        "ask your PagerDuty administrator, or leave out the input that needs it",
    ),
    2016: (
        "a general access key needs the e-mail address of a user",
        "set the input `from`, e.g. `from: ada@example.com`",
    ),
    2100: (
        "what the id names does not exist in this account",
        "check the id, and pagerduty-region (us or eu)",
    ),
}

_BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("something in the request is not valid", "check the inputs that PagerDuty names"),
    401: _BY_CODE[2006],
    402: _BY_CODE[_ABILITY_MISSING],
    403: _BY_CODE[2010],
    404: _BY_CODE[2100],
    409: ("somebody changed it at the same moment", "re-run the job"),
    413: ("the request is too large", "shorten details or custom-details"),
    422: ("something in the request is not valid", "check the inputs that PagerDuty names"),
    429: (
        "too many requests with this key in the last minute",
        "re-run the job in a minute, raise timeout, or give this workflow a key of its own",
    ),
}

_OUTAGE = (
    "PagerDuty is having an outage",
    "see status.pagerduty.com, page by phone if it is urgent, and re-run the job",
)

_SIGN_IN: dict[int, tuple[str, str]] = {
    400: (
        "the app, its scopes or the account's subdomain are not right",
        "check pagerduty-subdomain, pagerduty-region, and the scopes that the app was given",
    ),
    401: (
        "PagerDuty does not know this app",
        "check pagerduty-client-id and pagerduty-client-secret",
    ),
    403: (
        "the app may not ask for these scopes",
        "give the app the scopes that docs/permissions.md lists for this operation",
    ),
}


def explain(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain an error of PagerDuty's REST API.

    Args:
        status: HTTP status.
        body: parsed JSON, the raw text where it isn't JSON, or None.

    Returns:
        PagerDuty's message and code, the likely cause, and the remedy.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    code = error.get("code") if isinstance(error.get("code"), int) else None
    cause, remedy = _BY_CODE.get(code or 0) or _BY_STATUS.get(status, _OUTAGE)
    return ErrorDetail(_message(error), code, cause, remedy)


def explain_event(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain an error of PagerDuty's Events API v2, as `explain` does."""
    answer = body if isinstance(body, Mapping) else {}
    transient = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if status in range(400, 500) and status not in transient:
        cause = "the routing key or a field of the event is not valid"
        remedy = "check routing-key (32 characters, of an Events API v2 integration) and the inputs"
    else:
        cause, remedy = _BY_STATUS.get(status, _OUTAGE)
    return ErrorDetail(_message(answer), None, cause, remedy)


def explain_sign_in(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain an error of PagerDuty's identity service, as `explain` does."""
    answer = body if isinstance(body, Mapping) else {}
    cause, remedy = _SIGN_IN.get(status, _OUTAGE)
    return ErrorDetail(
        str(answer.get("error_description") or ""), answer.get("error"), cause, remedy
    )


@contextmanager
def requires_plan_feature(name: str) -> Iterator[None]:
    """Name the feature where PagerDuty only says that the plan lacks something.

    Args:
        name: as PagerDuty's price list calls it.

    Raises:
        NotApplicable: the plan lacks the feature.
    """
    try:
        yield
    except ApiRejected as error:
        if error.status != HTTPStatus.PAYMENT_REQUIRED and error.code != _ABILITY_MISSING:
            raise
        raise NotApplicable(
            error.summary,
            f"the account's plan does not include {name}",
            "ask your PagerDuty administrator about it, or leave this operation out",
        ) from error


def _message(error: Mapping[str, Any]) -> str:
    details = error.get("errors")
    listed = details if isinstance(details, list) else [details] if details else []
    parts = [str(part) for part in (error.get("message"), *listed) if part]
    return ": ".join([parts[0], ", ".join(parts[1:])]) if len(parts) > 1 else "".join(parts)

"""PagerDuty's errors: their causes and remedies.

https://developer.pagerduty.com/docs/errors
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.http.messages import ErrorDetail, code_of, message_of

_ABILITY_MISSING = 2014
_NO_REQUESTER = 2016
# PagerDuty says so with several codes.
_ASKS_FOR_FROM = re.compile(r"\bfrom\W{1,3}header\b|\bheader\W{1,3}from\b", re.IGNORECASE)
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
        "use the e-mail address of a user of this account, e.g. from: ada@example.com",
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
    _NO_REQUESTER: (
        "a general access key needs the e-mail address of a user",
        "set the input `from`, e.g. from: ada@example.com",
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
        "re-run the job in a minute, raise timeout, or give this workflow its own key",
    ),
}

_OUTAGE = (
    "PagerDuty is having an outage",
    "see status.pagerduty.com, page by phone if it is urgent, and re-run the job",
)

# Of the Events API, which knows neither users nor rights.
_EVENT: dict[int, tuple[str, str]] = {
    400: (
        "the routing key or a field of the event is not valid",
        "check routing-key (32 characters, of an Events API v2 integration) and the inputs",
    ),
    404: (
        "there is no Events API v2 at that URL",
        "check pagerduty-events-url, which ends in /v2",
    ),
    408: _OUTAGE,
    413: ("the event is too large", "shorten custom-details, links and images"),
    429: _BY_STATUS[429],
}
_EVENT_ELSEWHERE = (
    "a proxy or firewall between the runner and PagerDuty may have refused it",
    "check HTTPS_PROXY, the firewall, and pagerduty-events-url",
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
    """Explain an error of PagerDuty's REST API."""
    message, code = message_of(body), _code(body)
    known = _NO_REQUESTER if _ASKS_FOR_FROM.search(message) else code
    cause, remedy = _BY_CODE.get(known or 0) or _BY_STATUS.get(status, _OUTAGE)
    return ErrorDetail(message, code, cause, remedy)


def explain_event(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain an error of PagerDuty's Events API v2, as `explain` does."""
    is_client_error = status in range(400, 500)
    cause, remedy = _EVENT.get(status) or (_EVENT_ELSEWHERE if is_client_error else _OUTAGE)
    return ErrorDetail(message_of(body), None, cause, remedy)


def explain_sign_in(status: int, _headers: Mapping[str, str], body: object) -> ErrorDetail:
    """Explain an error of PagerDuty's identity service, as `explain` does."""
    code = code_of(body.get("error")) if isinstance(body, Mapping) else None
    cause, remedy = _SIGN_IN.get(status, _OUTAGE)
    message = message_of(body)
    return ErrorDetail("" if message == code else message, code, cause, remedy)


@contextmanager
def requires_plan_feature(name: str) -> Iterator[None]:
    """Name the feature where PagerDuty only says that the plan lacks something.

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


def _code(body: object) -> int | None:
    """Return PagerDuty's code of an error, wrapped or not."""
    error = body.get("error", body) if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) else None

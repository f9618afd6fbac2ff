"""What the REST endpoints share: who asks, the body, filters, ranges of time, paging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from pd_incident_simulator import routing
from pd_incident_simulator.exchange import Reply, Request

from .objects import ApiError, Json, invalid, not_found, parse_time
from .seed import TOKEN_OWNER, USER_TOKEN
from .state import PagerDutyState

Routes = routing.Routes[PagerDutyState]
Filters = Mapping[str, Callable[[Json], set[str]]]
T = TypeVar("T")

_MAX_PAGE = 100
_MAX_OFFSET = 10_000
_MISSING_ABILITY = (
    "Account does not have the abilities to perform the action. Please review the response for "
    "the required abilities."
)


def requester(state: PagerDutyState, request: Request) -> Json:
    """Return the user who asks: the owner of a user's key, or the user that From names.

    Raises:
        ApiError: From is missing or unknown.
    """
    if owns_token(request):
        return state.users[TOKEN_OWNER]
    email = request.headers.get("from", "")
    if not email:
        raise ApiError(2016, "Required From Header Missing", "From must be a valid user")
    user = state.user_by_email(email)
    if user is None:
        raise ApiError(1008, "Requester User Not Found", "From must be a valid user")
    return user


def owns_token(request: Request) -> bool:
    """Return whether the API key is a user's own, not the account's."""
    return request.headers.get("authorization") == f"Token token={USER_TOKEN}"


def require_ability(state: PagerDutyState, ability: str) -> None:
    """Reply with 402 if the account's plan lacks an ability."""
    if ability in state.missing_abilities:
        detail = f"The ability {ability} is required"
        raise ApiError(2014, _MISSING_ABILITY, detail, status=402)


def lookup(objects: Mapping[str, T], request: Request, param: str = "id") -> T:
    """Return the object that the path names, or reply with 404."""
    identifier = request.path_params[param]
    if identifier not in objects:
        raise not_found()
    return objects[identifier]


def get_object(body: Json, name: str) -> Json:
    """Return an object in a body."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    return value


def get_objects(body: Json, name: str) -> list[Json]:
    """Return a list of objects in a body, which must not be empty."""
    values = body.get(name)
    if not isinstance(values, list) or not values or not all(isinstance(v, dict) for v in values):
        raise invalid(f"{name} must be a list of objects that isn't empty")
    return values


def get_text(body: Json, name: str) -> str:
    """Return a text in a body, which must not be blank."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name.capitalize()} cannot be empty.")
    return value


def named(request: Request, objects: Iterable[Json]) -> list[Json]:
    """List the objects whose name contains the ``query``, in any case."""
    query = request.param("query").lower()
    return [one for one in objects if query in one["name"].lower()]


def matching(request: Request, objects: Iterable[Json], filters: Filters) -> list[Json]:
    """List the objects that the query's filters select.

    Args:
        request: the request.
        objects: all of them.
        filters: by query parameter: the values of an object, one of which must be given.
    """
    active = [(request.params(name), values) for name, values in filters.items()]
    return [
        one
        for one in objects
        if all(not wanted or not values(one).isdisjoint(wanted) for wanted, values in active)
    ]


def page(request: Request, name: str, objects: list[Json]) -> Reply:
    """Reply with the part of a list that ``limit`` and ``offset`` ask for."""
    limit = min(integer(request, "limit", 25), _MAX_PAGE)
    offset = integer(request, "offset", 0)
    if limit + offset > _MAX_OFFSET:
        raise invalid(f"Offset and limit together must not be above {_MAX_OFFSET}")
    paging: Json = {"limit": limit, "offset": offset, "more": offset + limit < len(objects)}
    if request.flag("total"):
        paging["total"] = len(objects)
    return Reply(200, {name: objects[offset : offset + limit], **paging})


def integer(request: Request, name: str, default: int) -> int:
    """Return an integer from the query."""
    text = request.param(name, str(default))
    if not text.isdecimal():
        raise invalid(f"{name} must be a number")
    return int(text)


def time_range(
    request: Request, default: tuple[datetime, datetime] | None = None
) -> tuple[datetime, datetime]:
    """Return the range of time between ``since`` and ``until``.

    Args:
        request: the request.
        default: the range if the query has none; without it both parameters are required.
    """
    since, until = request.param("since"), request.param("until")
    start = default[0] if default and not since else parse_time(since, "since")
    end = max(start, default[1]) if default and not until else parse_time(until, "until")
    if end < start:
        raise invalid("until must not be before since")
    return start, end

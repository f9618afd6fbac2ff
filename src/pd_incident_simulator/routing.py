"""Dispatching a request to the function that handles it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import unquote

from .exchange import Reply, Request

S = TypeVar("S")
Endpoint = Callable[[S, Request], Reply]


@dataclass(frozen=True)
class Route(Generic[S]):
    """A method, a path and the function that handles it."""

    method: str
    path: str
    pattern: re.Pattern[str]
    endpoint: Endpoint[S]


class Routes(Generic[S]):
    """The endpoints of one resource: functions of the API's state and the request."""

    def __init__(self) -> None:
        self.routes: list[Route[S]] = []

    def __call__(self, method: str, path: str) -> Callable[[Endpoint[S]], Endpoint[S]]:
        """Register an endpoint; its path has ``{name}`` for each segment that varies."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

        def register(endpoint: Endpoint[S]) -> Endpoint[S]:
            self.routes.append(Route(method, path, pattern, endpoint))
            return endpoint

        return register


class Api(Generic[S]):
    """An API: its state and its endpoints.

    Where two paths match, the one with fewer ``{name}`` segments wins.
    """

    name = ""

    def __init__(self, state: S, *resources: Routes[S]) -> None:
        self.state = state
        routes = [route for resource in resources for route in resource.routes]
        self.routes = sorted(routes, key=lambda route: route.path.count("{"))

    def handle(self, request: Request) -> Reply:
        """Handle a request; 404 and 405 where no route matches."""
        matches = [
            (route, match)
            for route in self.routes
            if (match := route.pattern.fullmatch(request.path))
        ]
        for route, match in matches:
            if route.method == request.method:
                path_params = {name: unquote(value) for name, value in match.groupdict().items()}
                routed = replace(request, path_params=path_params)
                self.check(routed)
                return route.endpoint(self.state, routed)
        return Reply(405, {"message": "Method Not Allowed"}) if matches else self.not_found()

    def check(self, request: Request) -> None:
        """Reject a request before its endpoint is called, for example without credentials."""

    def not_found(self) -> Reply:
        """Reply to a path that doesn't exist."""
        return Reply(404, {"message": "Not Found"})

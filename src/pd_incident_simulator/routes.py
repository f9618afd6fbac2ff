"""Finding the function that answers a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from .exchange import Reply, Request

Handler = Callable[[Any, Request], Reply]


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Mark a method of an `Api` as the answer to a request.

    Args:
        method: HTTP method.
        path: path with ``{name}`` for each segment that varies.
    """

    def mark(handler: Handler) -> Handler:
        routes = [*getattr(handler, "routes", ()), (method, path)]
        setattr(handler, "routes", routes)  # noqa: B010 - functions have no such attribute to check
        return handler

    return mark


class Api:
    """A set of routes."""

    name = ""

    def __init__(self) -> None:
        self._routes = [
            (method, _pattern(path), handler)
            for handler in vars(type(self)).values()
            for method, path in getattr(handler, "routes", ())
        ]

    def answer(self, request: Request) -> Reply:
        """Answer a request; 404 and 405 where no route does."""
        methods = set()
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            if method == request.method:
                found = {name: unquote(value) for name, value in match.groupdict().items()}
                routed = Request(
                    request.method,
                    request.path,
                    request.query,
                    request.headers,
                    request.body,
                    found,
                )
                refusal = self.admit(routed)
                return refusal or handler(self, routed)
            methods.add(method)
        return self.not_found() if not methods else Reply(405, {"message": "Method Not Allowed"})

    def admit(self, request: Request) -> Reply | None:  # noqa: ARG002 - for APIs that check more
        """Refuse a request before it is looked at, for example without credentials."""
        return None

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        return Reply(404, {"message": "Not Found"})


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

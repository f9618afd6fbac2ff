"""Finding the function that answers a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


class Api:
    """A set of routes; an API of many is put together by inheriting from several.

    Where two paths fit, the one with fewer ``{name}`` segments answers.
    """

    name = ""

    def __init__(self) -> None:
        marked = sorted(_marked(type(self)), key=lambda item: item[1].count("{"))
        self._routes = [_Route(method, _pattern(path), handler) for method, path, handler in marked]

    def answer(self, request: Request) -> Reply:
        """Answer a request; 404 and 405 where no route does."""
        fitting = [route for route in self._routes if route.pattern.fullmatch(request.path)]
        for found in fitting:
            if found.method == request.method:
                return self._follow(found, request)
        return Reply(405, {"message": "Method Not Allowed"}) if fitting else self.not_found()

    def _follow(self, found: _Route, request: Request) -> Reply:
        match = found.pattern.fullmatch(request.path)
        values = match.groupdict() if match else {}
        parameters = {name: unquote(value) for name, value in values.items()}
        routed = replace(request, parameters=parameters)
        self.admit(routed)
        return found.handler(self, routed)

    def admit(self, request: Request) -> None:
        """Refuse a request before it is looked at, for example without credentials."""

    def not_found(self) -> Reply:
        """Answer a path that doesn't exist."""
        return Reply(404, {"message": "Not Found"})


def _marked(kind: type) -> Iterator[tuple[str, str, Handler]]:
    for base in kind.__mro__:
        for handler in vars(base).values():
            for method, path in getattr(handler, "routes", ()):
                yield method, path, handler


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

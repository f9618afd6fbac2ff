"""Faults to order: what goes wrong with which requests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, get_args

ResourceType = Literal[
    "status",
    "reset",
    "hang",
    "slow",
    "truncate",
    "garbage",
    "huge",
    "content_type",
    "redirect",
    "echo",
]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    Attributes:
        kind: what goes wrong: ``status`` answers with another status; ``reset`` drops the
            connection; ``hang`` gives no answer and then drops it; ``slow`` answers late;
            ``truncate`` sends half of the body; ``garbage`` sends something that isn't JSON;
            ``huge`` sends a body of many megabytes; ``content_type`` lies about the body's type;
            ``redirect`` sends the client elsewhere; ``echo`` refuses with the request's own
            headers and body in the answer.
        api: which API, or ``*``.
        method: which method, or ``*``.
        path: which path, as a shell pattern.
        count: how many requests it hits; None for all.
        skip: how many matching requests it lets pass first.
        processed: whether the request takes effect although the answer is lost.
        status: the status of ``status`` and ``echo``.
        body: the body of ``status``.
        headers: headers of ``status``.
        content_type: the type of ``status`` and ``content_type``.
        seconds: how long ``hang`` and ``slow`` take.
        megabytes: the size of ``huge``.
        location: the target of ``redirect``.

    Raises:
        ValueError: there is no such kind.
    """

    kind: ResourceType
    api: str = "*"
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    skip: int = 0
    processed: bool = False
    status: int = 500
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    seconds: float = 1.0
    megabytes: int = 200
    location: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(ResourceType):
            raise ValueError(f"kind must be one of {', '.join(get_args(ResourceType))}")
        for name in ("api", "method", "path", "body", "content_type", "location"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} must be a text")
        for name in ("status", "skip", "megabytes"):
            if not isinstance(getattr(self, name), int):
                raise TypeError(f"{name} must be a whole number")
        if not (self.count is None or isinstance(self.count, int)):
            raise TypeError("count must be a whole number, or null for all")

    def matches(self, api: str, method: str, path: str) -> bool:
        """Tell whether a request is one that it is meant for."""
        wanted = ((self.api, api), (self.method, method), (self.path, path))
        return all(fnmatchcase(actual, pattern) for pattern, actual in wanted)


class Faults:
    """The faults that are on; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: dict[int, int] = {}

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault)
            self._seen[len(self._faults) - 1] = 0

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def next(self, api: str, method: str, path: str) -> Fault | None:
        """Give the fault that hits a request, if one does."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if not fault.matches(api, method, path):
                    continue
                seen = self._seen[index]
                self._seen[index] = seen + 1
                if seen < fault.skip:
                    continue
                if fault.count is None or seen < fault.skip + fault.count:
                    return fault
        return None

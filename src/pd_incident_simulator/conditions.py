"""What all listeners have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from .faults import Faults
from .journal import RequestLog


@dataclass(frozen=True)
class Tls:
    """The server's certificate.

    Attributes:
        certificate: PEM file with the certificate chain.
        key: PEM file with its private key.
    """

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Conditions:
    """What all listeners have in common.

    The latency models a network without loss and with no limit to its bandwidth: opening a TCP
    connection costs one round trip before the first byte is looked at, TLS another one (as TLS 1.3
    does; on loopback the handshake itself takes next to nothing), and each request one more: half
    of it before the request arrives, half before the answer leaves. A connection that is kept open
    saves all but the last.

    Attributes:
        journal: where exchanges are recorded.
        faults: what goes wrong.
        latency: one round trip, in seconds.
        tls: the certificate, or None for plain HTTP.
        connections: numbers for TCP connections.
    """

    journal: RequestLog
    faults: Faults
    latency: float = 0.0
    tls: Tls | None = None
    connections: Iterator[int] = field(default_factory=lambda: count(1))

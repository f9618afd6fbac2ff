"""Checking that a webhook was signed by who knows its secret.

https://docs.port.io/build-your-software-catalog/custom-integration/webhook/ under Security.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from .things import Json, RefusedError

ALGORITHMS = ("sha1", "sha256", "plain")


def check_signature(security: Json, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse what isn't signed as a webhook's ``security`` asks for; without a secret, nothing.

    Args:
        security: ``secret``, ``signatureHeaderName``, ``signatureAlgorithm``, ``signaturePrefix``.
        headers: headers by lower-case name; several signatures are separated by commas, and one
            that is right is enough.
        body: the bytes that are signed.

    Raises:
        RefusedError: no signature is right.
    """
    secret = security.get("secret")
    if not secret:
        return
    expected = _signature(secret, security.get("signatureAlgorithm") or "sha256", body)
    prefix = security.get("signaturePrefix") or ""
    header = headers.get((security.get("signatureHeaderName") or "").lower(), "")
    given = [one.strip() for one in header.split(",")]
    # Each is compared in full, so that the time it takes tells nothing.
    right = [hmac.compare_digest(one.encode(), f"{prefix}{expected}".encode()) for one in given]
    if not any(right):
        raise RefusedError(401, "invalid_signature", "The webhook's signature is not valid")


def _signature(secret: str, algorithm: str, body: bytes) -> str:
    if algorithm == "plain":
        return secret
    kind = hashlib.sha1 if algorithm == "sha1" else hashlib.sha256
    return hmac.new(secret.encode(), body, kind).hexdigest()

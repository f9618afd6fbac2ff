"""Signing in to Port: what to send, and the token on each request.

https://docs.port.io/api-reference/port-api under Authentication / Authorization.
"""

from __future__ import annotations

SIGN_IN = "/v1/auth/access_token"


class BearerAuth:
    """Gives Port's access token with each request once there is one."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self) -> dict[str, str]:
        """Give the header."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def credentials(client_id: str, client_secret: str) -> dict[str, str]:
    """Make the body of a request to `SIGN_IN`.

    Args:
        client_id: Port client id.
        client_secret: Port client secret.

    Returns:
        The body.
    """
    return {"clientId": client_id, "clientSecret": client_secret}

"""Signing in to Port: what to send, and the token on each request.

https://docs.port.io/api-reference/port-api under Authentication / Authorization.
"""

from __future__ import annotations

from pd_incident_action.http.messages import ApiRequest

SIGN_IN = "/v1/auth/access_token"


class BearerAuth:
    """Gives Port's access token with each request once there is one."""

    def __init__(self) -> None:
        self.token = ""

    def __call__(self) -> dict[str, str]:
        """Give the header."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def sign_in_call(client_id: str, client_secret: str) -> ApiRequest:
    """Make the request for an access token.

    Args:
        client_id: Port client id.
        client_secret: Port client secret.

    Returns:
        The request; its answer's ``accessToken`` is what it is for.
    """
    body = {"clientId": client_id, "clientSecret": client_secret}
    return ApiRequest("POST", SIGN_IN, "sign in", json=body, envelope="accessToken", read_only=True)

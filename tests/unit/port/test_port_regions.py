"""Credentials of Port's other region are told from wrong ones."""

from __future__ import annotations

import pytest
from responses import RequestsMock

from checkups import PORT, PORT_CREDENTIALS, PORT_US, tools_of
from pd_incident_action.errors import ApiRejected

NO = {"ok": False, "error": "unauthorized", "message": "No"}


@pytest.mark.parametrize(
    ("region", "here", "there", "other"),
    [("eu", PORT, PORT_US, "us"), ("us", PORT_US, PORT, "eu")],
)
def test_the_right_region_is_named(
    api: RequestsMock, region: str, here: str, there: str, other: str
) -> None:
    api.add("POST", f"{here}/auth/access_token", status=401, json=NO)
    api.add("POST", f"{there}/auth/access_token", json={"accessToken": "t"})
    with pytest.raises(ApiRejected) as caught:
        tools_of(**PORT_CREDENTIALS, port_region=region).port.blueprint("b")
    text = str(caught.value)
    assert f"these credentials work in region {other}, not in {region}" in text
    assert text.endswith(f"set port-region: {other}.")


def test_what_works_nowhere_is_wrong(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", status=401, json=NO)
    api.add("POST", f"{PORT_US}/auth/access_token", status=401, json=NO)
    with pytest.raises(
        ApiRejected, match="Port does not know these credentials; check port-client-id"
    ):
        tools_of(**PORT_CREDENTIALS).port.blueprint("b")
    assert len(api.calls) == 2


def test_a_url_of_ones_own_has_no_other_region(api: RequestsMock) -> None:
    api.add("POST", "https://port.example.com/v1/auth/access_token", status=401, json=NO)
    with pytest.raises(ApiRejected, match="Port does not know these credentials"):
        tools_of(**PORT_CREDENTIALS, port_api_url="https://port.example.com").port.sign_in()
    assert len(api.calls) == 1


def test_other_refusals_are_not_about_regions(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", status=403, json=NO)
    with pytest.raises(ApiRejected, match="may not do this"):
        tools_of(**PORT_CREDENTIALS).port.sign_in()
    assert len(api.calls) == 1

"""GitHub's client says which permission is missing, and reads every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected
from pd_incident_action.github.client import GitHub, explain
from pd_incident_action.http.client import ApiClient

API = "https://api.github.com"
JOBS = f"{API}/repos/octo/shop/actions/runs/4711/attempts/2/jobs"


@pytest.fixture
def github(connect: Callable[..., ApiClient]) -> GitHub:
    return GitHub(connect(service="GitHub", base_url=API, explain=explain), "octo/shop")


def test_a_refusal_says_what_to_do(api: RequestsMock, github: GitHub) -> None:
    table: list[tuple[int, dict[str, str], str]] = [
        (403, {}, "give the job the permission `actions: read`"),
        (404, {}, "give the job the permission `actions: read`"),
        (403, {"x-ratelimit-remaining": "0"}, "wait, or give this workflow its own token"),
        (401, {}, "check github-token"),
        (422, {}, "check the inputs"),
    ]
    for status, headers, words in table:
        api.get(JOBS, json={"message": "Not accessible"}, status=status, headers=headers)
        with pytest.raises(ApiRejected) as refusal:
            github.jobs("4711", 2)
        assert words in str(refusal.value)
        assert '"Not accessible"' in str(refusal.value)


def test_all_jobs_of_a_large_matrix_are_read(api: RequestsMock, github: GitHub) -> None:
    for page, size in ((1, 100), (2, 3)):
        query = matchers.query_param_matcher({"page": str(page)}, strict_match=False)
        jobs = [{"id": page * 1000 + number, "name": "test"} for number in range(size)]
        api.get(JOBS, json={"total_count": 103, "jobs": jobs}, match=[query])
    assert len(github.jobs("4711", 2)) == 103

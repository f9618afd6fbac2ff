"""What would be there twice is written again only when it is certain that it isn't there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pd_incident_action.errors import ApiError, ApiRejected, ApiUnavailable, ApiUnreachable
from pd_incident_action.pagerduty.create_or_find import create_or_find


def attempts(*results: str | ApiError | None) -> Callable[[], str]:
    """Give the results one after the other, raising the errors among them."""
    waiting = list(results)

    def next_result() -> str:
        result = waiting.pop(0)
        if isinstance(result, ApiError):
            raise result
        return result or ""

    return next_result


def never() -> str:
    """Fail the test: this must not be called."""
    pytest.fail("looked although the answer was clear")


def test_a_clear_answer_is_taken() -> None:
    assert create_or_find(attempts("written"), never) == "written"


def test_a_refusal_is_final() -> None:
    with pytest.raises(ApiRejected, match="No"):
        create_or_find(attempts(ApiRejected("No")), never)


@pytest.mark.parametrize("error", [ApiUnavailable("502"), ApiUnreachable("reset")])
def test_what_was_written_without_our_hearing_of_it_is_found(error: ApiError) -> None:
    assert create_or_find(attempts(error), lambda: "found") == "found"


def test_a_server_error_that_wrote_nothing_is_followed_by_a_second_attempt() -> None:
    assert create_or_find(attempts(ApiUnavailable("502"), "written"), lambda: None) == "written"


def test_a_second_server_error_is_final() -> None:
    with pytest.raises(ApiUnavailable, match="503"):
        create_or_find(attempts(ApiUnavailable("502"), ApiUnavailable("503")), lambda: None)


def test_a_request_that_may_still_be_on_its_way_is_not_sent_again() -> None:
    with pytest.raises(ApiUnreachable, match="reset"):
        create_or_find(attempts(ApiUnreachable("reset")), lambda: None)


def test_without_knowing_whether_it_is_there_nothing_is_sent_again() -> None:
    with pytest.raises(ApiUnavailable, match="502"):
        create_or_find(attempts(ApiUnavailable("502")), attempts(ApiRejected("No look")))

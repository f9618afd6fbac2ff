"""Each failure is a short message: what happened, why, what to change."""

from __future__ import annotations

from pd_incident_action.errors import (
    ActionError,
    ApiError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    Cancelled,
    InputError,
    InputProblem,
    NotApplicable,
    format_message,
)


def test_the_parts_of_an_error_make_one_message() -> None:
    for parts, text in [
        (("It broke",), "It broke."),
        (("It broke.",), "It broke."),
        (("It broke", "a cause"), "It broke: a cause."),
        (("It broke", "", "a fix."), "It broke; a fix."),
        (("It broke.", "a cause.", "a fix."), "It broke: a cause; a fix."),
    ]:
        assert format_message(*parts) == text
        assert str(ActionError(*parts)) == text
        assert ActionError(*parts).messages == (text,)


def test_an_input_problem_names_the_input_and_a_value_that_works() -> None:
    for problem, text in [
        (InputProblem("title", "is missing"), "Input 'title' is missing."),
        (
            InputProblem("from", "must be an address", "ada@example.com"),
            "Input 'from' must be an address; for example from: ada@example.com.",
        ),
        (
            InputProblem("x", "is no 'y'. Did you mean 'z'?", "z"),
            "Input 'x' is no 'y'. Did you mean 'z'?",
        ),
        (InputProblem("", "Set either 'a' or 'b'"), "Set either 'a' or 'b'."),
    ]:
        assert str(problem) == text


def test_an_input_error_has_a_message_for_each_problem() -> None:
    error = InputError(
        iter([InputProblem("title", "is missing"), InputProblem("from", "is wrong")])
    )
    assert error.messages == ("Input 'title' is missing.", "Input 'from' is wrong.")
    assert str(error) == "Input 'title' is missing. Input 'from' is wrong."


def test_the_title_names_the_kind_of_failure() -> None:
    for error, title in [
        (ActionError("x"), "Incident action failed"),
        (NotApplicable("x"), "Incident action failed"),
        (InputError([]), "An input is wrong"),
        (ApiRejected("x", service="Port"), "Port rejected the request"),
        (ApiUnavailable("x", service="PagerDuty"), "PagerDuty is unavailable"),
        (ApiUnreachable("x", service="Port"), "Port could not be reached"),
        (Cancelled("SIGTERM"), "Cancelled"),
    ]:
        assert error.title == title


def test_an_api_error_carries_what_callers_decide_on() -> None:
    headers = {"Retry-After": "1"}
    error = ApiRejected("x", service="Port", status=422, code="bad", headers=headers, body={"a": 1})
    assert (error.status, error.code, error.headers) == (422, "bad", headers)
    assert (error.body, error.outcome_unknown) == ({"a": 1}, False)
    assert isinstance(error, ApiError)
    assert isinstance(error, ActionError)


def test_a_cancelled_run_names_the_signal_and_what_a_re_run_does() -> None:
    text = str(Cancelled("SIGINT"))
    assert "(SIGINT)" in text
    assert "never pages twice" in text

"""An odd answer never raises: what is missing, null or of another type has its default."""

from __future__ import annotations

from pd_incident_action.http.api_model import (
    ApiModel,
    Flag,
    Items,
    Members,
    Text,
    Texts,
    WholeNumber,
    nested,
)


class Service(ApiModel):
    name: Text = ""


class Answer(ApiModel):
    text: Text = ""
    number: WholeNumber = None
    flag: Flag = False
    items: Items[Service] = ()
    texts: Texts = ()
    members: Members[object] = nested()
    service: Service = nested()
    first: Text = nested("items", 0, "name")
    blocked: Flag = nested("service", "blocked")


EMPTY = Answer.read({}).model_dump(exclude={"raw"})


def test_an_odd_answer_is_an_empty_one() -> None:
    for odd in [None, "x", 1, [], [1], {"text": None}, {"service": "x"}, {"items": ["x"]}]:
        answer = Answer.read(odd)
        dumped = answer.model_dump(exclude={"raw"})
        assert dumped | {"service": {}} == EMPTY | {"service": {}}
        assert answer.service.name == ""


def test_each_member_is_read_as_far_as_it_makes_sense() -> None:
    for member, value, read in [
        ("text", "a", "a"),
        ("text", 7, "7"),
        ("text", True, ""),
        ("text", [], ""),
        ("number", "7", 7),
        ("number", 7.0, 7),
        ("number", "x", None),
        ("number", [7], None),
        ("flag", True, True),
        ("flag", 1, False),
        ("texts", ["a", 1, None, "b"], ("a", "b")),
        ("texts", "ab", ()),
        ("members", {"a": 1}, {"a": 1}),
        ("members", ["a"], {}),
    ]:
        assert getattr(Answer.read({member: value}), member) == read


def test_objects_are_read_and_kept_as_they_came() -> None:
    answer = Answer.read({"items": [{"name": "a", "more": 1}, "x"], "service": {"name": "b"}})
    assert [one.name for one in answer.items] == ["a"]
    assert answer.items[0].raw == {"name": "a", "more": 1}
    assert (answer.service.name, answer.first, answer.blocked) == ("b", "a", False)
    assert Answer.read({"service": {"blocked": True}}).blocked
    assert Answer.read(answer) is answer

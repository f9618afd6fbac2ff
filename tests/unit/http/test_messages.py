"""A request is put into bytes and a path, none of which user text can break out of."""

from __future__ import annotations

import pytest

from pd_incident_action.http.messages import build_path


def test_a_path_keeps_each_segment_in_its_place() -> None:
    for segments, path in [
        (("incidents", "Q1"), "/incidents/Q1"),
        (("a/b", "c d"), "/a%2Fb/c%20d"),
        (("x?y", "z#", "ü"), "/x%3Fy/z%23/%C3%BC"),
        (("...", "a.b"), "/.../a.b"),
        (("%2e%2e",), "/%252e%252e"),
    ]:
        assert build_path(*segments) == path


def test_a_segment_that_leads_elsewhere_is_refused() -> None:
    for segment in ["", ".", ".."]:
        with pytest.raises(ValueError, match="can't be part of a path"):
            build_path("incidents", segment, "notes")

"""How large YAML may be: far more than a configuration needs, and no more than is read at once."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

MAX_BYTES = 128 * 2**10
MAX_NODES = 10_000
MAX_DEPTH = 20
MAX_CHARACTERS = 10_000


class UnsupportedYaml(yaml.YAMLError):
    """YAML that is larger, deeper or more powerful than a configuration needs.

    Attributes:
        problem: what is wrong, as in `yaml.MarkedYAMLError`.
        problem_mark: where.
    """

    def __init__(self, problem: str, event: yaml.Event) -> None:
        super().__init__(problem)
        self.problem = problem
        self.problem_mark = event.start_mark


def check(events: Iterable[yaml.Event]) -> None:
    """Check a document's size as it would be with all aliases and merges written out.

    Args:
        events: the document, from `yaml.parse`.

    Raises:
        UnsupportedYaml: it is too large or nested too deeply; refers to itself; or has tags,
            with which any value can be made to fail later.
    """
    count = 0
    # By anchor, how many nodes it stands for.
    sizes: dict[str | None, int] = {}
    # The collections that an event is in: anchor, and the count before.
    started: list[tuple[str | None, int]] = []
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in {anchor for anchor, _ in started}:
                raise UnsupportedYaml(f"'&{event.anchor}' refers to itself", event)
            count += sizes.get(event.anchor, 0)
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            count += 1
            _check_node(event)
            sizes[event.anchor] = 1
        if isinstance(event, yaml.CollectionStartEvent):
            started.append((event.anchor, count - 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = started.pop()
            sizes[anchor] = count - before
        if len(started) > MAX_DEPTH:
            raise UnsupportedYaml(f"it is nested more than {MAX_DEPTH} levels deep", event)
        if count > MAX_NODES:
            limit = f"{MAX_NODES:,} names and values"
            raise UnsupportedYaml(f"it has more than {limit}, with aliases written out", event)


def _check_node(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.tag is not None:
        raise UnsupportedYaml(f"the tag {event.tag} isn't supported", event)
    if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_CHARACTERS:
        raise UnsupportedYaml(f"a text has more than {MAX_CHARACTERS:,} characters", event)

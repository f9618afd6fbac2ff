"""What is run, installed and built upon is pinned, so that it can't change under anybody."""

from __future__ import annotations

import re
import subprocess
import sys

from generate.yaml_text import OURS as CONTAINER
from repository import ROOT, read

WORKFLOWS = sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.y*ml"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.y*ml"))
OURS = {CONTAINER, CONTAINER.replace("@", "/composite@")}
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
IMAGE = re.compile(r"FROM (?:--platform=\S+ )?(?P<image>\S+)(?: AS (?P<stage>\S+))?", re.IGNORECASE)


def actions_used(text: str) -> list[str]:
    """List what follows each ``uses:``, comments included, but for actions of this checkout."""
    return [
        str(one) for one in re.findall(r"\buses:[ \t]+(?!\./)(\S.*?)[ \t]*$", text, re.MULTILINE)
    ]


def for_use(page: str) -> str:
    """Leave out what a page's diffs take away."""
    diff = re.compile(r"^```diff\n.*?^```", re.MULTILINE | re.DOTALL)
    return diff.sub(lambda match: re.sub(r"(?m)^-.*", "", match[0]), page)


def is_pinned(used: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} +# v\d+(\.\d+)*", used))


def locked(text: str) -> dict[str, list[str]]:
    """List the hashes of each ``name==version`` of a requirements file."""
    lines = text.replace("\\\n", " ").splitlines()
    return {line.split(maxsplit=1)[0]: re.findall(r"--hash=(\S+)", line) for line in lines}


def changing_images(dockerfile: str) -> list[str]:
    """List the images that are built upon, but neither pinned by digest nor made on the spot."""
    stages, found = {"scratch"}, []
    for match in filter(None, map(IMAGE.match, dockerfile.splitlines())):
        image = match["image"]
        if image not in stages and not re.search(r"@sha256:[0-9a-f]{64}$", image):
            found.append(image)
        stages.add(match["stage"] or "")
    return found


def test_every_action_that_ci_uses_is_pinned() -> None:
    for name in WORKFLOWS:
        used = actions_used(read(f".github/workflows/{name}"))
        assert used
        assert [one for one in used if not is_pinned(one)] == []


def test_an_example_uses_this_action_and_else_pinned_ones() -> None:
    for path in EXAMPLES:
        used = actions_used(read(path))
        assert set(used) & OURS, path.name
        others = set(used) - OURS
        assert [one for one in others if not is_pinned(one)] == [], path.name


def test_pages_show_this_action_or_pinned_ones() -> None:
    pages = {path.relative_to(ROOT).as_posix(): read(path) for path in PAGES}
    used = {path: actions_used(for_use(text)) for path, text in pages.items()}
    assert set(used["README.md"]) & OURS
    others = {one for shown in used.values() for one in shown} - OURS
    assert [one for one in others if not is_pinned(one)] == []


def test_what_a_diff_takes_away_is_not_for_use() -> None:
    page = "```diff\n-  - uses: a/b@v1\n+  - uses: c/d@v1\n```\n```yaml\n- uses: e/f@v1\n```\n"
    assert actions_used(for_use(page)) == ["c/d@v1", "e/f@v1"]


def test_what_counts_as_pinned() -> None:
    for used, pinned in [
        (f"actions/checkout@{'a1' * 20}  # v7.0.1", True),
        (f"actions/cache/save@{'a1' * 20} # v4", True),
        (f"actions/checkout@{'a1' * 20}", False),
        (f"actions/checkout@{'a1' * 19} # v7", False),
        ("actions/checkout@v7 # v7.0.1", False),
        ("docker://alpine:3 # v3", False),
    ]:
        assert actions_used(f"steps:\n  - uses: {used}\n  - uses: ./\n") == [used]
        assert is_pinned(used) is pinned


def test_every_package_has_a_version_and_hashes() -> None:
    for name in ["action", "demo", "dev", "mutants", "pictures"]:
        text = read(f"requirements/{name}.txt")
        assert "://" not in text
        packages = locked(text)
        assert len(packages) > 2
        for package, hashes in packages.items():
            assert re.fullmatch(r"[a-z0-9-]+==[\w.]+", package), package
            assert hashes, package
            assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), package


def test_the_security_model_says_what_each_package_is_for() -> None:
    page = read("docs/security.md").partition("## Supply chain")[2]
    rows = "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)).casefold()
    names = {package.partition("==")[0] for package in locked(read("requirements/action.txt"))}
    assert set(re.findall(r"`([\w-]+)`", rows)) == names


def test_demo_and_tests_run_on_what_the_image_holds() -> None:
    image = locked(read("requirements/action.txt"))
    for name in ("demo", "dev"):
        everything = locked(read(f"requirements/{name}.txt"))
        assert {package: everything.get(package) for package in image} == image


def test_every_package_has_what_it_requires_but_for_pygithub() -> None:
    """Nothing that is used of actions-toolkit imports PyGithub: see exclude-dependencies."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip
    assert found.stdout.splitlines() == [
        "actions-toolkit 0.1.15 requires pygithub, which is not installed."
    ]


def test_the_image_is_built_on_one_that_cant_change() -> None:
    assert "\nFROM " in read("Dockerfile")
    assert changing_images(read("Dockerfile")) == []


def test_which_images_can_change() -> None:
    dockerfile = "FROM a:1 AS one\nFROM one AS two\nFROM --platform=x b\nFROM scratch\n"
    assert changing_images(dockerfile) == ["a:1", "b"]

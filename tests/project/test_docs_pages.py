"""The pages agree with the code that they describe."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from generate.model import all_operations, inputs_of
from pd_incident_action import incident_io, pagerduty, port
from pd_incident_action.inputs.settings import Settings
from repository import ROOT, read

SOURCES = ROOT / "src" / "pd_incident_action"
OPERATIONS = {operation.slug(): operation for operation in all_operations()}
MOST_BYTES = 120_000


def page(name: str) -> str:
    return read(f"docs/{name}")


def urls(value: object) -> list[str]:
    """List the URLs in a constant that says where a system is."""
    return [value] if isinstance(value, str) else list(value.values())  # type: ignore[attr-defined]


def test_what_an_operation_needs_is_in_the_table() -> None:
    rows = [row for row in page("permissions.md").splitlines() if row.startswith("| [`")]
    for slug, operation in OPERATIONS.items():
        is_pagerduty = operation.provider == "pagerduty"
        anchor = operation.name + ("" if is_pagerduty else "-with-incidentio")
        (row,) = [row for row in rows if f"(operations.md#{anchor})" in row]
        assert all(f"`{name}`" in row for name in operation.required_credentials), slug
        scopes = re.findall(r"`([\w:]+\.(?:read|write))`", row)
        assert scopes == (list(operation.scopes) if is_pagerduty else []), slug


def test_how_often_each_operation_is_done_is_in_the_table() -> None:
    rows = [row for row in page("reliability.md").splitlines() if row.startswith("| `")]
    parts = [part for row in rows for part in row.split(" | ")[0].split(";")]
    named = [
        (name, "incident.io" in part) for part in parts for name in re.findall("`(.+?)`", part)
    ]
    every = [(one.name, one.provider != "pagerduty") for one in OPERATIONS.values()]
    assert sorted(named) == sorted(every)


def test_every_credential_is_explained() -> None:
    secrets = {"pagerduty-client-id", "pagerduty-subdomain", "port-client-id", "routing-key"}
    secrets |= {one.name for one in inputs_of(Settings) if one.name.endswith(("-secret", "-token"))}
    assert [name for name in secrets if f"`{name}`" not in page("permissions.md")] == []


def test_every_host_that_is_contacted_is_named() -> None:
    constants = [vars(hosts).items() for hosts in (pagerduty, incident_io, port)]
    defined = [value for items in constants for name, value in items if name.isupper()]
    found = {urlsplit(url).hostname for value in defined for url in urls(value)}
    assert len(found) > 5
    assert [host for host in found if f"`{host}`" not in page("security.md")] == []


def test_the_modules_that_the_architecture_names_are_there() -> None:
    named = set(re.findall(r"[a-z_]+(?:/[a-z_]+)*\.py", page("architecture.md")))
    paths = [*SOURCES.rglob("*.py"), *(ROOT / "tests" / "project").glob("*.py")]
    files = [path.relative_to(ROOT).as_posix() for path in paths]
    files += ["entrypoint.py", "operations/name.py"]
    assert [one for one in named if not any(f"/{file}".endswith(f"/{one}") for file in files)] == []


def test_every_package_and_top_level_module_is_in_the_architecture() -> None:
    (tree,) = re.findall(r"```text\n(.*?)```", page("architecture.md"), re.DOTALL)
    packages = [f"{path.parent.name}/" for path in SOURCES.glob("*/__init__.py")]
    modules = [path.name for path in SOURCES.glob("[a-z]*.py")]
    assert [name for name in packages + modules if name not in tree] == []


def test_the_pictures_open_quickly_fill_no_screen_and_are_described() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = r"<img src=\"(?:docs/)?images/([\w-]+)\.png\" width=\"(\d+)\" alt=\"([^\"]{20,})\">"
    found = [one for path in pages for one in re.findall(shown, read(path))]
    pictures = {path.stem: path.read_bytes() for path in (ROOT / "docs" / "images").iterdir()}
    assert {name for name, _, _ in found} == set(pictures)
    assert all(int(width) <= 700 for _, width, _ in found)
    for name, picture in pictures.items():
        assert picture.startswith(b"\x89PNG\r\n")
        assert len(picture) < MOST_BYTES, name


def test_every_page_is_in_the_list_of_pages() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert [name for name in pages if f"({name})" not in page("README.md")] == []
    assert "(docs/README.md)" in read("README.md")

"""``publish.sh`` asks GitHub for the right things in the right order, and can be tried again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Answers as GitHub's API does, as far as the script asks; keeps what was asked and the tags.
GH = """\
import json, os, pathlib, sys
path = pathlib.Path(os.environ["GH_STATE"])
state = json.loads(path.read_text())
words = sys.argv[1:]
state["asked"].append(words)
fields = dict(w.split("=", 1) for w in words if "=" in w and not w.startswith("."))
where = next((w for w in words if w.startswith("repos/")), "")
answer, code = "", 0
if words[:2] == ["release", "view"]:
    code = 0 if words[2] in state["releases"] else 1
elif words[:2] == ["release", "create"]:
    state["releases"].append(words[2])
elif "/git/matching-refs/tags/" in where:
    answer = state["tags"].get(where.rpartition("/")[2], "")
elif where.endswith("/git/commits"):
    state["tree"] = fields["tree"]
    state["parents"]["made"] = fields["parents[]"]
    answer = "made"
elif "/git/refs/heads/" in where:
    assert words[1:3] == ["--method", "DELETE"]
    state["gone"] = where.rpartition("/")[2]
elif "/git/commits/" in where:
    commit = where.rpartition("/")[2]
    answer = state["parents"][commit]
elif where.endswith("/git/refs"):
    state["tags"][fields["ref"].removeprefix("refs/tags/")] = fields["sha"]
elif "/git/refs/tags/" in where:
    assert "--method" in words and fields["force"] == "true"
    state["tags"][where.rpartition("/")[2]] = fields["sha"]
else:
    code = 9
path.write_text(json.dumps(state))
if answer:
    print(answer)
raise SystemExit(code)
"""


@pytest.fixture
def released(tmp_path: Path) -> str:
    """Make a checkout with one commit, what its release adds, and a server; give its id."""
    git("init", "--quiet", "--bare", str(tmp_path / "server/org/x"), folder=tmp_path)
    git("init", "--quiet", folder=tmp_path)
    for path in ("action.yml", "docs/page.md", "dist/action.yml", "dist/lib/a.pyc", "assets/a.gz"):
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_bytes(f"{path}\r\n".encode())
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    (tmp_path / ".gitattributes").write_text("* text=auto eol=lf\n")
    (tmp_path / "dist/.gitattributes").write_text("* -text\n")
    git("add", "action.yml", "docs", ".gitignore", ".gitattributes", folder=tmp_path)
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    git(*name, "commit", "--quiet", "--message", "x", folder=tmp_path)
    return git("rev-parse", "HEAD", folder=tmp_path)


def git(*words: str, folder: Path) -> str:
    command = [shutil.which("git") or "git", *words]
    return subprocess.run(  # noqa: S603 - our own words
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def publish(folder: Path, **state: object) -> tuple[int, str, dict[str, Any]]:
    """Run the script against what GitHub is said to hold."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text(f"#!{sys.executable} -IS\n{GH}")
    (tools / "gh").chmod(0o755)
    known = {"asked": [], "tags": {}, "releases": [], "parents": {}} | state
    (folder / "state.json").write_text(json.dumps(known))
    variables = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "GH_STATE": str(folder / "state.json"),
        "GITHUB_REPOSITORY": "org/x",
        "GITHUB_SERVER_URL": f"file://{folder / 'server'}",
        "VERSION": "1.2.3",
        "NOTES": "notes.md",
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [str(ROOT / "scripts/release/publish.sh")],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, json.loads((folder / "state.json").read_text())


def asked_to_write(state: dict[str, Any]) -> list[str]:
    """List the addresses and commands of what changed something, in order."""
    writes = [words for words in state["asked"] if "-f" in words or words[1] == "create"]
    return [next((w for w in words if w.startswith("repos/")), words[1]) for words in writes]


def test_the_first_release_makes_commit_tags_and_release(tmp_path: Path, released: str) -> None:
    code, said, state = publish(tmp_path)
    assert code == 0
    assert state["tags"] == {"v1.2.3": "made", "v1": "made"}
    assert state["parents"] == {"made": released}
    assert state["releases"] == ["v1.2.3"]
    assert "Released v1.2.3 as made" in said
    (create,) = [words for words in state["asked"] if words[:2] == ["release", "create"]]
    notes = ["--title", "v1.2.3", "--notes-file", "notes.md"]
    assert create[2:] == ["v1.2.3", "--verify-tag", *notes, "assets/a.gz"]


@pytest.mark.usefixtures("released")
def test_the_commit_adds_what_the_release_carries_byte_for_byte(tmp_path: Path) -> None:
    _, _, state = publish(tmp_path)
    server, branch = tmp_path / "server/org/x", "releasing-v1.2.3"
    assert git("rev-parse", f"{branch}^{{tree}}", folder=server) == state["tree"]
    listed = git("ls-tree", "-r", "--name-only", branch, folder=server).split()
    assert listed == [".gitattributes", ".gitignore", "action.yml", "docs/page.md", "lib/a.pyc"]
    content = subprocess.check_output(["git", "show", f"{branch}:action.yml"], cwd=server)  # noqa: S603, S607 - git
    assert content == b"dist/action.yml\r\n"
    assert state["gone"] == branch


def test_users_of_the_major_version_get_it_last(tmp_path: Path, released: str) -> None:
    code, _, state = publish(tmp_path, tags={"v1": "older"})
    assert (code, state["tags"]["v1"], state["parents"]["made"]) == (0, "made", released)
    order = asked_to_write(state)
    assert order[-3:] == ["repos/org/x/git/refs", "create", "repos/org/x/git/refs/tags/v1"]


def test_a_second_try_goes_on_where_the_first_one_stopped(tmp_path: Path, released: str) -> None:
    stopped = {"tags": {"v1.2.3": "made"}, "parents": {"made": released}, "releases": ["v1.2.3"]}
    code, _, state = publish(tmp_path, **stopped)
    assert (code, state["tags"]) == (0, {"v1.2.3": "made", "v1": "made"})
    assert asked_to_write(state) == ["repos/org/x/git/refs"]


@pytest.mark.usefixtures("released")
def test_a_version_that_was_released_from_elsewhere_is_left_alone(tmp_path: Path) -> None:
    elsewhere = {"tags": {"v1.2.3": "made", "v1": "made"}, "parents": {"made": "another"}}
    code, said, state = publish(tmp_path, **elsewhere)
    assert (code, state["tags"]) == (1, elsewhere["tags"])
    assert "v1.2.3 is already there" in said
    assert asked_to_write(state) == []

"""Prints a release's notes: ``notes.py 1.2.3 IMAGE@sha256:…``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from release.changelog import notes  # noqa: E402 - found once the path is set

_VERIFY = """
### Verify

The image is `{image}`. It and the archive with the composite action were built by this repository's
release workflow:

```console
$ gh release verify v{version} --repo {repository}
$ gh attestation verify oci://{image} --repo {repository}
$ gh attestation verify pd-incident-action-{version}.tar.gz --repo {repository}
```
"""


def release_notes(changelog: str, version: str, image: str) -> str:
    """Write the notes of a release.

    Args:
        changelog: the text of ``CHANGELOG.md``.
        version: such as ``1.2.3``.
        image: name and digest, ``ghcr.io/org/name@sha256:…``.

    Returns:
        Markdown: what the changelog says, and how to verify the image.

    Raises:
        ChangelogError: the changelog doesn't have the version as its newest.
    """
    repository = image.partition("@")[0].partition("/")[2]
    return (
        notes(changelog, version)
        + "\n"
        + _VERIFY.format(image=image, repository=repository, version=version)
    )


if __name__ == "__main__":
    print(release_notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), *sys.argv[1:3]))

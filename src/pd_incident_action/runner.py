"""The GitHub runner: log lines, annotations, masks, outputs and the job summary.

The toolkit's core does what it can do safely. Here is the rest: text that would act as a workflow
command, annotations, job summaries, files that can't be written, and files below the workspace.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial, partialmethod
from pathlib import Path
from typing import Literal

from actions_toolkit import core
from actions_toolkit.command import issue_command

from .redaction import MIN_SECRET_LENGTH, People, Redactor
from .text import escape_for_log, sanitize_unicode

# GitHub cuts an annotation at 4 kB and refuses a step's summary of more than 1 MiB.
_ANNOTATION_CHARACTERS = 3500
_SUMMARY_BYTES = 1_000_000
_OUTPUT_CHARACTERS = 500_000


class Runner:
    """Writes to GitHub: secrets redacted, and no text can act as a workflow command.

    Attributes:
        people: redacts people's names and addresses as well; None leaves them.
    """

    def __init__(
        self, redactor: Redactor, *, summary_file: Path | None = None, has_outputs: bool = False
    ) -> None:
        self.redactor = redactor
        self.people: People | None = None
        self._masked: set[str] = set()
        self._summary_file = summary_file
        self._has_outputs = has_outputs

    def mask(self, secret: str) -> None:
        """Mask a secret in all logs, once, and redact it from now on."""
        if secret in self._masked:
            return
        self._masked.add(secret)
        self.redactor.add(secret)
        for line in secret.splitlines():
            if len(line.strip()) >= MIN_SECRET_LENGTH:
                core.set_secret(line)
        sys.stdout.flush()

    def info(self, line: str) -> None:
        """Write a text to the log, as one line."""
        core.info(self._clean(line))
        sys.stdout.flush()

    def _annotate(self, level: str, title: str, message: str) -> None:
        text = self._clean(message)[:_ANNOTATION_CHARACTERS]
        issue_command(level, {"title": self._clean(title)}, text)
        sys.stdout.flush()

    notice = partialmethod(_annotate, "notice")
    warning = partialmethod(_annotate, "warning")
    error = partialmethod(_annotate, "error")

    def group(self, title: str, lines: Iterable[str]) -> None:
        """Write texts to the log as a folded group; line breaks stay."""
        core.start_group(self._clean(title))
        for text in lines:
            for line in self._redact(text).splitlines():
                core.info(escape_for_log(line))
        core.end_group()
        sys.stdout.flush()

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set the step's outputs."""
        if not self._has_outputs:
            return
        for name, value in values.items():
            clean = sanitize_unicode(self._redact(value))[:_OUTPUT_CHARACTERS]
            self._write(f"output '{name}'", partial(core.set_output, name, clean))

    def secrets(self, values: Mapping[str, str]) -> None:
        """Set outputs that are credentials: masked, but whole for later steps."""
        for name, value in values.items():
            self.mask(value)
            if self._has_outputs:
                self._write(f"output '{name}'", partial(core.set_output, name, value))

    def summary(self, markdown: str) -> None:
        """Append Markdown to the job summary."""
        if self._summary_file is None:
            return
        data = sanitize_unicode(self._redact(markdown)).encode()[:_SUMMARY_BYTES]
        # The cut may be in the middle of a character.
        data = data.decode(errors="ignore").encode()
        self._write("the job summary", partial(_write, self._summary_file, data, "ab"))

    def _clean(self, text: str) -> str:
        return escape_for_log(self._redact(text))

    def _redact(self, text: str) -> str:
        text = self.redactor.redact(text)
        return self.people.redact(text) if self.people else text

    def _write(self, what: str, write: Callable[[], None]) -> None:
        """Write to a file of the runner's; a failure is only a warning, since the page is out."""
        try:
            write()
        except Exception as error:  # noqa: BLE001 - the toolkit raises bare Exceptions
            self.warning("The runner refused a file", f"{what} could not be written: {error}")


def _write(path: Path, data: bytes, mode: Literal["wb", "ab"]) -> None:
    with path.open(mode) as file:
        file.write(data)


def path_below(root: Path, name: str) -> Path:
    """Return the real path of a file below the workspace.

    Raises:
        OSError: it leads out of the workspace, or can't be one.
    """
    try:
        top = root.resolve()
        path = (top / name).resolve()
    except (RuntimeError, ValueError) as error:
        raise OSError(errno.EINVAL, "the path isn't valid") from error
    if path == top or not path.is_relative_to(top):
        raise PermissionError(errno.EPERM, "the path leads out of the workspace")
    return path


def write_below(root: Path, name: str, text: str, mode: Literal["wb", "ab"] = "wb") -> None:
    """Write or append to a file below the workspace, creating folders as needed.

    Raises:
        OSError: the path leads out of the workspace, or can't be written to.
    """
    path = path_below(root, name)
    new = [path, *(folder for folder in path.parents if not folder.exists())]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, sanitize_unicode(text).encode(), mode)
    # A container action is root, and later steps aren't.
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    owner = root.stat()
    # Some file systems and user namespaces don't let even root give files away.
    for one in new:
        with suppress(OSError):
            os.chown(one, owner.st_uid, owner.st_gid, follow_symlinks=False)

"""The report on a period as files: JSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from pd_incident_action.errors import NotApplicable
from pd_incident_action.text import sanitize_unicode

from .report import COLUMNS

if TYPE_CHECKING:
    from .report import IncidentReport

# Spreadsheets take a cell that begins with one of these for a formula, and run it.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_FOLDER = re.compile(r"(?![/\\~]|[A-Za-z]:)[^\x00-\x1f\x7f\\]{1,255}")


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _below_the_workspace(value: str) -> str:
    if not _FOLDER.fullmatch(value) or ".." in value.split("/"):
        msg = "must be a folder below the workspace, without '..' and not beginning with '/'"
        raise ValueError(msg)
    return "/".join(part for part in value.split("/") if part not in {"", "."}) or "."


Folder = Annotated[str, BeforeValidator(_strip), AfterValidator(_below_the_workspace)]
"""A folder below the workspace, its parts separated by ``/``."""


def json_text(report: IncidentReport) -> str:
    """Write the figures and all incidents as JSON.

    Args:
        report: what happened.

    Returns:
        The file's text.
    """
    whole = {**report.figures_json(), "incidents": report.rows()}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def csv_text(report: IncidentReport) -> str:
    """Write all incidents as CSV, a line each, in which no cell is a formula.

    https://www.rfc-editor.org/rfc/rfc4180

    Args:
        report: what happened.

    Returns:
        The file's text.
    """
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row.values()] for row in report.rows())
    return file.getvalue()


def write_files(workspace: Path, folder: str, texts: Mapping[str, str]) -> list[str]:
    """Write files into a folder of the workspace, which is made where it isn't there.

    Args:
        workspace: the checked-out repository.
        folder: a `Folder`.
        texts: texts by file name.

    Returns:
        The files' paths below the workspace.

    Raises:
        Impossible: a link leads out of the workspace, or the files can't be written.
    """
    root = workspace.resolve()
    try:
        for name, text in texts.items():
            path = (root / folder / name).resolve()
            if not path.is_relative_to(root):
                raise NotApplicable(
                    f"The report was not written to {folder}",
                    "a link leads out of the workspace there",
                    "give another folder",
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(sanitize_unicode(text).encode())
    except OSError as error:
        raise NotApplicable(
            f"The report was not written to {folder}",
            error.strerror or "the folder can't be written to",
            "give a folder that the job may write to",
        ) from error
    return [name if folder == "." else f"{folder}/{name}" for name in texts]


def _cell(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Make a value a cell; a text that would be a formula is quoted, the way spreadsheets do."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value

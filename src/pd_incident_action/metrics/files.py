"""The report on a period as files: JSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from .report import COLUMNS

if TYPE_CHECKING:
    from .report import IncidentReport

# Spreadsheets take a cell that begins with one of these for a formula, and run it.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


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


def _cell(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Make a value a cell; a text that would be a formula is quoted, the way spreadsheets do."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value

"""Reading the spreadsheets that offices already have: named columns in any order, every refused row with its cause."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import python_calamine

from admissions.errors import ImportRefused

LARGEST_UNPACKED = 2_000_000_000
"""A workbook that unpacks to more bytes is refused: nobody's school list is that large."""


class RowRefused(Exception):
    """One row cannot be taken; the message says which cell and why."""


@dataclass
class ImportReport:
    """What became of a file's rows. ``refused`` holds row number (as the spreadsheet shows it) and cause."""

    read: int = 0
    kept: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, row: int, cause: str) -> None:
        """Note that ``row`` was left out."""
        self.refused.append((row, cause))


class Row:
    """One row of a sheet: cells by column name, as trimmed text."""

    def __init__(self, number: int, cells: dict[str, str]) -> None:
        self.number = number
        self._cells = cells

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        value = self._cells[column]
        if not value:
            raise RowRefused(f"column {column!r} is empty")
        return value

    def optional(self, column: str) -> str | None:
        """Return a cell, or None when it is empty."""
        return self._cells[column] or None

    def whole(self, column: str) -> int:
        """Return a cell that holds a whole number."""
        value = self.text(column)
        try:
            return int(value)
        except ValueError:
            raise RowRefused(f"column {column!r} must be a whole number, not {value!r}") from None

    def degrees(self, column: str, limit: float) -> float:
        """Return a coordinate in degrees between -limit and limit."""
        value = self.text(column).replace(",", ".")
        try:
            number = float(value)
        except ValueError:
            raise RowRefused(f"column {column!r} must be degrees such as 106.8, not {value!r}") from None
        if not -limit <= number <= limit:
            raise RowRefused(f"column {column!r} must lie between -{limit:g} and {limit:g}, not {value}")
        return number

    def day(self, column: str) -> date:
        """Return a date written dd/mm/yyyy."""
        value = self.text(column)
        try:
            return datetime.strptime(value, "%d/%m/%Y").date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            raise RowRefused(f"column {column!r} must be a date such as 27/03/2021, not {value!r}") from None

    def choice(self, column: str, choices: dict[str, str]) -> str:
        """Return what ``choices`` maps the cell to."""
        value = self.text(column).lower()
        if value not in choices:
            raise RowRefused(f"column {column!r} must be one of {', '.join(choices)}, not {value!r}")
        return choices[value]


def _cell_text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""


def read_rows(path: Path, sheet: str, columns: list[str]) -> Iterator[Row]:
    """Yield the rows of ``sheet``; rows without any text are passed over.

    Raises:
        ImportRefused: no such file, not a spreadsheet, no such sheet, or a column is missing.
    """
    if not path.is_file():
        raise ImportRefused(f"{path.name}: there is no such file at {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ImportRefused(f"{path.name}: unpacks to {unpacked:,} bytes, more than a spreadsheet may")
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    except (zipfile.BadZipFile, python_calamine.CalamineError, OSError) as wrong:
        raise ImportRefused(f"{path.name}: this is not a readable .xlsx spreadsheet") from wrong
    if sheet not in workbook.sheet_names:
        raise ImportRefused(
            f"{path.name}: sheet {sheet!r} is missing; found {', '.join(workbook.sheet_names)}"
        )
    rows = iter(workbook.get_sheet_by_name(sheet).iter_rows())
    header = [_cell_text(cell) for cell in next(rows, [])]
    missing = [column for column in columns if column not in header]
    if missing:
        raise ImportRefused(f"{path.name}, sheet {sheet!r}: column {missing[0]!r} is missing in row 1")
    position = {column: header.index(column) for column in columns}
    for number, cells in enumerate(rows, start=2):
        texts = {name: _cell_text(cells[at]) if at < len(cells) else "" for name, at in position.items()}
        if any(texts.values()):
            yield Row(number, texts)

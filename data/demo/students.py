"""Writes the students' spreadsheet from invented children and their homes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.demo.people import Student
from data.demo.spreadsheets import STUDENT_COLUMNS, school_year_text, write_workbook


@dataclass(frozen=True)
class Residence:
    """Where a child lives, as written on the form."""

    address: str
    hamlet: str
    commune: str
    lon: float
    lat: float


def student_row(student: Student, residence: Residence) -> tuple[str, ...]:
    """Return the cells of one child in the order of ``STUDENT_COLUMNS``."""
    guardian = student.guardian
    return (
        school_year_text(student.school_year), str(student.grade), student.code, student.identity, student.name,
        student.born_on.strftime("%d/%m/%Y"), student.sex, student.ethnicity, student.nationality,
        student.current_school, student.sibling_school, student.twin_group, student.residence,
        residence.address, residence.hamlet, residence.commune, f"{residence.lon:.7f}", f"{residence.lat:.7f}",
        guardian.name, guardian.relation, str(guardian.birth_year), guardian.phone, guardian.email,
    )  # fmt: skip


def write_students(
    path: Path, children: Iterator[tuple[Student, Residence]] | Sequence[tuple[Student, Residence]]
) -> int:
    """Write one row for each child and return their number."""
    rows = (student_row(student, residence) for student, residence in children)
    return write_workbook(
        path, [("Học sinh", STUDENT_COLUMNS, rows)], title="Học sinh đầu cấp (dữ liệu minh họa)"
    )[0]

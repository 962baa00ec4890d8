"""Spreadsheets of offices: what is taken, what is refused with row and cause, and that repeating changes nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlmodel import Session

from admissions.errors import ImportRefused
from admissions.schools.importer import (
    QUOTA_COLUMNS,
    QUOTA_SHEET,
    SCHOOL_COLUMNS,
    SCHOOL_SHEET,
    SITE_COLUMNS,
    SITE_SHEET,
    import_schools,
    read_quotas,
)
from admissions.schools.tables import School, Site
from admissions.spreadsheets import read_rows
from admissions.students.importer import COLUMNS, SHEET, import_students
from admissions.students.tables import Guardian, Residence, Student
from data.vault import make_key_file, open_vault

NOW = datetime(2027, 2, 1, tzinfo=UTC)
STUDENT = dict(
    zip(
        COLUMNS,
        [
            "2027-2028", "1", "7900000001", "079221000123", "Nguyễn Văn Thử", "05/02/2021", "Nam", "01", "VN", "",
            "", "", "tạm trú", "12 đường Thử", "Ấp Thử", "27667", "106.80", "10.60", "Trần Thị Thử", "mẹ", "1990",
            "0912 000 123", "thu@phuhuynh.invalid",
        ],
        strict=True,
    )
)  # fmt: skip


def write(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    workbook = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    workbook.close()
    return path


def student_file(path: Path, *changes: dict[str, str]) -> Path:
    rows = [[{**STUDENT, **change}[column] for column in COLUMNS] for change in changes]
    return write(path, {SHEET: [list(COLUMNS), *rows]})


@pytest.fixture
def vault(tmp_path):
    make_key_file(tmp_path / "keys.json")
    return open_vault(tmp_path / "keys.json")


def test_a_child_comes_in_with_guardian_and_home_and_encrypted_numbers(
    session: Session, vault, tmp_path
) -> None:
    report = import_students(session, path=student_file(tmp_path / "s.xlsx", {}), vault=vault, now=NOW)
    assert (report.read, report.kept, report.refused) == (1, 1, [])
    student = session.scalars(select(Student)).one()
    guardian = session.scalars(select(Guardian)).one()
    residence = session.scalars(select(Residence)).one()
    assert (student.sex, student.entry_level, student.entry_year, residence.kind) == (
        "male",
        1,
        2027,
        "temporary",
    )
    assert vault.decrypt(student.identity_cipher) == "079221000123"
    assert student.identity_index == vault.index("079221000123")
    assert vault.decrypt(guardian.phone_cipher) == "0912000123"
    assert b"079221000123" not in student.identity_cipher


def test_importing_twice_keeps_the_home_so_that_travel_times_stay_valid(
    session: Session, vault, tmp_path
) -> None:
    path = student_file(tmp_path / "s.xlsx", {})
    import_students(session, path=path, vault=vault, now=NOW)
    home = session.scalars(select(Residence.location_id)).one()
    import_students(session, path=path, vault=vault, now=NOW)
    assert session.scalars(select(Residence.location_id)).one() == home
    assert session.scalar(select(func.count()).select_from(Student)) == 1
    assert session.scalar(select(func.count()).select_from(Guardian)) == 1


def test_a_child_that_moved_gets_a_new_home(session: Session, vault, tmp_path) -> None:
    import_students(session, path=student_file(tmp_path / "a.xlsx", {}), vault=vault, now=NOW)
    home = session.scalars(select(Residence.location_id)).one()
    moved = student_file(tmp_path / "b.xlsx", {"Kinh độ": "106.81"})
    import_students(session, path=moved, vault=vault, now=NOW)
    assert session.scalars(select(Residence.location_id)).one() != home


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"Số định danh": "12345"}, "12 digits"),
        ({"Ngày sinh": "2021-02-05"}, "27/03/2021"),
        ({"Ngày sinh": "05/02/2012"}, "outside the ages"),
        ({"Giới tính": "?"}, "must be one of"),
        ({"Vĩ độ": "106.8"}, "between -90 and 90"),
        ({"Kinh độ": "abc"}, "degrees"),
        ({"Lớp tuyển": "3"}, "must be 1 or 6"),
        ({"Số điện thoại": "12"}, "mobile number"),
        ({"Năm học": "2027"}, "consecutive years"),
        ({"Họ và tên": ""}, "is empty"),
        ({"Email": "not mail"}, "e-mail"),
    ],
)
def test_a_wrong_row_is_refused_by_number_and_cause_and_the_rest_comes_in(
    session: Session, vault, tmp_path, change, cause
) -> None:
    path = student_file(tmp_path / "s.xlsx", {}, {"Mã học sinh": "7900000002", **change})
    report = import_students(session, path=path, vault=vault, now=NOW)
    assert (report.read, report.kept) == (2, 1)
    ((row, said),) = report.refused
    assert row == 3
    assert cause in said


def test_the_same_code_twice_in_a_file_is_refused_once(session: Session, vault, tmp_path) -> None:
    report = import_students(session, path=student_file(tmp_path / "s.xlsx", {}, {}), vault=vault, now=NOW)
    assert (report.kept, [row for row, _ in report.refused]) == (1, [3])


@pytest.mark.parametrize("name", ["Y Thịnh Êban", "H'Hen Niê", "K’Tâm", "Danh", "Thạch Thị Sô Phia"])
def test_names_of_all_peoples_come_in_as_typed(session: Session, vault, tmp_path, name) -> None:
    import_students(
        session, path=student_file(tmp_path / "s.xlsx", {"Họ và tên": name}), vault=vault, now=NOW
    )
    assert session.scalars(select(Student.full_name)).one() == name


def school_file(path: Path, *, seats: str = "70", site_school: str = "79000001") -> Path:
    return write(
        path,
        {
            SCHOOL_SHEET: [SCHOOL_COLUMNS, ["79000001", "Trường Thử", "công lập", "TH", "27667", "", ""]],
            SITE_SHEET: [SITE_COLUMNS, ["79000001", site_school, "", "106.8", "10.6", ""]],
            QUOTA_SHEET: [QUOTA_COLUMNS, ["2027-2028", "1", "79000001", "2", "35", seats]],
        },
    )


def test_schools_and_sites_come_in_once_however_often(session: Session, tmp_path) -> None:
    path = school_file(tmp_path / "t.xlsx")
    for _ in range(2):
        report = import_schools(session, path=path, now=NOW)
        assert (report.kept, report.refused) == (2, [])
    assert session.scalar(select(func.count()).select_from(School)) == 1
    assert session.scalar(select(func.count()).select_from(Site)) == 1


def test_a_site_of_an_unknown_school_is_refused(session: Session, tmp_path) -> None:
    report = import_schools(session, path=school_file(tmp_path / "t.xlsx", site_school="1"), now=NOW)
    assert report.refused == [(2, "sheet 'Điểm trường': school '1' is not in sheet 'Trường'")]


def test_seats_that_do_not_fit_into_the_classes_are_refused(tmp_path) -> None:
    quotas, report = read_quotas(school_file(tmp_path / "t.xlsx", seats="71"))
    assert quotas == []
    assert "do not fit into 2 classes of 35" in report.refused[0][1]


def test_a_file_that_is_no_spreadsheet_is_refused_by_name(tmp_path) -> None:
    (tmp_path / "x.xlsx").write_text("no")
    for name, cause in (("x.xlsx", "not a readable"), ("y.xlsx", "no such file")):
        with pytest.raises(ImportRefused, match=cause):
            list(read_rows(tmp_path / name, SHEET, []))


def test_a_missing_sheet_or_column_is_named(tmp_path) -> None:
    path = write(tmp_path / "z.xlsx", {"Khác": [["A"]]})
    with pytest.raises(ImportRefused, match="'Học sinh' is missing"):
        list(read_rows(path, SHEET, COLUMNS))
    path = write(tmp_path / "w.xlsx", {SHEET: [["A"]]})
    with pytest.raises(ImportRefused, match="column 'Năm học' is missing"):
        list(read_rows(path, SHEET, COLUMNS))

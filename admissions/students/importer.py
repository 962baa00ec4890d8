"""Children, guardians and residences from the sending schools' workbook. Safe to repeat: matched by Mã học sinh."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session

from admissions.audit.service import Act, Action, record
from admissions.schools.importer import first_year
from admissions.spreadsheets import ImportReport, Row, RowRefused, read_rows
from admissions.students.rules import (
    EMAIL,
    IDENTITY_NUMBER,
    RESIDENCE_KINDS,
    SEXES,
    birth_year_of,
    clean_name,
    normalise_phone,
)
from admissions.students.tables import Guardian, Residence, Student
from data.vault import Vault
from gis.service import Point, create_locations, get_points

SHEET = "Học sinh"
COLUMNS = [
    "Năm học", "Lớp tuyển", "Mã học sinh", "Số định danh", "Họ và tên", "Ngày sinh", "Giới tính", "Mã dân tộc",
    "Quốc tịch", "Mã trường đang học", "Mã trường anh chị em", "Mã nhóm sinh đôi", "Loại cư trú", "Địa chỉ",
    "Ấp/Khu phố", "Mã xã", "Kinh độ", "Vĩ độ", "Họ tên người giám hộ", "Quan hệ", "Năm sinh người giám hộ",
    "Số điện thoại", "Email",
]  # fmt: skip
BATCH = 5000
HOME_PRECISION_M = 30


@dataclass(frozen=True)
class StudentRow:
    """One accepted row."""

    code: str
    identity_number: str | None
    full_name: str
    birth_on: date
    sex: str
    ethnic_code: str
    nationality: str
    entry_year: int
    entry_level: int
    current_school_code: str | None
    sibling_school_code: str | None
    twin_group: str | None
    residence_kind: str
    address: str
    hamlet: str
    commune_code: str
    point: Point | None
    guardian_name: str
    relation: str
    guardian_birth_year: int | None
    phone: str | None
    email: str | None


def import_students(session: Session, *, path: Path, vault: Vault, now: datetime) -> ImportReport:
    """Take children, one guardian each and their residence from ``path``.

    A child who is already known gets the new record; a home that did not move keeps its location, so that travel
    times stay valid.

    Raises:
        ImportRefused: the file as a whole cannot be read; nothing is changed then.
    """
    report = ImportReport()
    seen: set[str] = set()
    accepted = _accepted_rows(path, report, seen)
    while batch := list(islice(accepted, BATCH)):
        _store(session, batch, vault, now)
        report.kept += len(batch)
    details = {"read": report.read, "kept": report.kept, "refused": len(report.refused)}
    record(session, Act("students", "system", Action.STUDENTS_IMPORTED, details), at=now)
    return report


def _accepted_rows(path: Path, report: ImportReport, seen: set[str]) -> Iterable[StudentRow]:
    for row in read_rows(path, SHEET, COLUMNS):
        report.read += 1
        try:
            student = _read_student(row)
            if student.code in seen:
                raise RowRefused(f"Mã học sinh {student.code} is already in an earlier row")
            seen.add(student.code)
        except RowRefused as cause:
            report.refuse(row.number, str(cause))
            continue
        yield student


def _read_student(row: Row) -> StudentRow:
    level, year, birth_on = row.whole("Lớp tuyển"), first_year(row.text("Năm học")), row.day("Ngày sinh")
    if level not in (1, 6):
        raise RowRefused(f"'Lớp tuyển' must be 1 or 6, not {level}")
    if not 0 <= birth_year_of(level, year) - birth_on.year <= 3:
        raise RowRefused(f"birth year {birth_on.year} is outside the ages of lớp {level} in {year}")
    identity = row.optional("Số định danh")
    if identity is not None and not IDENTITY_NUMBER.fullmatch(identity):
        raise RowRefused("'Số định danh' must have 12 digits")
    phone, email = row.optional("Số điện thoại"), row.optional("Email")
    if phone is not None and normalise_phone(phone) is None:
        raise RowRefused("'Số điện thoại' is not a Vietnamese mobile number")
    if email is not None and not EMAIL.fullmatch(email):
        raise RowRefused("'Email' is not an e-mail address")
    has_point = row.optional("Kinh độ") is not None or row.optional("Vĩ độ") is not None
    guardian_year = row.optional("Năm sinh người giám hộ")
    return StudentRow(
        code=row.text("Mã học sinh"),
        identity_number=identity,
        full_name=clean_name(row.text("Họ và tên")),
        birth_on=birth_on,
        sex=row.choice("Giới tính", SEXES),
        ethnic_code=row.text("Mã dân tộc").zfill(2),
        nationality=row.text("Quốc tịch"),
        entry_year=year,
        entry_level=level,
        current_school_code=row.optional("Mã trường đang học"),
        sibling_school_code=row.optional("Mã trường anh chị em"),
        twin_group=row.optional("Mã nhóm sinh đôi"),
        residence_kind=row.choice("Loại cư trú", RESIDENCE_KINDS),
        address=row.text("Địa chỉ"),
        hamlet=row.optional("Ấp/Khu phố") or "",
        commune_code=row.text("Mã xã"),
        point=Point(row.degrees("Kinh độ", 180), row.degrees("Vĩ độ", 90)) if has_point else None,
        guardian_name=clean_name(row.text("Họ tên người giám hộ")),
        relation=row.text("Quan hệ"),
        guardian_birth_year=int(guardian_year) if guardian_year and guardian_year.isdigit() else None,
        phone=normalise_phone(phone) if phone else None,
        email=email,
    )


def _store(session: Session, batch: Sequence[StudentRow], vault: Vault, now: datetime) -> None:
    values = [_student_values(student, vault, now) for student in batch]
    changed = [name for name in values[0] if name != "code"]
    for start in range(0, len(values), 1000):
        part = upsert(Student).values(values[start : start + 1000])
        session.execute(
            part.on_conflict_do_update(
                index_elements=["code"], set_={name: part.excluded[name] for name in changed}
            )
        )
    codes = [student.code for student in batch]
    ids = dict(session.execute(select(Student.code, Student.id).where(Student.code.in_(codes))).all())
    _store_guardians(session, batch, ids, vault)
    _store_residences(session, batch, ids)


def _student_values(student: StudentRow, vault: Vault, now: datetime) -> dict[str, object]:
    number = student.identity_number
    return {
        "code": student.code,
        "identity_cipher": vault.encrypt(number) if number else None,
        "identity_index": vault.index(number) if number else None,
        "full_name": student.full_name,
        "birth_on": student.birth_on,
        "sex": student.sex,
        "ethnic_code": student.ethnic_code,
        "nationality": student.nationality,
        "entry_year": student.entry_year,
        "entry_level": student.entry_level,
        "current_school_code": student.current_school_code,
        "sibling_school_code": student.sibling_school_code,
        "twin_group": student.twin_group,
        "imported_at": now,
    }


def _store_guardians(
    session: Session, batch: Sequence[StudentRow], ids: dict[str, int], vault: Vault
) -> None:
    session.execute(delete(Guardian).where(Guardian.student_id.in_(ids.values())))
    session.execute(
        insert(Guardian),
        [
            {
                "student_id": ids[student.code],
                "full_name": student.guardian_name,
                "relation": student.relation,
                "birth_year": student.guardian_birth_year,
                "phone_cipher": vault.encrypt(student.phone) if student.phone else None,
                "phone_index": vault.index(student.phone) if student.phone else None,
                "email_cipher": vault.encrypt(student.email) if student.email else None,
            }
            for student in batch
        ],
    )


def _store_residences(session: Session, batch: Sequence[StudentRow], ids: dict[str, int]) -> None:
    homes = select(Residence.student_id, Residence.location_id).where(Residence.student_id.in_(ids.values()))
    on_record = dict(session.execute(homes).all())
    points = get_points(session, location_ids=[place for place in on_record.values() if place is not None])
    moved = [
        student
        for student in batch
        if student.point is not None and points.get(on_record.get(ids[student.code])) != student.point
    ]
    made = create_locations(
        session,
        points=[student.point for student in moved if student.point is not None],
        method="imported",
        precision_m=HOME_PRECISION_M,
    )
    home_of = {student.code: location for student, location in zip(moved, made, strict=True)}
    session.execute(delete(Residence).where(Residence.student_id.in_(ids.values())))
    session.execute(
        insert(Residence),
        [
            {
                "student_id": ids[student.code],
                "kind": student.residence_kind,
                "address": student.address,
                "hamlet": student.hamlet,
                "commune_code": student.commune_code,
                "location_id": None
                if student.point is None
                else home_of.get(student.code, on_record.get(ids[student.code])),
            }
            for student in batch
        ],
    )

"""Schools, sites and seats from the office's workbook. Safe to repeat: rows are matched by their codes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from admissions.audit.service import Act, Action, record
from admissions.schools.tables import School, Site
from admissions.spreadsheets import ImportReport, Row, RowRefused, read_rows
from gis.service import Point, create_locations, get_points

SCHOOL_SHEET, SITE_SHEET, QUOTA_SHEET = "Trường", "Điểm trường", "Chỉ tiêu"
SCHOOL_COLUMNS = ["Mã trường", "Tên trường", "Loại hình", "Cấp học", "Mã xã", "Địa chỉ", "Điện thoại"]
SITE_COLUMNS = ["Mã điểm", "Mã trường", "Tên điểm", "Kinh độ", "Vĩ độ", "Địa chỉ"]
QUOTA_COLUMNS = ["Năm học", "Lớp tuyển", "Mã điểm", "Số lớp", "Sĩ số tối đa", "Chỉ tiêu"]
STAGES = {"MN", "TH", "THCS", "THPT"}
GATE_PRECISION_M = 15


@dataclass(frozen=True)
class QuotaRow:
    """Seats of one site for one level and school year, as the workbook gives them."""

    school_year: int
    level: int
    site_code: str
    classes: int
    class_cap: int
    seats: int


def first_year(school_year: str) -> int:
    """Return 2027 for ``2027-2028``.

    Raises:
        RowRefused: not two consecutive years.
    """
    first, _, second = school_year.partition("-")
    if not (first.isdigit() and second.isdigit() and int(second) == int(first) + 1):
        raise RowRefused(f"'Năm học' must be two consecutive years such as 2027-2028, not {school_year!r}")
    return int(first)


def import_schools(session: Session, *, path: Path, now: datetime) -> ImportReport:
    """Take schools and sites from ``path``.

    Raises:
        ImportRefused: the file as a whole cannot be read; nothing is changed then.
    """
    report = ImportReport()
    known = {school.code: school for school in session.scalars(select(School))}
    for row in read_rows(path, SCHOOL_SHEET, SCHOOL_COLUMNS):
        report.read += 1
        try:
            _take_school(session, row, known)
            report.kept += 1
        except RowRefused as cause:
            report.refuse(row.number, f"sheet {SCHOOL_SHEET!r}: {cause}")
    session.flush()
    _import_sites(session, path, known, report)
    details = {"read": report.read, "kept": report.kept, "refused": len(report.refused)}
    record(session, Act("schools", "system", Action.SCHOOLS_IMPORTED, details), at=now)
    return report


def _take_school(session: Session, row: Row, known: dict[str, School]) -> None:
    stages = [stage.strip() for stage in row.text("Cấp học").split(";")]
    if not set(stages) <= STAGES:
        raise RowRefused(
            f"'Cấp học' must be of MN, TH, THCS, THPT with ';' between, not {row.text('Cấp học')!r}"
        )
    code = row.text("Mã trường")
    school = known.setdefault(code, School(code=code))
    school.name, school.kind, school.stages = row.text("Tên trường"), row.text("Loại hình"), stages
    school.commune_code = row.text("Mã xã")
    school.address, school.phone = row.optional("Địa chỉ") or "", row.optional("Điện thoại") or ""
    session.add(school)


def _import_sites(session: Session, path: Path, schools: dict[str, School], report: ImportReport) -> None:
    known = {site.code: site for site in session.scalars(select(Site))}
    points = get_points(session, location_ids=[site.location_id for site in known.values()])
    taken: list[tuple[Row, Point]] = []
    for row in read_rows(path, SITE_SHEET, SITE_COLUMNS):
        report.read += 1
        try:
            if row.text("Mã trường") not in schools:
                raise RowRefused(f"school {row.text('Mã trường')!r} is not in sheet {SCHOOL_SHEET!r}")
            row.text("Mã điểm")
            taken.append((row, Point(row.degrees("Kinh độ", 180), row.degrees("Vĩ độ", 90))))
        except RowRefused as cause:
            report.refuse(row.number, f"sheet {SITE_SHEET!r}: {cause}")
    new = []
    for row, point in taken:
        site = known.get(row.text("Mã điểm"))
        if site is None or points.get(site.location_id) != point:
            new.append((row, point))
    gates = create_locations(
        session, points=[point for _, point in new], method="gate", precision_m=GATE_PRECISION_M
    )
    gate_of = {row.text("Mã điểm"): gate for (row, _), gate in zip(new, gates, strict=True)}
    for row, _ in taken:
        code = row.text("Mã điểm")
        site = known.setdefault(code, Site(code=code))
        school_id = schools[row.text("Mã trường")].id
        assert school_id is not None
        site.school_id = school_id
        site.name, site.address = row.optional("Tên điểm") or "", row.optional("Địa chỉ") or ""
        site.location_id = gate_of.get(code, site.location_id)
        session.add(site)
        report.kept += 1
    session.flush()


def read_quotas(path: Path) -> tuple[list[QuotaRow], ImportReport]:
    """Return the workbook's seats for every level and year, and what became of its rows.

    Raises:
        ImportRefused: the file as a whole cannot be read.
    """
    report, quotas = ImportReport(), []
    for row in read_rows(path, QUOTA_SHEET, QUOTA_COLUMNS):
        report.read += 1
        try:
            quotas.append(_read_quota(row))
            report.kept += 1
        except RowRefused as cause:
            report.refuse(row.number, f"sheet {QUOTA_SHEET!r}: {cause}")
    return quotas, report


def _read_quota(row: Row) -> QuotaRow:
    quota = QuotaRow(
        first_year(row.text("Năm học")),
        row.whole("Lớp tuyển"),
        row.text("Mã điểm"),
        row.whole("Số lớp"),
        row.whole("Sĩ số tối đa"),
        row.whole("Chỉ tiêu"),
    )
    if quota.level not in (1, 6):
        raise RowRefused(f"'Lớp tuyển' must be 1 or 6, not {quota.level}")
    if quota.seats < 0 or quota.class_cap <= 0 or quota.classes < 0:
        raise RowRefused("seats, classes and class size cannot be negative")
    if quota.seats > quota.classes * quota.class_cap:
        raise RowRefused(f"{quota.seats} seats do not fit into {quota.classes} classes of {quota.class_cap}")
    return quota

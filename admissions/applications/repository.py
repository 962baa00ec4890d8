"""SQL of applications."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, case, delete, func, insert, select
from sqlmodel import Session

from admissions.applications.rules import State
from admissions.applications.tables import Application, FormSession, Preference
from admissions.rounds.tables import Quota
from admissions.schools.tables import School, Site
from admissions.students.tables import Guardian, Residence, Student


def find_student(session: Session, *, code: str, entry_level: int, entry_year: int) -> Row | None:
    """Return (Student, Residence, Guardian) of a child of the given entry, or None."""
    return session.execute(
        select(Student, Residence, Guardian)
        .join(Residence, Residence.student_id == Student.id)
        .join(Guardian, Guardian.student_id == Student.id)
        .where(Student.code == code, Student.entry_level == entry_level, Student.entry_year == entry_year)
        .limit(1)
    ).one_or_none()


def find_live_application(session: Session, *, round_id: int, student_id: int) -> Application | None:
    """Return the child's application that is not withdrawn, or None."""
    return session.scalars(
        select(Application).where(
            Application.round_id == round_id,
            Application.student_id == student_id,
            Application.state != State.WITHDRAWN,
        )
    ).one_or_none()


def find_form_application(session: Session, *, key: str, now: datetime, lock: bool) -> Application | None:
    """Return the application of a form session that is not over, locked for a change when ``lock``."""
    query = (
        select(Application)
        .join(FormSession, FormSession.application_id == Application.id)
        .where(FormSession.token_hash == key, FormSession.expires_at > now)
    )
    return session.scalars(query.with_for_update(of=Application) if lock else query).one_or_none()


def get_record(session: Session, *, student_id: int) -> Row:
    """Return (Student, Residence) of a child."""
    return session.execute(
        select(Student, Residence)
        .join(Residence, Residence.student_id == Student.id)
        .where(Student.id == student_id)
    ).one()


def list_round_sites(session: Session, *, round_id: int) -> Sequence[Row]:
    """Return (Quota, Site, School) of the sites with seats in the round, by site code."""
    return session.execute(
        select(Quota, Site, School)
        .join(Site, Site.id == Quota.site_id)
        .join(School, School.id == Site.school_id)
        .where(Quota.round_id == round_id, Quota.seats > 0)
        .order_by(Site.code)
    ).all()


def list_preferences(session: Session, *, application_id: int) -> list[int]:
    """Return the ranked site ids, the dearest first."""
    return list(
        session.scalars(
            select(Preference.site_id)
            .where(Preference.application_id == application_id)
            .order_by(Preference.rank)
        )
    )


def replace_preferences(session: Session, *, application_id: int, site_ids: Sequence[int]) -> None:
    """Store the ranked site ids in place of what was there."""
    session.execute(delete(Preference).where(Preference.application_id == application_id))
    session.execute(
        insert(Preference),
        [
            {"application_id": application_id, "rank": rank, "site_id": site_id}
            for rank, site_id in enumerate(site_ids, start=1)
        ],
    )


def list_rows(
    session: Session,
    *,
    round_id: int,
    state: str | None,
    commune_code: str | None,
    text: str | None,
    after: int,
    limit: int,
) -> Sequence[Row]:
    """Return (Application, Student, Residence, first School name, first Site name) with ids after ``after``.

    The site's name is None where it is the school's main site.
    """
    query = (
        select(
            Application,
            Student,
            Residence,
            School.name,
            case((Site.code != School.code, Site.name), else_=None),
        )
        .join(Student, Student.id == Application.student_id)
        .join(Residence, Residence.student_id == Student.id)
        .outerjoin(Preference, (Preference.application_id == Application.id) & (Preference.rank == 1))
        .outerjoin(Site, Site.id == Preference.site_id)
        .outerjoin(School, School.id == Site.school_id)
        .where(Application.round_id == round_id, Application.id > after)
        .order_by(Application.id)
        .limit(limit)
    )
    if state:
        query = query.where(Application.state == state)
    if commune_code:
        query = query.where(Residence.commune_code == commune_code)
    if text:
        wanted = func.unaccented(text)
        query = query.where(
            func.unaccented(Student.full_name).contains(wanted, autoescape=False)
            | (Application.code == text.strip().upper())
        )
    return session.execute(query).all()


def count_by_state(session: Session, *, round_id: int) -> dict[str, int]:
    """Return how many applications of the round are in each state."""
    return dict(
        session.execute(
            select(Application.state, func.count())
            .where(Application.round_id == round_id)
            .group_by(Application.state)
        ).all()
    )

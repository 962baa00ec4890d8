"""How the demo's families apply: by the pages' use cases, or on paper forms that a school enters in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlmodel import Session

from admissions.applications import service as applications
from admissions.applications.assisted import PaperForm, enter_paper_forms
from admissions.applications.form_rules import Contact
from admissions.applications.repository import list_round_sites
from admissions.applications.rules import State
from admissions.applications.tables import Application
from admissions.codes import CodeSource
from admissions.rounds.policy import Policy
from admissions.rounds.service import get_policy, get_round
from admissions.rounds.tables import Round
from admissions.rounds.travel import travel_of_homes
from admissions.students.tables import Guardian, Residence, Student
from data.db import transaction
from data.demo.choices import choose_preferences, popularity
from data.vault import Vault

BATCH = 2000
PAGES_UP_TO = 3000
"""Rounds with more children are entered from paper forms throughout: the pages take a family at a time."""

TWO_DAYS_MIN = 2 * 24 * 60
"""Over how many minutes families come to the pages; when they come never counts."""


@dataclass(frozen=True)
class Family:
    """One child with what its family would type."""

    student: Student
    home: int
    contact: Contact
    phone: str
    site_ids: list[int]


@dataclass(frozen=True)
class Setting:
    """What the demo's families apply with."""

    seed: int
    codes: CodeSource
    vault: Vault
    public_url: str


def apply_all(
    engine: Engine,
    *,
    round_id: int,
    setting: Setting,
    at: datetime,
    leave_out: frozenset[str] = frozenset(),
    share: float = 1.0,
    by_page: bool = True,
) -> int:
    """Let the round's families apply at ``at`` and return how many applications are there afterwards.

    Children whose codes are in ``leave_out``, and those beyond ``share`` (by code), do not apply yet. Families that
    have applied before are passed over, so an interrupted call can be repeated. Without ``by_page`` their schools
    enter signed paper forms for them.
    """
    with transaction(engine) as session:
        round_ = get_round(session, round_id=round_id)
        policy = get_policy(session, round_=round_)
        waiting = [
            student
            for student in _waiting(session, round_)
            if student.code not in leave_out and int(student.code) % 1000 < share * 1000
        ]
    for start in range(0, len(waiting), BATCH):
        with transaction(engine) as session:
            families = _families(session, round_, policy, waiting[start : start + BATCH], setting)
        if by_page and len(waiting) <= PAGES_UP_TO:
            for family in families:
                _apply_by_page(engine, round_, family, setting, at)
        else:
            _apply_on_paper(engine, round_, policy, families, setting, at)
    with transaction(engine) as session:
        return len(
            session.scalars(
                select(Application.id).where(
                    Application.round_id == round_id, Application.state != State.DRAFT
                )
            ).all()
        )


def _waiting(session: Session, round_: Round) -> Sequence[Student]:
    applied = select(Application.student_id).where(
        Application.round_id == round_.id, Application.state.not_in((State.DRAFT, State.WITHDRAWN))
    )
    return session.scalars(
        select(Student)
        .where(
            Student.entry_level == round_.level,
            Student.entry_year == round_.school_year,
            Student.id.not_in(applied),
        )
        .order_by(Student.code)
    ).all()


def _families(
    session: Session, round_: Round, policy: Policy, students: Sequence[Student], setting: Setting
) -> list[Family]:
    assert round_.id is not None
    sites = [(site, school) for _quota, site, school in list_round_sites(session, round_id=round_.id)]
    ids = [student.id for student in students]
    homes = dict(
        session.execute(
            select(Residence.student_id, Residence.location_id).where(Residence.student_id.in_(ids))
        ).all()
    )
    guardians = {
        guardian.student_id: guardian
        for guardian in session.scalars(select(Guardian).where(Guardian.student_id.in_(ids)))
    }
    ways = travel_of_homes(
        session, round_=round_, rule=policy.travel, homes=[home for home in homes.values() if home]
    )
    vault = setting.vault
    families = []
    for student in students:
        home = homes.get(student.id)
        guardian = guardians[student.id]
        if home is None or guardian.phone_cipher is None:
            continue  # such families come to the office, which the demo leaves to its visitors
        rows = [
            (site.id, ways[home][site.location_id].time_s, popularity(school.code))
            for site, school in sites
            if site.location_id in ways[home]
        ]
        chosen = [
            int(key) for key in choose_preferences(setting.seed, student.code, rows, policy.longest_list)
        ]
        if not chosen:
            continue
        phone = vault.decrypt(guardian.phone_cipher)
        email = vault.decrypt(guardian.email_cipher) if guardian.email_cipher else ""
        contact = Contact(guardian.full_name, guardian.relation, phone, email)
        families.append(Family(student, home, contact, phone, chosen))
    return families


def _apply_by_page(engine: Engine, round_: Round, family: Family, setting: Setting, at: datetime) -> None:
    """One family's way through the form: each step in a transaction of its own, as on the pages."""
    student, codes, vault = family.student, setting.codes, setting.vault
    at += timedelta(minutes=int(student.code) % TWO_DAYS_MIN)
    assert round_.id is not None
    with transaction(engine) as session:
        token = applications.start_application(
            session, round_id=round_.id, student_code=student.code, birth_on=student.birth_on, phone=family.phone,
            client_key=f"demo:{student.code}", codes=codes, vault=vault, now=at,
        )  # fmt: skip
    with transaction(engine) as session:
        later = at + timedelta(minutes=2)
        applications.save_contact(session, token=token, contact=family.contact, vault=vault, now=later)
        applications.keep_home_on_record(session, token=token, now=later)
    with transaction(engine) as session:
        later = at + timedelta(minutes=6)
        applications.save_preferences(session, token=token, site_ids=family.site_ids, now=later)
        applications.submit(
            session, token=token, declared=True, idempotency_key=f"{round_.code}:{student.code}",
            public_url=setting.public_url, now=later, deliver=False,
        )  # fmt: skip
        applications.close_form(session, token=token)


def _apply_on_paper(
    engine: Engine, round_: Round, policy: Policy, families: Sequence[Family], setting: Setting, at: datetime
) -> None:
    forms = [
        PaperForm(family.student.id or 0, family.student.code, family.home, family.contact, family.site_ids)
        for family in families
    ]
    with transaction(engine) as session:
        enter_paper_forms(
            session, round_=round_, policy=policy, forms=forms, actor="school", codes=setting.codes,
            vault=setting.vault, public_url=setting.public_url, now=at, deliver=False,
        )  # fmt: skip

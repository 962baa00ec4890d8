"""Publishing a run to families, and the page on which each reads its result."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session

from admissions.allocation_runs.cutoffs import FEWEST_TO_TELL
from admissions.allocation_runs.sentences import SchoolReasonText, result_sentence, school_sentences
from admissions.allocation_runs.service import export_run, mark_published
from admissions.allocation_runs.tables import AllocationRun, RunReason
from admissions.applications.rules import Event, State, next_state
from admissions.applications.tables import Application
from admissions.audit.service import Act, Action, record, record_all
from admissions.codes import normalise_code
from admissions.i18n import gettext as _
from admissions.limits.service import RESULT_BY_CODE, RESULT_BY_VISITOR, count_attempt
from admissions.notifications import texts
from admissions.notifications.service import Notice, write
from admissions.offers.tables import Offer
from admissions.officers.service import SignedInOfficer
from admissions.queue import DELIVER_MESSAGES, defer
from admissions.rounds.policy import policy_from_mapping
from admissions.rounds.service import RoundCard, get_round, round_card
from admissions.rounds.tables import PolicyVersion
from admissions.rounds.travel import Travel
from admissions.schools.service import list_site_titles
from admissions.schools.tables import School, Site
from admissions.students.tables import Residence, Student
from gis.service import get_points

BATCH = 2000


@dataclass(frozen=True)
class PlacedSchool:
    """The school a child got."""

    site_id: int
    title: str
    address: str
    phone: str
    lon: float
    lat: float
    location_id: int
    stage: str
    travel: Travel | None


@dataclass(frozen=True)
class ResultPage:
    """What a family reads after giving its code and the birth date."""

    application_id: int
    code: str
    receipt_id: str
    student_name: str
    round: RoundCard
    state: State
    published_at: datetime | None
    """None: the results of the round are not out yet."""
    school: PlacedSchool | None
    reason: str
    schools: Sequence[SchoolReasonText]
    """Every school above the result and the result itself, in the family's order, each with its reason."""
    run_sha256: str | None
    home_lon: float | None
    home_lat: float | None
    home_location_id: int | None


def publish(
    session: Session,
    *,
    run_id: int,
    officer: SignedInOfficer,
    public_url: str,
    hotline: str,
    now: datetime,
    deliver: bool = True,
) -> int:
    """Publish an approved run: offers, states, messages and audit in the caller's one transaction.

    Returns how many offers were made.

    Raises:
        NotPermitted, NotReady, IllegalTransition: as ``mark_published``.
    """
    run = mark_published(session, run_id=run_id, officer=officer, now=now)
    assignment, seats = _result(session, run_id)
    rows = session.execute(
        select(
            Application.id,
            Application.receipt_id,
            Application.code,
            Application.email_cipher,
            Application.state,
        )
        .where(Application.round_id == run.round_id, Application.receipt_id.in_(list(assignment)))
        .order_by(Application.id)
    ).all()
    site_ids = dict(session.execute(select(Site.code, Site.id)).all())
    placed = [row for row in rows if assignment[row.receipt_id] is not None]
    left = [row for row in rows if assignment[row.receipt_id] is None]
    offers = [
        {
            "application_id": row.id, "run_id": run_id, "site_id": site_ids[assignment[row.receipt_id]],
            "stage": seats[row.receipt_id]["stage"], "state": "made", "made_at": now,
        }
        for row in placed
    ]  # fmt: skip
    for start in range(0, len(offers), BATCH):
        session.execute(insert(Offer), offers[start : start + BATCH])
    for event, group in ((Event.OFFER, placed), (Event.LEAVE_UNPLACED, left)):
        state = next_state(State.IN_POOL, event)
        for start in range(0, len(group), BATCH):
            ids = [row.id for row in group[start : start + BATCH]]
            session.execute(
                update(Application)
                .where(Application.id.in_(ids), Application.state == State.IN_POOL)
                .values(state=state)
                .execution_options(synchronize_session=False)
            )
    _write_messages(
        session, run_id, placed, left, public_url=public_url, hotline=hotline, now=now, deliver=deliver
    )
    acts = [
        Act(f"application:{row.id}", "system", Action.APPLICATION_RESULT,
            {"run": run_id, "site": assignment[row.receipt_id]})
        for row in rows
    ]  # fmt: skip
    record_all(session, acts, at=now)
    details = {"offers": len(placed), "unplaced": len(left), "result_sha256": run.result_sha256}
    record(session, Act(f"run:{run_id}", officer.actor, Action.RUN_PUBLISHED, details), at=now)
    return len(placed)


def _result(session: Session, run_id: int) -> tuple[dict[str, str | None], dict[str, dict[str, str]]]:
    _instance, result = export_run(session, run_id=run_id)
    body = json.loads(result)
    return body["assignment"], body["seats"]


def _write_messages(
    session: Session,
    run_id: int,
    placed: Sequence,
    left: Sequence,
    *,
    public_url: str,
    hotline: str,
    now: datetime,
    deliver: bool,
) -> None:
    url = f"{public_url}/tra-cuu"
    event = f"result:{run_id}"
    notices = [
        Notice(event, row.id, "result", row.email_cipher, texts.result(code=row.code, at=now, url=url))
        for row in placed
    ]
    notices += [
        Notice(
            event, row.id, "not_placed", row.email_cipher,
            texts.not_placed(code=row.code, at=now, hotline=hotline, url=url),
        )
        for row in left
    ]  # fmt: skip
    if write(session, notices, now=now, deliver=False) and deliver:
        defer(session, DELIVER_MESSAGES)


def find_result(
    session: Session, *, code: str, birth_on: date, client_key: str, now: datetime
) -> ResultPage | None:
    """Return the result page of an application, or None: unknown code and wrong birth date get the same answer.

    Raises:
        TooManyAttempts: too many tries for this code or from this visitor.
    """
    stored_code = normalise_code(code)
    count_attempt(session, RESULT_BY_VISITOR, client_key, now=now)
    count_attempt(session, RESULT_BY_CODE, stored_code, now=now)
    row = session.execute(
        select(Application, Student, Residence)
        .join(Student, Student.id == Application.student_id)
        .join(Residence, Residence.student_id == Student.id)
        .where(
            Application.code == stored_code,
            Student.birth_on == birth_on,
            Application.state.not_in((State.DRAFT, State.WITHDRAWN)),
        )
    ).one_or_none()
    return None if row is None else get_result(session, application_id=row[0].id, now=now)


def get_result(session: Session, *, application_id: int, now: datetime) -> ResultPage:
    """Return the result page of an application, before or after publication."""
    application = session.get_one(Application, application_id)
    student = session.get_one(Student, application.student_id)
    residence = session.scalars(select(Residence).where(Residence.student_id == student.id)).one()
    round_ = get_round(session, round_id=application.round_id)
    policy = policy_from_mapping(session.get_one(PolicyVersion, round_.policy_version_id).body)
    card = round_card(round_, policy, now)
    moved = application.home_changed and application.home_verified
    home_id = application.home_location_id if moved else residence.location_id
    points = get_points(session, location_ids=[home_id] if home_id is not None else [])
    home = points.get(home_id) if home_id is not None else None
    run = session.scalars(
        select(AllocationRun).where(AllocationRun.round_id == round_.id, AllocationRun.state == "published")
    ).one_or_none()
    if run is None:
        waiting = _("Kết quả của đợt này chưa công bố.")
        return ResultPage(
            application_id, application.code, application.receipt_id, student.full_name, card,
            State(application.state), None, None, waiting, [], None,
            home.lon if home else None, home.lat if home else None, home_id,
        )  # fmt: skip
    reasons = session.get(RunReason, (run.id, application_id))
    entries = reasons.schools if reasons is not None else []
    titles = list_site_titles(session, site_codes=[entry["site"] for entry in entries])
    return ResultPage(
        application_id=application_id,
        code=application.code,
        receipt_id=application.receipt_id,
        student_name=student.full_name,
        round=card,
        state=State(application.state),
        published_at=run.published_at,
        school=_placed_school(session, application_id, entries),
        reason=result_sentence(entries, titles=titles, policy=policy, compulsory=True),
        schools=school_sentences(entries, titles=titles, policy=policy, fewest_to_tell=FEWEST_TO_TELL),
        run_sha256=run.result_sha256,
        home_lon=home.lon if home else None,
        home_lat=home.lat if home else None,
        home_location_id=home_id,
    )


def _placed_school(session: Session, application_id: int, entries: Sequence[dict]) -> PlacedSchool | None:
    row = session.execute(
        select(Offer, Site, School)
        .join(Site, Site.id == Offer.site_id)
        .join(School, School.id == Site.school_id)
        .where(Offer.application_id == application_id)
    ).one_or_none()
    if row is None:
        return None
    offer, site, school = row
    lon, lat = get_points(session, location_ids=[site.location_id])[site.location_id]
    entry = next((entry for entry in entries if entry["site"] == site.code), None)
    way = None
    if entry is not None and entry.get("time_s") is not None:
        way = Travel(entry["time_s"], entry["length_m"], entry["profile"])
    title = f"{school.name} – {site.name}" if site.name and site.code != school.code else school.name
    return PlacedSchool(
        site.id,
        title,
        site.address or school.address,
        school.phone,
        lon,
        lat,
        site.location_id,
        offer.stage,
        way,
    )

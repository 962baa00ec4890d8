"""Use cases of an application: start, save each step, submit, look at it; and the officer's acceptance.

Arrival time never counts: nothing here orders applications by time. Submitting twice with one key gives one receipt.
"""

import hmac
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from admissions.applications import repository
from admissions.applications.form_rules import Contact, check_contact, check_preferences
from admissions.applications.rules import EDITABLE, Event, State, next_state
from admissions.applications.tables import Application, FormSession
from admissions.applications.views import ApplicationForm, ApplicationRow, Home, Receipt, StudentCard
from admissions.audit.service import Act, Action, record
from admissions.codes import CodeSource, application_code, receipt_id, session_token, token_hash
from admissions.errors import InvalidInput, NotFound, NotReady, RoundClosed, SessionExpired
from admissions.i18n import gettext as _
from admissions.limits.service import START_BY_STUDENT, START_BY_VISITOR, count_attempt
from admissions.notifications import texts
from admissions.notifications.service import Notice, write
from admissions.officers.service import SignedInOfficer
from admissions.rounds.rules import Phase, is_open
from admissions.rounds.service import get_policy, get_round, round_card
from admissions.rounds.tables import Round
from admissions.rounds.travel import prepare_homes, prepare_pairs, travel_of_homes
from admissions.schools.service import list_choices
from admissions.students.rules import normalise_phone
from admissions.students.tables import Residence, Student
from data.clock import VIETNAM
from data.vault import Vault
from gis.service import Point, create_locations, find_areas_at, get_points, snap_quality

FORM_LASTS = timedelta(hours=12)
PIN_PRECISION_M = 20


def start_application(
    session: Session,
    *,
    round_id: int,
    student_code: str,
    birth_on: date,
    phone: str,
    client_key: str,
    codes: CodeSource,
    vault: Vault,
    now: datetime,
) -> str:
    """Open the child's form, new or saved earlier, and return the token of the form session.

    Raises:
        NotFound: code, birth date and telephone number on file do not belong together; never says which.
        TooManyAttempts: too many tries for this child or from this visitor.
        RoundClosed: the round takes no applications now.
    """
    count_attempt(session, START_BY_VISITOR, client_key, now=now)
    count_attempt(session, START_BY_STUDENT, student_code, now=now)
    round_ = get_round(session, round_id=round_id)
    require_open(round_, now)
    found = repository.find_student(
        session, code=student_code.strip(), entry_level=round_.level, entry_year=round_.school_year
    )
    given = vault.index(normalise_phone(phone) or "")
    if (
        found is None
        or found[0].birth_on != birth_on
        or not hmac.compare_digest(found[2].phone_index or "", given)
    ):
        raise NotFound("student")
    application_id = open_application(session, round_=round_, student=found[0], codes=codes, now=now)
    token = session_token(codes, f"form:{application_id}:{now.isoformat()}")
    session.add(
        FormSession(
            token_hash=token_hash(token),
            application_id=application_id,
            created_at=now,
            expires_at=now + FORM_LASTS,
        )
    )
    return token


def open_application(
    session: Session, *, round_: Round, student: Student, codes: CodeSource, now: datetime
) -> int:
    """Return the id of the child's live application in the round; make a draft when there is none."""
    assert round_.id is not None and student.id is not None
    found = repository.find_live_application(session, round_id=round_.id, student_id=student.id)
    if found is not None:
        assert found.id is not None
        return found.id
    subject = f"{round_.code}:{student.code}"
    application = Application(
        code=application_code(codes, subject), receipt_id=receipt_id(codes, subject), round_id=round_.id,
        student_id=student.id, state=State.DRAFT, created_at=now, saved_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(application)
    except IntegrityError:
        # Two devices opened the form at once; the other one's draft is the family's application.
        other = repository.find_live_application(session, round_id=round_.id, student_id=student.id)
        if other is None or other.id is None:
            raise
        return other.id
    assert application.id is not None
    chain = f"application:{application.id}"
    record(session, Act(chain, "family", Action.APPLICATION_STARTED, {"round": round_.id}), at=now)
    return application.id


def require_open(round_: Round, now: datetime) -> None:
    """Refuse when the round takes no applications at ``now``.

    Raises:
        RoundClosed: too early, too late, or not announced.
    """
    if not is_open(Phase(round_.phase), opens_at=round_.opens_at, closes_at=round_.closes_at, now=now):
        raise RoundClosed(round_.name, opens_at=round_.opens_at, closes_at=round_.closes_at)


def _application(session: Session, token: str, now: datetime, *, lock: bool = False) -> Application:
    found = repository.find_form_application(session, key=token_hash(token), now=now, lock=lock)
    if found is None:
        raise SessionExpired()
    return found


def _editable(session: Session, token: str, now: datetime) -> tuple[Application, Round]:
    application = _application(session, token, now, lock=True)
    round_ = get_round(session, round_id=application.round_id)
    require_open(round_, now)
    if State(application.state) not in EDITABLE:
        raise RoundClosed(round_.name, opens_at=round_.opens_at, closes_at=round_.closes_at)
    return application, round_


def get_form(session: Session, *, token: str, vault: Vault, now: datetime) -> ApplicationForm:
    """Return everything the form's pages show.

    Raises:
        SessionExpired: the form session is over or was never there.
    """
    return _form_of(session, _application(session, token, now), vault, now)


def get_application(session: Session, *, application_id: int, vault: Vault, now: datetime) -> ApplicationForm:
    """Return what a family declared beside the record, for an officer.

    Raises:
        NotFound: no such application.
    """
    application = session.get(Application, application_id)
    if application is None:
        raise NotFound("application", application_id)
    return _form_of(session, application, vault, now)


def _form_of(session: Session, application: Application, vault: Vault, now: datetime) -> ApplicationForm:
    assert application.id is not None
    round_ = get_round(session, round_id=application.round_id)
    policy = get_policy(session, round_=round_)
    student, residence = repository.get_record(session, student_id=application.student_id)
    home_id = application.home_location_id or residence.location_id
    points = get_points(
        session, location_ids=[key for key in (home_id, residence.location_id) if key is not None]
    )
    on_record = residence.location_id
    return ApplicationForm(
        application_id=application.id,
        code=application.code,
        state=State(application.state),
        round=round_card(round_, policy, now),
        student=_student_card(session, student, residence, points, now),
        guardian_name=application.guardian_name,
        relation=application.relation,
        phone=vault.decrypt(application.phone_cipher) if application.phone_cipher else None,
        email=vault.decrypt(application.email_cipher) if application.email_cipher else None,
        home=_home(application, points) if application.home_location_id else None,
        home_on_record=Home(*points[on_record], on_record, False, True, None)
        if on_record in points
        else None,
        schools=list_choices(session, round_=round_, policy=policy, home=home_id),
        chosen_site_ids=repository.list_preferences(session, application_id=application.id),
        saved_at=application.saved_at,
        submitted_at=application.submitted_at,
    )


def _home(application: Application, points: dict[int, Point]) -> Home:
    assert application.home_location_id is not None
    lon, lat = points[application.home_location_id]
    return Home(
        lon, lat, application.home_location_id, application.home_changed, application.home_verified,
        application.home_note,
    )  # fmt: skip


def _student_card(
    session: Session, student: Student, residence: Residence, points: dict[int, Point], now: datetime
) -> StudentCard:
    commune = ""
    if residence.location_id in points:
        areas = find_areas_at(session, point=points[residence.location_id], on=now.astimezone(VIETNAM).date())
        commune = next((area.name for area in areas if area.kind == "commune"), "")
    return StudentCard(
        student.code, student.full_name, student.birth_on, student.sex, student.ethnic_code,
        student.current_school_code, residence.kind, residence.address, residence.hamlet,
        residence.commune_code, commune,
    )  # fmt: skip


def save_contact(session: Session, *, token: str, contact: Contact, vault: Vault, now: datetime) -> None:
    """Save who answers for the child and how to reach them.

    Raises:
        InvalidInput: beside each field, what to do.
    """
    application, _round = _editable(session, token, now)
    set_contact(application, check_contact(contact), vault, now)
    session.add(application)


def set_contact(application: Application, contact: Contact, vault: Vault, now: datetime) -> None:
    """Put a checked contact on the application."""
    application.guardian_name, application.relation = contact.full_name, contact.relation
    application.phone_cipher = vault.encrypt(contact.phone)
    application.email_cipher = vault.encrypt(contact.email) if contact.email else None
    application.saved_at = now


def keep_home_on_record(session: Session, *, token: str, now: datetime) -> None:
    """The family confirms that the home on record is right.

    Raises:
        InvalidInput: the record has no point; the family has to show one.
    """
    application, _round = _editable(session, token, now)
    _student, residence = repository.get_record(session, student_id=application.student_id)
    if residence.location_id is None:
        raise InvalidInput(
            {"home": _("Hồ sơ chưa có vị trí nhà. Hãy chỉ vị trí nhà trên bản đồ hoặc chọn địa điểm.")}
        )
    set_home_on_record(application, residence.location_id, now)
    session.add(application)


def set_home_on_record(application: Application, location_id: int, now: datetime) -> None:
    """Put the home on record on the application: verified, because the record is."""
    application.home_location_id, application.home_changed = location_id, False
    application.home_verified, application.home_note = True, None
    application.saved_at = now


def move_home(session: Session, *, token: str, point: Point, note: str, now: datetime) -> None:
    """The family shows another point; it counts once an officer has verified it.

    Raises:
        InvalidInput: the point is too far from any road, or nothing explains why the home differs from the record.
    """
    application, round_ = _editable(session, token, now)
    policy = get_policy(session, round_=round_)
    explained = " ".join(note.split())
    wrong = {}
    if not explained:
        wrong["note"] = _("Hãy ghi địa chỉ hiện nay và lý do khác với hồ sơ, để cán bộ xác minh.")
    found = snap_quality(
        session, version_id=round_.network_version_id, profile=policy.travel.profile, point=point
    )
    if found.quality == "refused":
        wrong["home"] = _("Vị trí này xa mọi con đường quá 500 m. Hãy chọn lại đúng chỗ nhà ở.")
    if wrong:
        raise InvalidInput(wrong)
    (location,) = create_locations(session, points=[point], method="pin", precision_m=PIN_PRECISION_M)
    application.home_location_id, application.home_changed = location, True
    application.home_verified, application.home_note = False, explained[:500]
    application.saved_at = now
    session.add(application)
    session.flush()
    prepare_homes(session, round_=round_, policy=policy, homes=[location])


def save_preferences(session: Session, *, token: str, site_ids: Sequence[int], now: datetime) -> None:
    """Save the ranked schools, the dearest first.

    Raises:
        InvalidInput: none, too many, one twice, or one without seats in this round.
    """
    application, round_ = _editable(session, token, now)
    assert application.id is not None
    rows = repository.list_round_sites(session, round_id=application.round_id)
    sites = {site.id: site for _quota, site, _school in rows}
    policy = get_policy(session, round_=round_)
    ranked = check_preferences(site_ids, offered=set(sites), longest=policy.longest_list)
    repository.replace_preferences(session, application_id=application.id, site_ids=ranked)
    application.saved_at = now
    session.add(application)
    if application.home_location_id is not None:
        rule, home = policy.travel, application.home_location_id
        known = travel_of_homes(session, round_=round_, rule=rule, homes=[home])[home]
        left = [gate for site_id in ranked if (gate := sites[site_id].location_id) not in known]
        if left:
            prepare_pairs(session, round_=round_, rule=rule, candidates={home: sorted([*known, *left])})


def submit(
    session: Session,
    *,
    token: str,
    declared: bool,
    idempotency_key: str,
    public_url: str,
    now: datetime,
    deliver: bool = True,
) -> str:
    """Submit the form and return the application code. The same key again changes nothing and gives the same code.

    Raises:
        InvalidInput: a step is missing or the declaration was not made.
    """
    application = _application(session, token, now, lock=True)
    if application.idempotency_key == idempotency_key:
        return application.code
    application, round_ = _editable(session, token, now)
    assert application.id is not None
    missing = {}
    if not (application.guardian_name and application.phone_cipher):
        missing["contact"] = _("Hãy điền người liên hệ.")
    if application.home_location_id is None:
        missing["home"] = _("Hãy xác nhận nơi ở của con.")
    if not repository.list_preferences(session, application_id=application.id):
        missing["schools"] = _("Hãy chọn ít nhất một trường.")
    if not declared:
        missing["declared"] = _("Hãy đọc và đánh dấu vào lời cam đoan trước khi nộp.")
    if missing:
        raise InvalidInput(missing)
    complete_submission(
        session, application=application, round_=round_, idempotency_key=idempotency_key, public_url=public_url,
        now=now, deliver=deliver,
    )  # fmt: skip
    return application.code


def complete_submission(
    session: Session,
    *,
    application: Application,
    round_: Round,
    idempotency_key: str,
    public_url: str,
    now: datetime,
    deliver: bool = True,
) -> None:
    """Move a complete application to SUBMITTED, check it, and write the receipt message."""
    first = application.submitted_at is None
    state = next_state(State(application.state), Event.SUBMIT)
    settled = not application.home_changed or application.home_verified
    state = next_state(state, Event.AUTO_CHECK_PASSED if settled else Event.AUTO_CHECK_OPEN)
    application.state, application.submitted_at, application.saved_at = state, now, now
    application.idempotency_key = idempotency_key
    session.add(application)
    session.flush()
    assert application.id is not None
    act = Act(
        f"application:{application.id}", "family", Action.APPLICATION_SUBMITTED,
        {"state": state.value, "first": first},
    )  # fmt: skip
    record(session, act, at=now)
    text = texts.received(
        code=application.code, at=now, closes_at=round_.closes_at, results_at=round_.results_at,
        url=f"{public_url}/tra-cuu",
    )  # fmt: skip
    event = "submitted" if first else f"submitted:{idempotency_key}"
    notice = Notice(event, application.id, "received", application.email_cipher, text)
    write(session, [notice], now=now, deliver=deliver)


def get_receipt(session: Session, *, token: str, vault: Vault, now: datetime) -> Receipt:
    """Return the receipt of a submitted form.

    Raises:
        NotReady: it has not been submitted.
    """
    form = get_form(session, token=token, vault=vault, now=now)
    application = _application(session, token, now)
    if form.submitted_at is None:
        raise NotReady(_("Hồ sơ chưa nộp."))
    return Receipt(
        form.code, application.receipt_id, form.round, form.student.full_name, form.student.birth_on,
        form.submitted_at, form.state, form.chosen,
    )  # fmt: skip


def close_form(session: Session, *, token: str) -> None:
    """End the form session; what was saved stays saved."""
    row = session.get(FormSession, token_hash(token))
    if row is not None:
        session.delete(row)


def list_applications(
    session: Session,
    *,
    round_id: int,
    state: str | None = None,
    commune_code: str | None = None,
    text: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[ApplicationRow]:
    """Return a page of the officers' list: ids after ``after``, in order of id."""
    rows = repository.list_rows(
        session,
        round_id=round_id,
        state=state,
        commune_code=commune_code,
        text=text,
        after=after,
        limit=limit,
    )
    return [
        ApplicationRow(
            application.id, application.code, State(application.state), student.full_name, student.birth_on,
            residence.commune_code, application.home_changed, application.home_verified,
            (f"{school} – {site}" if site else school), application.submitted_at,
        )
        for application, student, residence, school, site in rows
    ]  # fmt: skip


def count_applications(session: Session, *, round_id: int) -> dict[State, int]:
    """Return how many applications of the round are in each state; every state has its count."""
    counts = repository.count_by_state(session, round_id=round_id)
    return {state: counts.get(state.value, 0) for state in State}


def accept_home(session: Session, *, application_id: int, officer: SignedInOfficer, now: datetime) -> None:
    """An officer has verified the home that the family showed.

    Raises:
        NotFound: no such application.
        IllegalTransition: the application is not waiting for this.
    """
    application = session.get(Application, application_id, with_for_update=True)
    if application is None:
        raise NotFound("application", application_id)
    application.state = next_state(State(application.state), Event.ACCEPT)
    application.home_verified = True
    session.add(application)
    act = Act(f"application:{application_id}", officer.actor, Action.APPLICATION_ACCEPTED, {"fact": "home"})
    record(session, act, at=now)

"""A family's way through the form, and an office's way through its decisions, on the played season."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from admissions.allocation_runs import service as runs
from admissions.allocation_runs.rules import RunState
from admissions.allocation_runs.tables import AllocationRun
from admissions.applications import service as applications
from admissions.applications.form_rules import Contact
from admissions.applications.rules import State
from admissions.applications.tables import Application
from admissions.codes import RandomCodes
from admissions.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    NotReady,
    RoundClosed,
    SessionExpired,
    TooManyAttempts,
)
from admissions.notifications.tables import Message
from admissions.officers.service import SignedInOfficer
from admissions.officers.tables import Officer, Role
from admissions.rounds.rules import Phase
from admissions.rounds.service import get_round
from admissions.students.tables import Guardian, Student
from gis.service import Point

CONTACT = Contact("Nguyễn Thị Thử", "mẹ", "0912 000 123", "thu@phuhuynh.invalid")


@pytest.fixture
def now(world: Session, season) -> datetime:
    """An instant at which the lớp 6 round is open."""
    return get_round(world, round_id=season.played.open_round).opens_at + timedelta(days=3)


@pytest.fixture
def waiting(world: Session, season) -> tuple[Student, str]:
    """A child that has not applied for lớp 6 yet, with the telephone number on file."""
    applied = select(Application.student_id).where(Application.round_id == season.played.open_round)
    round_ = get_round(world, round_id=season.played.open_round)
    student, guardian = world.execute(
        select(Student, Guardian)
        .join(Guardian, Guardian.student_id == Student.id)
        .where(
            Student.entry_level == 6,
            Student.entry_year == round_.school_year,
            Student.id.not_in(applied),
            Guardian.phone_cipher.is_not(None),
        )
        .order_by(Student.code)
        .limit(1)
    ).one()
    return student, season.stage.vault.decrypt(guardian.phone_cipher)


def start(world: Session, season, waiting, now: datetime, **changes) -> str:
    student, phone = waiting
    arguments = {"student_code": student.code, "birth_on": student.birth_on, "phone": phone} | changes
    return applications.start_application(
        world,
        round_id=season.played.open_round,
        client_key=f"test-{now.isoformat()}",
        codes=RandomCodes(),
        vault=season.stage.vault,
        now=now,
        **arguments,
    )


def fill(world: Session, season, token: str, now: datetime, schools: int = 3) -> list[int]:
    vault = season.stage.vault
    applications.save_contact(world, token=token, contact=CONTACT, vault=vault, now=now)
    applications.keep_home_on_record(world, token=token, now=now)
    form = applications.get_form(world, token=token, vault=vault, now=now)
    chosen = [school.site_id for school in form.schools[:schools]]
    applications.save_preferences(world, token=token, site_ids=chosen, now=now)
    return chosen


def send(world: Session, token: str, now: datetime, key: str = "k1") -> str:
    return applications.submit(
        world, token=token, declared=True, idempotency_key=key, public_url="https://example.invalid", now=now
    )


def test_a_family_applies_and_gets_one_receipt(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    chosen = fill(world, season, token, now)
    code = send(world, token, now)
    receipt = applications.get_receipt(world, token=token, vault=season.stage.vault, now=now)
    assert receipt.code == code
    assert [school.site_id for school in receipt.chosen] == chosen
    assert receipt.state is State.VERIFIED


def test_the_same_key_twice_gives_one_application_one_receipt_one_message(
    world, season, waiting, now
) -> None:
    token = start(world, season, waiting, now)
    fill(world, season, token, now)
    first = send(world, token, now)
    assert send(world, token, now + timedelta(minutes=1)) == first
    application_id = world.scalar(select(Application.id).where(Application.code == first))
    messages = select(func.count()).select_from(Message).where(Message.application_id == application_id)
    assert world.scalar(messages) == 1


def test_two_devices_fill_in_one_application(world, season, waiting, now) -> None:
    one = start(world, season, waiting, now)
    other = start(world, season, waiting, now + timedelta(seconds=1))
    fill(world, season, one, now)
    form = applications.get_form(world, token=other, vault=season.stage.vault, now=now)
    assert form.contact_done and form.home_done and form.schools_done
    assert send(world, other, now) == form.code


def test_what_was_saved_is_there_when_the_form_is_opened_again(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    applications.save_contact(world, token=token, contact=CONTACT, vault=season.stage.vault, now=now)
    applications.close_form(world, token=token)
    again = start(world, season, waiting, now + timedelta(hours=20))
    form = applications.get_form(world, token=again, vault=season.stage.vault, now=now + timedelta(hours=20))
    assert (form.guardian_name, form.phone, form.email) == (
        "Nguyễn Thị Thử",
        "0912000123",
        "thu@phuhuynh.invalid",
    )


@pytest.mark.parametrize("wrong", [{"phone": "0909000000"}, {"student_code": "0000000000"}, {"birth"
                         "_on": datetime(2001, 1, 1).date()}])  # fmt: skip  # noqa: DTZ001
def test_a_wrong_code_date_or_number_gets_the_same_answer(world, season, waiting, now, wrong) -> None:
    with pytest.raises(NotFound, match=r"^student not found$"):
        start(world, season, waiting, now, **wrong)


def test_guessing_a_childs_data_is_stopped(world, season, waiting, now) -> None:
    later = now + timedelta(days=1)
    with pytest.raises(TooManyAttempts):
        for _ in range(12):
            with pytest.raises(NotFound):
                start(world, season, waiting, later, phone="0909000000")


def test_an_unfinished_form_says_beside_each_step_what_to_do(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    with pytest.raises(InvalidInput) as refusal:
        applications.submit(
            world,
            token=token,
            declared=False,
            idempotency_key="k",
            public_url="https://example.invalid",
            now=now,
        )
    assert set(refusal.value.field_errors) == {"contact", "home", "schools", "declared"}


def test_nothing_is_taken_after_the_deadline_and_nothing_saved_is_lost(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    chosen = fill(world, season, token, now)
    round_ = get_round(world, round_id=season.played.open_round)
    round_.closes_at = now + timedelta(minutes=5)
    world.add(round_)
    world.flush()
    with pytest.raises(RoundClosed):
        send(world, token, round_.closes_at)
    form = applications.get_form(world, token=token, vault=season.stage.vault, now=round_.closes_at)
    assert list(form.chosen_site_ids) == chosen
    assert not form.editable


def test_an_edit_before_the_deadline_is_checked_again_and_receipted(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    chosen = fill(world, season, token, now)
    code = send(world, token, now)
    applications.save_preferences(world, token=token, site_ids=chosen[::-1], now=now)
    assert send(world, token, now, key="k2") == code
    receipt = applications.get_receipt(world, token=token, vault=season.stage.vault, now=now)
    assert [school.site_id for school in receipt.chosen] == chosen[::-1]


def test_a_list_may_not_name_a_school_twice_or_one_without_seats(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    chosen = fill(world, season, token, now)
    for bad in ([], [chosen[0], chosen[0]], [987_654_321], [*chosen, *chosen, *chosen]):
        with pytest.raises(InvalidInput) as refusal:
            applications.save_preferences(world, token=token, site_ids=bad, now=now)
        assert set(refusal.value.field_errors) == {"schools"}


def test_a_moved_home_waits_for_an_officer_and_brings_its_own_times(world, season, waiting, now) -> None:
    vault = season.stage.vault
    token = start(world, season, waiting, now)
    fill(world, season, token, now)
    before = applications.get_form(world, token=token, vault=vault, now=now)
    gate = before.schools[0]
    applications.move_home(
        world, token=token, point=Point(gate.lon, gate.lat), note="Mới chuyển nhà", now=now
    )
    after = applications.get_form(world, token=token, vault=vault, now=now)
    assert after.home is not None and after.home.changed and not after.home.verified
    assert after.schools[0].site_id == gate.site_id
    assert after.schools[0].travel is not None and after.schools[0].travel.time_s <= 60
    code = send(world, token, now)
    application = world.scalars(select(Application).where(Application.code == code)).one()
    assert application.state == State.IN_REVIEW
    applications.accept_home(
        world, application_id=application.id, officer=officer(world, Role.PROVINCE_OFFICER), now=now
    )
    assert application.state == State.VERIFIED


def test_a_point_in_the_sea_is_refused_with_what_to_do(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    with pytest.raises(InvalidInput) as refusal:
        applications.move_home(world, token=token, point=Point(107.4, 10.2), note="Nhà mới", now=now)
    assert set(refusal.value.field_errors) == {"home"}


def test_a_form_session_ends(world, season, waiting, now) -> None:
    token = start(world, season, waiting, now)
    for when, key in ((now + timedelta(hours=13), token), (now, "0" * 64)):
        with pytest.raises(SessionExpired):
            applications.get_form(world, token=key, vault=season.stage.vault, now=when)


def officer(world: Session, role: Role) -> SignedInOfficer:
    row = world.scalars(select(Officer).where(Officer.role == role)).one()
    return SignedInOfficer(
        row.id, row.username, row.full_name, row.title, Role(row.role), tuple(row.communes)
    )


@pytest.fixture
def closed(world: Session, season) -> datetime:
    """An instant after the open round's deadline."""
    return get_round(world, round_id=season.played.open_round).closes_at + timedelta(days=1)


def finished_run(world: Session, season, closed: datetime) -> AllocationRun:
    run_id = runs.request_run(
        world,
        round_id=season.played.open_round,
        mechanism="deferred_acceptance",
        officer=officer(world, Role.PROVINCE_OFFICER),
        now=closed,
        defer_job=False,
    )
    run = world.get_one(AllocationRun, run_id)
    run.state, run.faults = RunState.DONE, []
    world.add(run)
    world.flush()
    return run


def test_a_run_cannot_be_asked_for_while_families_may_still_apply(world, season, now) -> None:
    with pytest.raises(NotReady):
        runs.request_run(
            world,
            round_id=season.played.open_round,
            mechanism="deferred_acceptance",
            officer=officer(world, Role.PROVINCE_OFFICER),
            now=now,
        )


@pytest.mark.parametrize("role", [Role.PROVINCE_HEAD, Role.INSPECTOR])
def test_only_admission_officers_run(world, season, closed, role) -> None:
    with pytest.raises(NotPermitted):
        runs.request_run(
            world,
            round_id=season.played.open_round,
            mechanism="deferred_acceptance",
            officer=officer(world, role),
            now=closed,
        )


def test_an_officer_of_one_commune_cannot_run_a_round_of_several(world, season, closed) -> None:
    local = SignedInOfficer(999, "xa", "Xã", "Cán bộ", Role.COMMUNE_OFFICER, ("27667",))
    with pytest.raises(NotPermitted):
        runs.request_run(
            world,
            round_id=season.played.open_round,
            mechanism="deferred_acceptance",
            officer=local,
            now=closed,
        )


def test_closing_puts_every_submitted_application_into_the_pool(world, season, closed) -> None:
    finished_run(world, season, closed)
    states = set(
        world.scalars(select(Application.state).where(Application.round_id == season.played.open_round)).all()
    )
    assert states <= {State.IN_POOL, State.DRAFT}
    assert get_round(world, round_id=season.played.open_round).phase == Phase.CLOSED


def test_who_ran_a_run_cannot_approve_it_even_as_head(world, season, closed) -> None:
    run = finished_run(world, season, closed)
    head = officer(world, Role.PROVINCE_HEAD)
    run.requested_by = head.id
    with pytest.raises(NotPermitted, match="người khác duyệt"):
        runs.approve(world, run_id=run.id, officer=head, now=closed)


def test_the_database_itself_refuses_one_person_for_both(world, season, closed) -> None:
    run = finished_run(world, season, closed)
    run.approved_by = run.requested_by
    with pytest.raises(Exception, match="approved_by_another"):
        world.flush()


def test_a_run_with_a_fault_cannot_be_approved(world, season, closed) -> None:
    run = finished_run(world, season, closed)
    run.faults = ["school X has 36 students in 35 seats"]
    with pytest.raises(NotPermitted, match="kiểm tra độc lập"):
        runs.approve(world, run_id=run.id, officer=officer(world, Role.PROVINCE_HEAD), now=closed)


def test_nothing_is_published_before_the_day_that_families_were_told(world, season, closed) -> None:
    run = finished_run(world, season, closed)
    head = officer(world, Role.PROVINCE_HEAD)
    runs.approve(world, run_id=run.id, officer=head, now=closed)
    with pytest.raises(NotReady):
        runs.mark_published(world, run_id=run.id, officer=head, now=closed)


def test_a_published_round_takes_no_second_run(world, season, closed) -> None:
    with pytest.raises(NotReady):
        runs.request_run(
            world,
            round_id=season.played.published_round,
            mechanism="min_travel",
            officer=officer(world, Role.PROVINCE_OFFICER),
            now=closed,
        )


def test_two_runs_of_a_round_are_compared_child_by_child(world, season) -> None:
    first, second = world.scalars(
        select(AllocationRun.id)
        .where(AllocationRun.round_id == season.played.published_round)
        .order_by(AllocationRun.id)
    ).all()
    comparison = runs.compare_runs(world, first_id=first, second_id=second)
    back = runs.compare_runs(world, first_id=second, second_id=first)
    assert comparison.changed == back.changed > 0
    assert (comparison.nearer, comparison.preferred) == (back.farther, back.worse)
    assert comparison.first.indicators["blocking_pairs"] == 0
    assert comparison.second.indicators["blocking_pairs"] > 0
    assert comparison.second.indicators["total_travel_s"] <= comparison.first.indicators["total_travel_s"]

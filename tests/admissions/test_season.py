"""A whole season on the smallest region: what must hold of every published round."""

import hashlib
import json
import zlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session

import allocation
from admissions.allocation_runs.service import export_run
from admissions.allocation_runs.tables import AllocationRun, RunReason
from admissions.applications.rules import State
from admissions.applications.tables import Application
from admissions.audit.service import list_broken_chains
from admissions.demo.season import Stage, play_region_season, summarise
from admissions.notifications.tables import Message
from admissions.offers.service import find_result, get_result
from admissions.offers.tables import Offer
from admissions.rounds.service import get_policy, get_round
from admissions.rounds.travel import travel_from_point, travel_of_homes
from admissions.schools.service import find_schools, list_choices
from admissions.students.tables import Residence, Student
from gis.service import get_points


def published_run(world: Session, season) -> AllocationRun:
    return world.get_one(AllocationRun, season.played.run_id)


def test_every_child_of_a_compulsory_level_that_applied_has_a_seat(world: Session, season) -> None:
    states = world.scalars(
        select(Application.state).where(Application.round_id == season.played.published_round)
    ).all()
    assert states
    assert set(states) == {State.OFFERED}


def test_no_school_gets_more_children_than_seats(world: Session) -> None:
    over = world.execute(
        text(
            "select q.site_id from quota q join offer o on o.site_id = q.site_id "
            "join application a on a.id = o.application_id and a.round_id = q.round_id "
            "group by q.id, q.site_id, q.seats having count(*) > q.seats"
        )
    ).all()
    assert over == []


def test_the_stored_result_is_what_the_stored_instance_gives_and_verifies(world: Session, season) -> None:
    instance_bytes, result_bytes = export_run(world, run_id=season.played.run_id)
    run = published_run(world, season)
    assert hashlib.sha256(instance_bytes).hexdigest() == run.instance_sha256
    assert hashlib.sha256(result_bytes).hexdigest() == run.result_sha256
    instance = allocation.read_instance(instance_bytes)
    assert allocation.solve(instance).to_bytes() == result_bytes
    assert allocation.verify(instance, allocation.read_result(result_bytes)) == []


def test_offers_are_exactly_the_published_assignment(world: Session, season) -> None:
    _instance, result = export_run(world, run_id=season.played.run_id)
    assignment = json.loads(result)["assignment"]
    offered = dict(
        world.execute(
            text(
                "select a.receipt_id, s.code from offer o join application a on a.id = o.application_id "
                "join site s on s.id = o.site_id where o.run_id = :run"
            ),
            {"run": season.played.run_id},
        ).all()
    )
    assert offered == {key: school for key, school in assignment.items() if school is not None}


def test_the_runner_and_the_approver_are_two_people(world: Session) -> None:
    runs = world.scalars(select(AllocationRun).where(AllocationRun.state == "published")).all()
    assert len(runs) == 3
    assert all(run.approved_by is not None and run.approved_by != run.requested_by for run in runs)


def test_each_family_has_one_receipt_and_one_result_message(world: Session, season) -> None:
    counts = world.execute(
        select(Message.application_id, Message.template, func.count())
        .join(Application, Application.id == Message.application_id)
        .where(Application.round_id == season.played.published_round)
        .group_by(Message.application_id, Message.template)
    ).all()
    applications = world.scalar(
        select(func.count())
        .select_from(Application)
        .where(Application.round_id == season.played.published_round)
    )
    assert {count for _key, _template, count in counts} == {1}
    assert len(counts) == 2 * applications


def test_messages_name_no_child_no_adult_and_no_address(world: Session, season) -> None:
    rows = world.execute(
        select(Message.subject, Message.body, Student.full_name, Residence.address, Application.guardian_name)
        .join(Application, Application.id == Message.application_id)
        .join(Student, Student.id == Application.student_id)
        .join(Residence, Residence.student_id == Student.id)
    ).all()
    assert rows
    for subject, body, *private in rows:
        for secret in private:
            assert secret not in body
            assert secret not in subject


def test_every_audit_chain_holds_and_the_database_refuses_to_change_one(world: Session) -> None:
    assert list_broken_chains(world) == []
    for statement in (
        "update audit_event set actor = 'nobody'",
        "delete from audit_event",
        "truncate audit_event",
    ):
        with pytest.raises(Exception, match="never changed"), world.begin_nested():
            world.execute(text(statement))


def test_an_act_altered_behind_the_databases_back_breaks_its_chain(world: Session) -> None:
    world.execute(text("alter table audit_event disable trigger audit_event_append_only"))
    world.execute(
        text("update audit_event set details = '{}' where chain = 'application:1' and sequence = 2")
    )
    assert list_broken_chains(world) == ["application:1"]


def test_audit_and_reasons_hold_no_names_and_no_numbers_of_persons(world: Session) -> None:
    names = world.scalars(select(Student.full_name)).all()
    details = " ".join(world.scalars(text("select details::text from audit_event")).all())
    details += " ".join(world.scalars(text("select schools::text from run_reason")).all())
    assert not [name for name in names if name in details]


def test_one_engine_one_number_from_finder_to_instance(world: Session, season) -> None:
    """The same child's minutes in finder, form, instance, reason and result page, compared bit by bit."""
    application = world.scalars(
        select(Application)
        .join(RunReason, RunReason.application_id == Application.id)
        .where(RunReason.run_id == season.played.run_id)
        .order_by(Application.id)
        .limit(1)
    ).one()
    round_ = get_round(world, round_id=application.round_id)
    policy = get_policy(world, round_=round_)
    home = application.home_location_id
    point = get_points(world, location_ids=[home])[home]
    finder = {
        school.site_code: school.travel
        for school in find_schools(world, level=round_.level, point=point, now=season.now).schools
        if school.travel
    }
    form = {
        school.site_code: school.travel
        for school in list_choices(world, round_=round_, policy=policy, home=home)
        if school.travel
    }
    instance, _result = export_run(world, run_id=season.played.run_id)
    frozen = json.loads(instance)["students"][application.receipt_id]["travel_s"]
    reasons = world.get_one(RunReason, (season.played.run_id, application.id)).schools
    assert finder == form
    assert frozen == {code: way.time_s for code, way in form.items()}
    assert {entry["site"]: entry["time_s"] for entry in reasons} == {
        entry["site"]: frozen[entry["site"]] for entry in reasons
    }
    page = get_result(world, application_id=application.id, now=season.now)
    assert page.school is not None and page.school.travel == form[page.schools[0].site_code]


def test_the_finder_computes_for_any_door_what_is_stored_for_it(world: Session, season) -> None:
    round_ = get_round(world, round_id=season.played.open_round)
    rule = get_policy(world, round_=round_).travel
    homes = world.scalars(
        select(Residence.location_id)
        .join(Student)
        .where(Student.entry_level == 6)
        .order_by(Residence.id)
        .limit(40)
    ).all()
    stored = travel_of_homes(world, round_=round_, rule=rule, homes=homes)
    points = get_points(world, location_ids=homes)
    for home in homes:
        gates = sorted(stored[home])
        assert (
            travel_from_point(world, round_=round_, rule=rule, point=points[home], gates=gates)
            == stored[home]
        )


def test_an_island_child_is_not_near_a_school_across_the_water(world: Session, season) -> None:
    stories = {story["key"]: story for story in json.loads(season.files.stories.read_text())["stories"]}
    story = stories["island_child"]
    student = world.scalars(select(Student).where(Student.code == story["students"][0])).one()
    residence = world.scalars(select(Residence).where(Residence.student_id == student.id)).one()
    home = get_points(world, location_ids=[residence.location_id])[residence.location_id]
    finder = find_schools(world, level=student.entry_level, point=home, now=season.now)
    ways = {school.site_code: school for school in finder.schools}
    nearest, across = finder.schools[0], ways[story["schools"]["looks_near"]]
    assert nearest.site_code == story["schools"]["own"]
    assert across.travel is not None and across.travel.profile == "boat"
    assert across.travel.time_s > 45 * 60


def test_a_result_opens_only_with_code_and_birth_date_together(world: Session, season) -> None:
    application, student = world.execute(
        select(Application, Student)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == season.played.published_round)
        .limit(1)
    ).one()
    now = datetime.now(UTC)

    def look(code: str, birth_on) -> object:
        return find_result(world, code=code, birth_on=birth_on, client_key="test", now=now)

    assert look(application.code, student.birth_on) is not None
    assert look(application.code.lower().replace("-", " "), student.birth_on) is not None
    assert look(application.code, student.birth_on.replace(year=2000)) is None
    assert look("ZZZZZ-ZZZZZ", student.birth_on) is None


def test_before_publication_a_code_shows_that_the_result_is_not_out(world: Session, season) -> None:
    application = world.scalars(
        select(Application)
        .where(Application.round_id == season.played.open_round, Application.state == State.VERIFIED)
        .limit(1)
    ).one()
    page = get_result(world, application_id=application.id, now=season.now)
    assert (page.published_at, page.school, page.schools) == (None, None, [])


def test_last_years_cutoffs_are_those_of_the_round_that_was_really_run(world: Session, season) -> None:
    round_ = get_round(world, round_id=season.played.published_round)
    policy = get_policy(world, round_=round_)
    before = world.scalars(
        select(AllocationRun).where(
            AllocationRun.round_id == round_.previous_round_id, AllocationRun.state == "published"
        )
    ).one()
    result = json.loads(zlib.decompress(before.result))
    for school in list_choices(world, round_=round_, policy=policy, home=None):
        entry = result["cutoffs"][school.site_code]["open"]
        assert school.last_cutoff is not None
        assert (school.last_cutoff.seats, school.last_cutoff.admitted) == (entry["seats"], entry["admitted"])


@pytest.mark.slow
def test_the_same_seed_gives_byte_identical_published_results_twice(
    season, database_url: str, engine, world: Session, tmp_path
) -> None:
    stage = Stage(engine, season.stage.settings, season.stage.vault, season.stage.seed)
    again = play_region_season(stage, season.files, now=season.now)
    with Session(engine) as session:
        second = export_run(session, run_id=again.run_id)
    assert second == export_run(world, run_id=season.played.run_id)
    figures = [summarise(one, run_ids=[run], messages_sent=0) for one, run in
               ((engine, again.run_id), (season.stage.engine, season.played.run_id))]  # fmt: skip
    assert figures[0] == figures[1]


def test_playing_again_what_is_played_changes_nothing(season, world: Session) -> None:
    before = (
        world.scalar(select(func.count()).select_from(Application)),
        world.scalar(select(func.count()).select_from(Offer)),
    )
    again = play_region_season(season.stage, season.files, now=season.now)
    assert again == season.played
    world.rollback()
    after = (
        world.scalar(select(func.count()).select_from(Application)),
        world.scalar(select(func.count()).select_from(Offer)),
    )
    assert after == before

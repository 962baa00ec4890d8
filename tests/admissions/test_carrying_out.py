"""Carrying out a run on a season that the test may change and commit."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from admissions.allocation_runs.rules import RunState
from admissions.allocation_runs.service import carry_out, request_run
from admissions.allocation_runs.tables import AllocationRun
from admissions.offers.service import publish
from admissions.officers.service import SignedInOfficer
from admissions.officers.tables import Officer, Role
from admissions.rounds.service import get_policy, get_round, store_policy
from admissions.rounds.travel import prepare_round
from data.clock import fixed_clock
from data.db import transaction


def officer(session: Session, role: Role) -> SignedInOfficer:
    row = session.scalars(select(Officer).where(Officer.role == role)).one()
    return SignedInOfficer(
        row.id, row.username, row.full_name, row.title, Role(row.role), tuple(row.communes)
    )


@pytest.fixture
def asked(own_season):
    """The open round after its deadline, with a run asked for; returns (season, run id, instant)."""
    with transaction(own_season.stage.engine) as session:
        round_id = own_season.played.open_round
        at = get_round(session, round_id=round_id).closes_at + timedelta(days=1)
        run_id = request_run(
            session, round_id=round_id, mechanism="deferred_acceptance",
            officer=officer(session, Role.PROVINCE_OFFICER), now=at, defer_job=False,
        )  # fmt: skip
    return own_season, run_id, at


def run_of(season, run_id: int) -> AllocationRun:
    with transaction(season.stage.engine) as session:
        return session.get_one(AllocationRun, run_id)


def test_a_short_list_of_candidates_leaves_nobody_without_a_seat(asked) -> None:
    """With two candidates per child the near schools are full; the run looks farther and seats everyone."""
    season, run_id, at = asked
    engine = season.stage.engine
    with transaction(engine) as session:
        round_ = get_round(session, round_id=season.played.open_round)
        policy = get_policy(session, round_=round_)
        travel = policy.travel.model_copy(update={"candidates": 2})
        narrow = policy.model_copy(update={"version": 99, "travel": travel})
        round_.policy_version_id = store_policy(session, policy=narrow, now=at)
        run = session.get_one(AllocationRun, run_id)
        run.policy_version_id = round_.policy_version_id
        session.add_all([round_, run])
        session.execute(text("delete from preference where rank > 1"))
        session.execute(
            text(
                "update preference p set site_id = (select min(site_id) from quota where round_id = :round) "
                "from application a where a.id = p.application_id and a.round_id = :round"
            ),
            {"round": season.played.open_round},
        )
        prepare_round(session, round_=round_, policy=narrow)
        full = session.scalar(
            text("select sum(seats) from quota where round_id = :round"), {"round": season.played.open_round}
        )
    carry_out(engine, run_id=run_id, vault=season.stage.vault, clock=fixed_clock(at))
    run = run_of(season, run_id)
    assert run.indicators["applications"] < full
    assert (run.state, run.faults, run.indicators["unplaced"]) == (RunState.DONE, [], 0)


def test_carrying_out_twice_changes_nothing(asked) -> None:
    season, run_id, at = asked
    carry_out(season.stage.engine, run_id=run_id, vault=season.stage.vault, clock=fixed_clock(at))
    first = run_of(season, run_id)
    carry_out(season.stage.engine, run_id=run_id, vault=season.stage.vault, clock=fixed_clock(at))
    again = run_of(season, run_id)
    assert (again.result_sha256, again.finished_at) == (first.result_sha256, first.finished_at)


def test_a_run_whose_worker_died_is_carried_out_by_the_next(asked) -> None:
    season, run_id, at = asked
    with transaction(season.stage.engine) as session:
        run = session.get_one(AllocationRun, run_id)
        run.state = RunState.RUNNING
        session.add(run)
    carry_out(season.stage.engine, run_id=run_id, vault=season.stage.vault, clock=fixed_clock(at))
    assert run_of(season, run_id).state == RunState.DONE


def test_a_publication_that_fails_half_way_leaves_nothing_behind(asked) -> None:
    season, run_id, at = asked
    carry_out(season.stage.engine, run_id=run_id, vault=season.stage.vault, clock=fixed_clock(at))
    with transaction(season.stage.engine) as session:
        run = session.get_one(AllocationRun, run_id)
        head = officer(session, Role.PROVINCE_HEAD)
        run.state, run.approved_by, run.approved_at = RunState.APPROVED, head.id, at
        results_at = get_round(session, round_id=run.round_id).results_at
        session.add(run)
    with pytest.raises(ZeroDivisionError), transaction(season.stage.engine) as session:
        publish(session, run_id=run_id, officer=head, public_url="https://example.invalid", hotline="1900",
                now=results_at, deliver=False)  # fmt: skip
        raise ZeroDivisionError
    with transaction(season.stage.engine) as session:
        assert session.scalar(text("select count(*) from offer where run_id = :run"), {"run": run_id}) == 0
        assert session.get_one(AllocationRun, run_id).state == RunState.APPROVED

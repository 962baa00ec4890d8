"""Starting the demo again, on another day."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from admissions.audit.tables import AuditEvent
from admissions.demo.play import keep_open
from admissions.rounds.service import get_policy, get_round, round_card
from data.db import transaction


def test_weeks_later_the_open_round_is_open_again_and_the_change_is_on_record(own_season) -> None:
    engine, round_id = own_season.stage.engine, own_season.played.open_round
    later = datetime.now(UTC) + timedelta(weeks=7)
    keep_open(engine, round_id=round_id, now=later)
    with transaction(engine) as session:
        round_ = get_round(session, round_id=round_id)
        assert round_card(round_, get_policy(session, round_=round_), later).is_open
        acts = session.scalars(
            select(AuditEvent.action)
            .where(AuditEvent.chain == f"round:{round_id}")
            .order_by(AuditEvent.sequence)
        ).all()
    assert acts[-1] == "round:extended"


def test_on_the_same_day_nothing_is_moved(own_season) -> None:
    engine, round_id = own_season.stage.engine, own_season.played.open_round
    with transaction(engine) as session:
        before = get_round(session, round_id=round_id).closes_at
    keep_open(engine, round_id=round_id, now=before - timedelta(minutes=1))
    with transaction(engine) as session:
        assert get_round(session, round_id=round_id).closes_at == before

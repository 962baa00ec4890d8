"""What the first visitor would otherwise wait for: the road networks, read when serving begins."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from admissions.errors import AdmissionsError
from admissions.rounds.service import list_public_rounds
from admissions.schools.service import find_schools, list_round_schools
from data.clock import Clock
from data.db import get_engine, transaction
from gis.errors import GisError
from gis.service import Point

log = structlog.get_logger()


def warm_up(clock: Clock) -> None:
    """Ask the finder once per level from a school's own gate; a failure only leaves the waiting to a visitor.

    The database may be down or not migrated yet when serving begins; pages say so themselves.
    """
    now = clock()
    try:
        with transaction(get_engine()) as session:
            newest = {card.level: card for card in reversed(list_public_rounds(session, now=now))}
            for level, card in sorted(newest.items()):
                for gate in list_round_schools(session, round_id=card.id)[:1]:
                    find_schools(session, level=level, point=Point(gate.lon, gate.lat), now=now)
    except (AdmissionsError, GisError, SQLAlchemyError, OSError) as cause:
        log.warning("not_warmed_up", error=type(cause).__name__)

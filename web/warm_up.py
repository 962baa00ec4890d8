"""What the first visitor would otherwise wait for: the road networks, read when serving begins."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from admissions.errors import AdmissionsError
from admissions.rounds.service import list_public_rounds
from admissions.schools.service import find_schools, list_round_schools
from data.clock import Clock
from data.db import get_engine, transaction
from gis.errors import GisError
from gis.service import Point

log = structlog.get_logger("web")


def warm_up(clock: Clock) -> None:
    """Ask the finder once per level from a school's own gate; a failure only leaves the waiting to a visitor."""
    now = clock()
    try:
        with transaction(get_engine()) as session:
            newest = {card.level: card for card in reversed(list_public_rounds(session, now=now))}
            for level, card in sorted(newest.items()):
                for gate in list_round_schools(session, round_id=card.id)[:1]:
                    find_schools(session, level=level, point=Point(gate.lon, gate.lat), now=now)
    except (AdmissionsError, GisError, OSError) as cause:
        log.warning("not_warmed_up", error=type(cause).__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm up beside the first requests, where the application serves the configured database."""
    if app.state.engine is None:
        threading.Thread(target=warm_up, args=(app.state.clock,), name="warm-up", daemon=True).start()
    yield

"""Counting attempts, so that codes and passwords cannot be guessed by trying."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from admissions.errors import TooManyAttempts
from admissions.limits.tables import AttemptCounter


class Limit(NamedTuple):
    """At most ``attempts`` in each window of ``window``."""

    name: str
    attempts: int
    window: timedelta


RESULT_BY_CODE = Limit("result-code", 10, timedelta(minutes=15))
RESULT_BY_VISITOR = Limit("result-visitor", 60, timedelta(minutes=15))
START_BY_STUDENT = Limit("start-student", 10, timedelta(minutes=15))
START_BY_VISITOR = Limit("start-visitor", 60, timedelta(minutes=15))
SIGN_IN_BY_NAME = Limit("sign-in-name", 10, timedelta(minutes=15))
SIGN_IN_BY_VISITOR = Limit("sign-in-visitor", 50, timedelta(minutes=15))
"""A school's staff room may share one address, so visitors get more tries than one code or name."""


def count_attempt(session: Session, limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one attempt on ``subject`` (a code, a name, a visitor's address; only its hash is stored).

    Counted in a transaction of its own: what follows may be refused and rolled back, the attempt still counts.

    Raises:
        TooManyAttempts: the window's allowance is used up.
    """
    window_s = int(limit.window.total_seconds())
    window_at = datetime.fromtimestamp(int(now.timestamp()) // window_s * window_s, UTC)
    key = f"{limit.name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
    statement = (
        insert(AttemptCounter)
        .values(key=key, window_at=window_at, attempts=1)
        .on_conflict_do_update(
            index_elements=["key", "window_at"], set_={"attempts": AttemptCounter.attempts + 1}
        )
        .returning(AttemptCounter.attempts)
    )
    with session.get_bind().engine.begin() as connection:
        attempts = connection.execute(statement).scalar_one()
    if attempts > limit.attempts:
        raise TooManyAttempts(window_at + limit.window)


def forget_old_attempts(session: Session, *, now: datetime) -> None:
    """Remove counters of windows that ended more than a day ago."""
    session.execute(delete(AttemptCounter).where(AttemptCounter.window_at < now - timedelta(days=1)))

"""Deferring jobs inside the business transaction: the job exists exactly when the business rows do.

What the jobs do is in ``admissions/jobs.py``; services only name them, so that no service imports the jobs.
"""

from functools import cache

import procrastinate
from procrastinate import App
from sqlmodel import Session

DELIVER_MESSAGES = "deliver_messages"
RUN_ALLOCATION = "run_allocation"


@cache
def _deferrer() -> App:
    """An app without tasks and without a connection of its own: it only writes job rows on the session's connection."""
    return App(connector=procrastinate.PsycopgConnector())


def defer(session: Session, task: str, **arguments: int | str) -> None:
    """Write a job row in the session's transaction; a worker sees it after the commit."""
    connection = session.connection().connection.driver_connection
    _deferrer().configure_task(task, allow_unknown=True, connection=connection).defer(**arguments)

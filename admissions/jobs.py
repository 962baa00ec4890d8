"""What workers do. Jobs are rows in the same database, deferred inside the business transaction (``queue``)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import procrastinate
from sqlalchemy import Engine

from admissions.allocation_runs import service as allocation_runs
from admissions.limits.service import forget_old_attempts
from admissions.notifications import service as notifications
from admissions.queue import DELIVER_MESSAGES, RUN_ALLOCATION
from data.clock import Clock
from data.db import transaction
from data.settings import Settings
from data.vault import Vault


@dataclass(frozen=True)
class Means:
    """What jobs work with, handed in by whoever starts the worker."""

    engine: Engine
    settings: Settings
    vault: Vault
    clock: Clock


def job_app(means: Means) -> procrastinate.App:
    """Return the job app on the database of ``means``."""
    conninfo = means.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4)
    )

    @app.task(name=DELIVER_MESSAGES)
    def deliver_messages() -> None:
        """Deliver what waits in the outbox."""
        notifications.deliver_pending(
            means.engine, settings=means.settings, vault=means.vault, clock=means.clock
        )

    @app.task(name=RUN_ALLOCATION, retry=procrastinate.RetryStrategy(max_attempts=3, wait=5))
    def run_allocation(run_id: int) -> None:
        """Carry out a requested allocation run."""
        allocation_runs.carry_out(means.engine, run_id=run_id, vault=means.vault, clock=means.clock)

    @app.periodic(cron="* * * * *")
    @app.task(name="sweep", queueing_lock="sweep", pass_context=False)
    def sweep(timestamp: int) -> None:
        """Every minute: deliver messages whose repetition is due, and forget old counters."""
        notifications.deliver_pending(
            means.engine, settings=means.settings, vault=means.vault, clock=means.clock
        )
        with transaction(means.engine) as session:
            forget_old_attempts(session, now=means.clock())

    return app


async def work(means: Means, *, wait: bool) -> None:
    """Carry out jobs: until there is none left, or for ever when ``wait``."""
    app = job_app(means)
    async with app.open_async():
        await _take_up_stalled(app)
        await app.run_worker_async(
            wait=wait,
            concurrency=2,
            install_signal_handlers=False,
            delete_jobs="successful",
            listen_notify=wait,
        )


async def _take_up_stalled(app: procrastinate.App) -> None:
    """Queue again what a worker that died left behind."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await app.job_manager.retry_job(job)


@contextmanager
def worker_thread(means: Means) -> Iterator[None]:
    """Run a worker in a thread of this process while the block lasts (demo and development)."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    task: list[asyncio.Task[None]] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        task.append(loop.create_task(work(means, wait=True)))
        loop.call_soon(started.set)
        try:
            loop.run_until_complete(task[0])
        except asyncio.CancelledError:
            # The block has ended: this is how the worker is told to stop.
            return
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="jobs", daemon=True)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(timeout=20)

"""What happens when the application starts to serve."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from admissions.schools.warm_up import warm_up


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Warm up beside the first requests, where the application serves the configured database."""
    if app.state.engine is None:
        threading.Thread(target=warm_up, args=(app.state.clock,), name="warm-up", daemon=True).start()
    yield

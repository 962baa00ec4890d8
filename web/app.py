"""The web application: ``web.app:create_app`` is what a server starts."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from data.clock import Clock, system_clock
from data.logs import configure_logging
from data.settings import Settings, get_settings
from web import demo
from web.dependencies import check_csrf
from web.errors import register_error_pages
from web.family import contact, ranking, start, submission
from web.family import home as family_home
from web.headers import AnswerHeaders
from web.i18n import RequestLanguage
from web.lifespan import lifespan
from web.office import applications, entry, runs
from web.pages import STATIC
from web.public import data_use, finder, home, results, rules_explained, tiles

PAGES = (
    home, rules_explained, data_use, finder, tiles, results,
    start, contact, family_home, ranking, submission,
    entry, applications, runs,
)  # fmt: skip


def create_app(settings: Settings | None = None, clock: Clock = system_clock, engine: Any = None) -> FastAPI:
    """Return the application.

    Args:
        settings: of this installation; read from the environment when absent.
        clock: tells every page what time it is.
        engine: the database; the configured one when absent, connected on the first request.
    """
    settings = settings or get_settings()
    configure_logging(production=settings.environment == "production")
    app = FastAPI(
        title="Đúng Tuyến",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(check_csrf)],
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.clock = clock
    app.state.engine = engine
    for module in PAGES:
        app.include_router(module.router)
    if settings.illustrative:
        app.include_router(demo.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    register_error_pages(app)
    app.add_middleware(RequestLanguage)
    app.add_middleware(GZipMiddleware, minimum_size=600)
    app.add_middleware(AnswerHeaders, settings=settings)
    return app

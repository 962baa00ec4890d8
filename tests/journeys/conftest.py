"""A real server on a loopback port, a real worker, a clock that can be moved, and a browser that calls nobody else."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Request
from sqlalchemy import select
from sqlmodel import Session

from admissions.applications.tables import Application
from admissions.jobs import Means, worker_thread
from admissions.rounds.tables import Round
from admissions.students.tables import Guardian, Student
from web.app import create_app

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


class MovableClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Site:
    """A served site: its address, its clock, and the season behind it."""

    url: str
    clock: MovableClock
    season: object


@pytest.fixture(scope="module")
def site(own_season) -> Iterator[Site]:
    """The pages of a played season served by uvicorn in this process, with a worker beside it."""
    stage = own_season.stage
    clock = MovableClock(own_season.now)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = stage.settings.model_copy(update={"public_url": url})
    app = create_app(settings, clock=clock, engine=stage.engine)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    with worker_thread(Means(stage.engine, settings, stage.vault, clock)):
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.started, "the server did not start within 20 s"
        yield Site(url, clock, own_season)
        server.should_exit = True
        thread.join(timeout=20)


class Visit:
    """One browser window and what it noticed: requests to strangers, and errors in its console."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", self._on_request)
        self.page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.strangers.append(request.url)

    def open(self, path: str) -> Page:
        """Open one of the site's pages."""
        self.page.goto(self.url + path)
        return self.page


@pytest.fixture
def windows(browser: Browser, site: Site) -> Iterator[object]:
    """A function that opens a window of its own; at the end none of them has called anybody but the site."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_window(*, viewport: dict[str, int] = PHONE, javascript: bool = True) -> Visit:
        context = browser.new_context(viewport=viewport, java_script_enabled=javascript, locale="vi-VN")
        contexts.append(context)
        visits.append(Visit(context, site.url))
        return visits[-1]

    yield open_window
    for context in contexts:
        context.close()
    for visit in visits:
        assert visit.strangers == []


@dataclass(frozen=True)
class Family:
    """What a guardian knows, and where the child lives."""

    name: str
    student_code: str
    birth_on: object
    phone: str

    @property
    def birth_parts(self) -> dict[str, str]:
        """The birth date as the three fields want it."""
        return {
            "day": str(self.birth_on.day),
            "month": str(self.birth_on.month),
            "year": str(self.birth_on.year),
        }


@pytest.fixture
def family(site: Site) -> Family:
    """A family that has not applied yet in the open round."""
    stage, played = site.season.stage, site.season.played
    with Session(stage.engine) as session:
        round_ = session.get_one(Round, played.open_round)
        applied = select(Application.student_id).where(Application.round_id == round_.id)
        student, guardian = session.execute(
            select(Student, Guardian)
            .join(Guardian, Guardian.student_id == Student.id)
            .where(
                Student.entry_level == round_.level,
                Student.entry_year == round_.school_year,
                Student.id.not_in(applied),
                Guardian.phone_cipher.is_not(None),
            )
            .order_by(Student.code)
        ).first()
        return Family(
            student.full_name, student.code, student.birth_on, stage.vault.decrypt(guardian.phone_cipher)
        )


def fill_birth_date(page: Page, family: Family) -> None:
    """Fill in the three fields of a birth date."""
    for part, value in family.birth_parts.items():
        page.fill(f"#birth_on-{part}", value)

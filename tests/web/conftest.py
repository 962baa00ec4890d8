"""The application as a browser without JavaScript sees it, on a played season that is rolled back after each test."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select
from sqlmodel import Session

from admissions.applications.tables import Application
from admissions.demo.season import DEMO_PASSWORD
from admissions.rounds.tables import Round
from admissions.students.tables import Guardian, Student
from web.app import create_app
from web.dependencies import get_session

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Visitor:
    """A browser without JavaScript: keeps cookies, sends the hidden fields of the last page it saw."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page = ""

    def get(self, path: str) -> Response:
        """Open a page, following where it leads."""
        return self._saw(self.client.get(path))

    def post(self, path: str, **fields: Any) -> Response:
        """Send a form from the last page, with its token; a dash in a field's name is written as two underscores."""
        token = CSRF.search(self.page)
        sent = {name.replace("__", "-"): str(value) for name, value in fields.items()}
        if token:
            sent["csrf"] = token[1]
        return self._saw(self.client.post(path, data=sent))

    def _saw(self, response: Response) -> Response:
        self.page = response.text
        return response

    def sign_in(self, username: str) -> Response:
        """Sign in as one of the demo's officers."""
        self.get("/can-bo/dang-nhap")
        return self.post("/can-bo/dang-nhap", username=username, password=DEMO_PASSWORD, tiep="/can-bo")


class MovableClock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@pytest.fixture
def clock(season) -> MovableClock:
    """The time at which the season was played; it stands still unless moved."""
    return MovableClock(season.now)


@pytest.fixture
def app(season, world: Session, clock: MovableClock):
    """The application on the played season; what requests commit vanishes with the test."""
    application = create_app(season.stage.settings, clock=clock, engine=season.stage.engine)

    def rolled_back_session() -> Iterator[Session]:
        with world.begin_nested():
            yield world

    application.dependency_overrides[get_session] = rolled_back_session
    return application


@pytest.fixture
def client(app) -> Iterator[TestClient]:
    """A client that shows crashes as the pages they become."""
    with TestClient(app) as client:
        yield client


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    """A browser that has opened nothing yet."""
    return Visitor(client)


@pytest.fixture
def another_visitor(app) -> Iterator[Visitor]:
    """A second browser with cookies of its own."""
    with TestClient(app) as client:
        yield Visitor(client)


@pytest.fixture
def family(season, world: Session) -> dict[str, str]:
    """What the guardian of a child who may apply for lớp 6 knows: student code, birth date, telephone number."""
    round_ = world.get_one(Round, season.played.open_round)
    applied = select(Application.student_id).where(Application.round_id == season.played.open_round)
    student, guardian = world.execute(
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
    return {
        "student_code": student.code,
        "birth_on__day": str(student.birth_on.day),
        "birth_on__month": str(student.birth_on.month),
        "birth_on__year": str(student.birth_on.year),
        "phone": season.stage.vault.decrypt(guardian.phone_cipher),
        "name": student.full_name,
    }

"""Looking up a result: only code and birth date together open it, and nothing about a child stands in an address."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from admissions.applications.tables import Application
from admissions.offers.service import get_result
from admissions.students.tables import Student


@pytest.fixture
def published(world: Session, season) -> tuple[Application, Student]:
    """An application with a published result, and its child."""
    return world.execute(
        select(Application, Student)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == season.played.published_round)
        .order_by(Application.id)
    ).first()


def look_up(visitor, code: str, birth_on) -> object:
    visitor.get("/tra-cuu")
    return visitor.post(
        "/tra-cuu", code=code, birth_on__day=birth_on.day, birth_on__month=birth_on.month,
        birth_on__year=birth_on.year,
    )  # fmt: skip


def test_the_page_names_school_minutes_and_reason(visitor, published, world: Session, season) -> None:
    application, student = published
    page = look_up(visitor, application.code, student.birth_on)
    result = get_result(world, application_id=application.id, now=season.now)
    assert page.url.path == "/ket-qua"
    assert page.url.query == b""
    assert f'<h1 class="govuk-heading-xl">{result.school.title}</h1>' in page.text
    assert result.reason in page.text
    assert "phút xe máy" in page.text.replace("\u00a0", " ")
    assert result.run_sha256 in page.text


def test_a_code_may_be_typed_carelessly(visitor, published) -> None:
    application, student = published
    typed = application.code.lower().replace("-", " ")
    assert look_up(visitor, typed, student.birth_on).url.path == "/ket-qua"


def test_every_school_above_the_result_has_its_reason(visitor, world: Session, season) -> None:
    rows = world.execute(
        select(Application, Student)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == season.played.published_round)
        .order_by(Application.id)
    ).all()
    refused = next(
        (application, student, result)
        for application, student in rows
        if len((result := get_result(world, application_id=application.id, now=season.now)).schools) > 1
        and not result.schools[0].admitted
    )
    application, student, result = refused
    page = look_up(visitor, application.code, student.birth_on).text
    for school in result.schools:
        assert school.title in page
        for sentence in school.sentences:
            assert sentence in page


def answer_without_tokens(text: str) -> str:
    return re.sub(r'value="\w+"', "", text)


def test_an_unknown_code_and_a_wrong_birth_date_get_the_same_answer(visitor, published) -> None:
    application, student = published
    wrong_day = look_up(visitor, application.code, student.birth_on + timedelta(days=400))
    unknown = look_up(visitor, "AAAAA-AAAAA", student.birth_on + timedelta(days=400))
    assert wrong_day.status_code == unknown.status_code == 400
    typed = answer_without_tokens(wrong_day.text).replace(application.code, "X")
    assert typed == answer_without_tokens(unknown.text).replace("AAAAA-AAAAA", "X")


def test_guessing_ends_in_patience(visitor, published) -> None:
    application, student = published
    for day in range(10):
        assert (
            look_up(visitor, application.code, student.birth_on + timedelta(days=day + 1)).status_code == 400
        )
    tired = look_up(visitor, application.code, student.birth_on)
    assert tired.status_code == 429
    assert "thử lại sau" in tired.text


def test_an_empty_form_says_what_is_missing(visitor) -> None:
    visitor.get("/tra-cuu")
    page = visitor.post("/tra-cuu", code="", birth_on__year="2021").text
    assert "còn thiếu: ngày, tháng" in page
    assert 'id="code-loi"' in page
    assert 'value="2021"' in page


def test_the_result_is_reloaded_without_counting_as_a_guess(visitor, published) -> None:
    application, student = published
    look_up(visitor, application.code, student.birth_on)
    for _ in range(15):
        assert visitor.get("/ket-qua").url.path == "/ket-qua"


def test_without_a_look_up_the_result_page_asks_for_one(visitor) -> None:
    assert visitor.get("/ket-qua").url.path == "/tra-cuu"
    assert visitor.get("/ket-qua/duong-di").url.path == "/tra-cuu"


def test_a_cookie_made_up_by_hand_opens_nothing(visitor, published) -> None:
    application, _student = published
    for value in (str(application.id), "00" * 40, "zz"):
        visitor.client.cookies.set("dungtuyen-result", value)
        assert visitor.get("/ket-qua").url.path == "/tra-cuu"


def test_the_cookie_tells_nothing_about_the_child(visitor, published) -> None:
    application, student = published
    look_up(visitor, application.code, student.birth_on)
    held = " ".join(visitor.client.cookies.values())
    assert application.code not in held
    assert student.birth_on.isoformat() not in held


def test_closing_the_result_forgets_it(visitor, published) -> None:
    application, student = published
    look_up(visitor, application.code, student.birth_on)
    visitor.post("/ket-qua/dong")
    assert visitor.get("/ket-qua").url.path == "/tra-cuu"


def test_the_way_to_the_school_is_told_in_words(visitor, published) -> None:
    application, student = published
    look_up(visitor, application.code, student.birth_on)
    page = visitor.get("/ket-qua/duong-di").text
    assert "dt-legs__leg" in page
    assert "Theo " in page or "Đi bộ" in page


def test_before_publication_the_page_says_where_the_file_stands(visitor, world: Session, season) -> None:
    application, student = world.execute(
        select(Application, Student)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == season.played.open_round)
        .order_by(Application.id)
    ).first()
    page = look_up(visitor, application.code, student.birth_on)
    assert "Kết quả dự kiến công bố" in page.text
    assert "chưa phải làm gì" in page.text

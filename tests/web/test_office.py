"""Officers' pages: who may do what, lists that can be worked with, and no publication by one person alone."""

import hashlib
import re

import pytest
from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from admissions.allocation_runs.service import export_run
from admissions.allocation_runs.tables import AllocationRun
from admissions.applications.rules import State
from admissions.applications.tables import Application
from admissions.notifications.tables import Message
from admissions.offers.tables import Offer
from admissions.rounds.tables import Round
from admissions.students.tables import Student

RUNNER, HEAD, INSPECTOR = "can-bo-xa", "lanh-dao", "thanh-tra"


@pytest.fixture
def waiting_run(world: Session, season) -> int:
    """The season's run as it was before anybody approved it; its round is closed and nothing is published."""
    run_id, round_id = season.played.run_id, season.played.published_round
    world.execute(delete(Offer).where(Offer.run_id == run_id))
    world.execute(delete(Message).where(Message.event_key == f"result:{run_id}"))
    world.execute(update(Application).where(Application.round_id == round_id).values(state=State.IN_POOL))
    world.execute(update(Round).where(Round.id == round_id).values(phase="closed"))
    world.execute(
        update(AllocationRun)
        .where(AllocationRun.id == run_id)
        .values(state="done", approved_by=None, approved_at=None, published_by=None, published_at=None)
    )
    return run_id


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(visitor) -> None:
    visitor.get("/can-bo/dang-nhap")
    wrong = visitor.post("/can-bo/dang-nhap", username=RUNNER, password="wrong")
    assert wrong.status_code == 400
    assert f'value="{RUNNER}"' in wrong.text
    assert "wrong" not in wrong.text
    unknown = visitor.post("/can-bo/dang-nhap", username="nobody", password="wrong")
    said = [re.search(r'id="username-loi"[^>]*>.*?</span>([^<]+)', page.text)[1] for page in (wrong, unknown)]
    assert said[0] == said[1]


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor, season) -> None:
    asked = visitor.get(f"/can-bo/dot/{season.played.open_round}/ho-so")
    assert asked.url.path == "/can-bo/dang-nhap"
    next_path = re.search(r'name="tiep" value="([^"]+)"', asked.text)[1]
    opened = visitor.post(
        "/can-bo/dang-nhap", username=RUNNER, password="minh-hoa-tuyen-sinh", tiep=next_path
    )
    assert opened.url.path == f"/can-bo/dot/{season.played.open_round}/ho-so"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/can-bo//x", "/tra-cuu"]
)
def test_signing_in_never_leads_to_another_site(visitor, elsewhere: str) -> None:
    visitor.get("/can-bo/dang-nhap")
    landed = visitor.post(
        "/can-bo/dang-nhap", username=RUNNER, password="minh-hoa-tuyen-sinh", tiep=elsewhere
    )
    assert landed.url.path == "/can-bo"
    assert landed.url.host == "testserver"


def test_signing_out_ends_the_session_on_the_server(visitor) -> None:
    visitor.sign_in(RUNNER)
    held = dict(visitor.client.cookies)
    visitor.post("/can-bo/dang-xuat")
    visitor.client.cookies.update(held)
    assert visitor.get("/can-bo").url.path == "/can-bo/dang-nhap"


def test_a_session_left_idle_is_over(visitor, clock) -> None:
    from datetime import timedelta

    visitor.sign_in(RUNNER)
    clock.forward(timedelta(minutes=61))
    assert visitor.get("/can-bo").url.path == "/can-bo/dang-nhap"


def test_the_start_page_counts_what_families_handed_in(visitor, world: Session, season) -> None:
    page = visitor.sign_in(RUNNER).text
    handed_in = world.scalar(
        select(func.count(Application.id)).where(
            Application.round_id == season.played.open_round, Application.state.not_in(("draft", "withdrawn"))
        )
    )
    assert f"<strong>{handed_in}</strong><span>hồ sơ đã nộp</span>" in page


@pytest.mark.parametrize("username", [RUNNER, HEAD, INSPECTOR])
def test_every_officer_reads_lists_and_runs(visitor, season, username: str) -> None:
    visitor.sign_in(username)
    for path in (
        "/can-bo",
        f"/can-bo/dot/{season.played.published_round}/ho-so",
        f"/can-bo/dot/{season.played.published_round}/phuong-an",
        f"/can-bo/phuong-an/{season.played.run_id}",
    ):
        assert visitor.get(path).status_code == 200, path


@pytest.mark.parametrize("username", [HEAD, INSPECTOR])
def test_only_runners_ask_for_a_run(visitor, season, waiting_run: int, username: str) -> None:
    visitor.sign_in(username)
    page = visitor.get(f"/can-bo/dot/{season.played.published_round}/phuong-an").text
    assert 'name="mechanism"' not in page
    refused = visitor.post(
        f"/can-bo/dot/{season.played.published_round}/phuong-an", mechanism="deferred_acceptance"
    )
    assert refused.status_code == 403


def test_an_open_round_cannot_be_run(visitor, season) -> None:
    visitor.sign_in(RUNNER)
    visitor.get(f"/can-bo/dot/{season.played.open_round}/phuong-an")
    assert "còn nhận hồ sơ" in visitor.page
    early = visitor.post(f"/can-bo/dot/{season.played.open_round}/phuong-an", mechanism="min_travel")
    assert early.status_code == 409


def test_a_run_that_was_asked_for_is_watched_on_its_page(visitor, season, waiting_run: int) -> None:
    visitor.sign_in(RUNNER)
    visitor.get(f"/can-bo/dot/{season.played.published_round}/phuong-an")
    watched = visitor.post(f"/can-bo/dot/{season.played.published_round}/phuong-an", mechanism="min_travel")
    assert re.fullmatch(r"/can-bo/phuong-an/\d+", watched.url.path)
    assert "Đang chờ tới lượt" in watched.text
    assert watched.headers["refresh"] == "3"


def test_an_unknown_mechanism_is_refused(visitor, season, waiting_run: int) -> None:
    visitor.sign_in(RUNNER)
    visitor.get(f"/can-bo/dot/{season.played.published_round}/phuong-an")
    path = f"/can-bo/dot/{season.played.published_round}/phuong-an"
    assert visitor.post(path, mechanism="first_come").status_code == 404


def test_the_runner_cannot_approve_and_is_told_why(visitor, waiting_run: int) -> None:
    visitor.sign_in(RUNNER)
    page = visitor.get(f"/can-bo/phuong-an/{waiting_run}").text
    assert "Anh/chị là người chạy phương án này. Phải có người khác duyệt." in page
    assert f"/can-bo/phuong-an/{waiting_run}/duyet" not in page
    forced = visitor.post(f"/can-bo/phuong-an/{waiting_run}/duyet")
    assert forced.status_code == 403
    assert "Phải có người khác duyệt" in forced.text


def test_a_head_approves_confirms_and_publishes(
    visitor, another_visitor, world: Session, season, waiting_run: int
) -> None:
    visitor.sign_in(HEAD)
    visitor.get(f"/can-bo/phuong-an/{waiting_run}")
    approved = visitor.post(f"/can-bo/phuong-an/{waiting_run}/duyet").text
    assert "Công bố kết quả…" in approved
    visitor.get(f"/can-bo/phuong-an/{waiting_run}/cong-bo")
    hasty = visitor.post(f"/can-bo/phuong-an/{waiting_run}/cong-bo")
    assert hasty.status_code == 400
    assert 'id="confirmed-loi"' in hasty.text
    assert world.scalar(select(func.count(Offer.id)).where(Offer.run_id == waiting_run)) == 0
    published = visitor.post(f"/can-bo/phuong-an/{waiting_run}/cong-bo", confirmed="yes")
    assert "Đã công bố" in published.text
    offers = world.scalar(select(func.count(Offer.id)).where(Offer.run_id == waiting_run))
    assert offers > 0
    application, birth_on = world.execute(
        select(Application, Student.birth_on)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == season.played.published_round)
        .order_by(Application.id)
    ).first()
    another_visitor.get("/tra-cuu")
    result = another_visitor.post(
        "/tra-cuu", code=application.code, birth_on__day=birth_on.day, birth_on__month=birth_on.month,
        birth_on__year=birth_on.year,
    )  # fmt: skip
    assert "Vì sao?" in result.text


@pytest.mark.parametrize("username", [RUNNER, INSPECTOR])
def test_only_heads_open_the_page_that_publishes(visitor, waiting_run: int, username: str) -> None:
    visitor.sign_in(username)
    assert visitor.get(f"/can-bo/phuong-an/{waiting_run}/cong-bo").status_code == 403


def test_a_published_run_is_not_approved_again(visitor, season) -> None:
    visitor.sign_in(HEAD)
    visitor.get("/can-bo")
    again = visitor.post(f"/can-bo/phuong-an/{season.played.run_id}/duyet")
    assert again.status_code == 409


def test_the_files_for_outsiders_have_the_hashes_of_the_page(visitor, world: Session, season) -> None:
    visitor.sign_in(INSPECTOR)
    page = visitor.get(f"/can-bo/phuong-an/{season.played.run_id}").text
    instance, result = export_run(world, run_id=season.played.run_id)
    for name, content in (("instance", instance), ("result", result)):
        handed_out = visitor.client.get(f"/can-bo/phuong-an/{season.played.run_id}/{name}.json")
        assert handed_out.content == content
        assert hashlib.sha256(handed_out.content).hexdigest() in page
        assert "attachment" in handed_out.headers["content-disposition"]
    assert visitor.client.get(f"/can-bo/phuong-an/{season.played.run_id}/keys.json").status_code == 404


def test_two_runs_stand_side_by_side(visitor, world: Session, season) -> None:
    runs = world.scalars(
        select(AllocationRun.id)
        .where(AllocationRun.round_id == season.played.published_round)
        .order_by(AllocationRun.id)
    ).all()
    assert len(runs) == 2
    visitor.sign_in(HEAD)
    page = visitor.get(f"/can-bo/so-sanh?a={runs[0]}&b={runs[1]}").text
    assert "Được nguyện vọng 1" in page
    assert "em đổi trường" in page
    assert page.count("tốt hơn") > 1


def test_runs_of_different_rounds_are_not_compared(visitor, world: Session) -> None:
    first, second = world.scalars(
        select(func.min(AllocationRun.id)).group_by(AllocationRun.round_id).order_by(AllocationRun.round_id)
    ).all()[:2]
    visitor.sign_in(HEAD)
    assert visitor.get(f"/can-bo/so-sanh?a={first}&b={second}").status_code == 409
    assert visitor.get("/can-bo/so-sanh?a=999999&b=1").status_code == 404
    assert visitor.get("/can-bo/so-sanh?a=x&b=1").status_code == 400


def codes_on(page: str) -> list[str]:
    return re.findall(r">([0-9A-Z]{5}-[0-9A-Z]{5})</a>", page)


def test_pages_of_the_list_follow_each_other_without_gap_or_repeat(visitor, world: Session, season) -> None:
    visitor.sign_in(RUNNER)
    round_id = season.played.published_round
    all_codes = world.scalars(
        select(Application.code).where(Application.round_id == round_id).order_by(Application.id)
    ).all()
    seen: list[str] = []
    path = f"/can-bo/dot/{round_id}/ho-so"
    while path:
        page = visitor.get(path).text
        seen += codes_on(page)
        onward = re.search(r'href="([^"]+)">50 hồ sơ tiếp theo', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert seen == list(all_codes)


def test_filters_stay_and_select(visitor, world: Session, season) -> None:
    application = world.scalars(
        select(Application).where(Application.round_id == season.played.open_round).order_by(Application.id)
    ).first()
    application.state, application.home_changed, application.home_verified = "in_review", True, False
    application.home_note = "12 ấp Doi Lầu, mới chuyển về"
    world.flush()
    visitor.sign_in(RUNNER)
    page = visitor.get(f"/can-bo/dot/{season.played.open_round}/ho-so?tinh-trang=in_review").text
    assert codes_on(page) == [application.code]
    assert re.search(r'<option value="in_review" selected>', page)
    case = visitor.get(f"/can-bo/ho-so/{application.id}").text
    assert "12 ấp Doi Lầu, mới chuyển về" in case
    after = visitor.post(f"/can-bo/ho-so/{application.id}/xac-minh")
    assert codes_on(after.text) == []
    world.refresh(application)
    assert (application.state, application.home_verified) == ("verified", True)


def test_an_inspector_reads_a_case_but_accepts_nothing(visitor, world: Session, season) -> None:
    application = world.scalars(
        select(Application).where(Application.round_id == season.played.open_round).order_by(Application.id)
    ).first()
    application.state, application.home_changed = "in_review", True
    world.flush()
    visitor.sign_in(INSPECTOR)
    assert "Đã xác minh: con ở nơi" not in visitor.get(f"/can-bo/ho-so/{application.id}").text
    assert visitor.post(f"/can-bo/ho-so/{application.id}/xac-minh").status_code == 403


def test_a_child_is_found_by_name_without_diacritics_and_no_address_holds_the_name(
    visitor, world: Session, season
) -> None:
    round_id = season.played.published_round
    application, student = world.execute(
        select(Application, Student)
        .join(Student, Student.id == Application.student_id)
        .where(Application.round_id == round_id, Student.full_name.like("%Đ%"))
        .order_by(Application.id)
    ).first()
    visitor.sign_in(RUNNER)
    visitor.get(f"/can-bo/dot/{round_id}/ho-so")
    found = visitor.post(f"/can-bo/dot/{round_id}/ho-so", tim=student.full_name.replace("Đ", "D").lower())
    assert application.code in codes_on(found.text)
    assert found.url.query == b""


def test_what_does_not_exist_is_not_found(visitor) -> None:
    visitor.sign_in(RUNNER)
    for path in ("/can-bo/dot/999999/ho-so", "/can-bo/phuong-an/999999", "/can-bo/ho-so/999999"):
        assert visitor.get(path).status_code == 404, path


def test_the_mailbox_shows_messages_without_names(visitor, world: Session) -> None:
    page = visitor.get("/minh-hoa/hop-thu").text
    assert "Đã có kết quả của hồ sơ" in page or "Đã nhận hồ sơ" in page
    older = re.search(r'href="(/minh-hoa/hop-thu\?truoc=\d+)"', page)[1]
    assert visitor.get(older).status_code == 200

"""The application form without JavaScript: every step, every mistake, nothing typed is lost."""

import re
from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from admissions.applications.tables import Application
from admissions.notifications.tables import Message
from admissions.rounds.tables import Round

CONTACT = {
    "full_name": "Nguyễn Thị Minh Họa",
    "relation": "mẹ",
    "phone": "0912 000 345",
    "email": "me@phuhuynh.invalid",
}


def open_form(visitor, family, season):
    visitor.get(f"/nop-ho-so/con?dot={round_code(season)}")
    facts = {name: value for name, value in family.items() if name != "name"}
    return visitor.post("/nop-ho-so/con", dot=round_code(season), **facts)


def round_code(season) -> str:
    with Session(season.stage.engine) as session:
        return session.get_one(Round, season.played.open_round).code


def fill_until_check(visitor, family, season) -> list[str]:
    """Fill in the form up to the last page; return the site ids in the order chosen."""
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.post("/nop-ho-so/noi-o", home="dung")
    sites = re.findall(r'name="hang-(\d+)"', visitor.page)[:3]
    ranks = {f"hang__{site}": rank for rank, site in zip((2, 1, 3), sites, strict=True)}
    visitor.post("/nop-ho-so/nguyen-vong", **ranks)
    return [sites[1], sites[0], sites[2]]


def key_of(page: str) -> str:
    return re.search(r'name="key" value="(\w+)"', page)[1]


def test_a_family_applies_step_by_step_and_gets_a_receipt(visitor, family, season, world: Session) -> None:
    steps = open_form(visitor, family, season)
    assert steps.url.path == "/nop-ho-so/viec"
    assert family["name"] in steps.text
    assert "Đã lưu lúc" in steps.text
    assert "Đã xong 0 trên 4 bước" in steps.text
    order = fill_until_check(visitor, family, season)
    assert "Anh/chị kiểm tra lại trước khi nộp" in visitor.page
    assert "checked" not in visitor.page, "the declaration is never ticked beforehand"
    receipt = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key=key_of(visitor.page))
    assert receipt.url.path == "/nop-ho-so/bien-nhan"
    code = re.search(r"dt-bigcode dt-code\">([0-9A-Z]{5}-[0-9A-Z]{5})<", receipt.text)[1]
    application = world.scalars(select(Application).where(Application.code == code)).one()
    assert application.state == "verified"
    assert "<svg" in receipt.text
    assert world.scalar(select(func.count(Message.id)).where(Message.application_id == application.id)) == 1
    assert visitor.get("/nop-ho-so/viec").text.count("Xong") == 4
    assert len(order) == 3


def test_facts_that_do_not_belong_together_open_nothing_and_stay_typed(visitor, family, season) -> None:
    wrong = {**family, "phone": "0987654321"}
    answer = open_form(visitor, wrong, season)
    assert answer.status_code == 400
    assert "chưa khớp với nhau" in answer.text
    assert 'value="0987654321"' in answer.text
    assert f'value="{family["student_code"]}"' in answer.text
    assert f'value="{family["birth_on__year"]}"' in answer.text
    assert visitor.get("/nop-ho-so/viec").url.path == "/nop-ho-so"


def test_a_missing_birth_month_is_said_beside_the_date(visitor, family, season) -> None:
    answer = open_form(visitor, {**family, "birth_on__month": ""}, season)
    assert "Anh/chị còn thiếu: tháng" in answer.text
    assert 'id="birth_on-loi"' in answer.text
    assert '<a href="#birth_on">' in answer.text
    assert "Lỗi:" in re.search(r"<title>([^<]+)", answer.text)[1]


def test_a_day_that_is_in_no_calendar_is_refused_kindly(visitor, family, season) -> None:
    answer = open_form(visitor, {**family, "birth_on__day": "31", "birth_on__month": "2"}, season)
    assert "không có trong lịch" in answer.text


def test_too_many_tries_ask_for_patience(visitor, family, season) -> None:
    for _ in range(10):
        answer = open_form(visitor, {**family, "phone": "0987654321"}, season)
        assert answer.status_code == 400
    answer = open_form(visitor, {**family, "phone": "0987654321"}, season)
    assert answer.status_code == 429
    assert "thử lại sau" in answer.text


def test_a_wrong_contact_keeps_what_was_typed_and_says_what_to_do(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    answer = visitor.post("/nop-ho-so/lien-he", **{**CONTACT, "phone": "12", "email": "me"})
    assert answer.status_code == 400
    assert 'value="12"' in answer.text
    assert 'value="me"' in answer.text
    assert 'value="Nguyễn Thị Minh Họa"' in answer.text
    assert 'id="phone-loi"' in answer.text
    assert 'id="email-loi"' in answer.text
    assert '<option value="mẹ" selected>' in answer.text


def test_a_later_step_leads_back_to_the_first_gap(visitor, family, season) -> None:
    open_form(visitor, family, season)
    for path in ("/nop-ho-so/noi-o", "/nop-ho-so/nguyen-vong", "/nop-ho-so/kiem-tra"):
        assert visitor.get(path).url.path == "/nop-ho-so/lien-he"
    assert visitor.get("/nop-ho-so/bien-nhan").url.path == "/nop-ho-so/viec"


def test_a_post_to_a_later_step_submits_nothing(visitor, family, season, world: Session) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    answer = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key="aa")
    assert answer.url.path == "/nop-ho-so/lien-he"
    drafts = select(func.count(Application.id)).where(Application.state == "draft")
    assert world.scalar(drafts) == 1


def test_one_number_for_two_schools_is_said_and_both_choices_stay(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.post("/nop-ho-so/noi-o", home="dung")
    first, second = re.findall(r'name="hang-(\d+)"', visitor.page)[:2]
    answer = visitor.post("/nop-ho-so/nguyen-vong", **{f"hang__{first}": 1, f"hang__{second}": 1})
    assert answer.status_code == 400
    assert "Nguyện vọng 1 đang được chọn cho nhiều trường" in answer.text
    assert answer.text.count('<option value="1" selected>') == 2


def test_no_school_at_all_is_said(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.post("/nop-ho-so/noi-o", home="dung")
    assert "Hãy chọn ít nhất một trường" in visitor.post("/nop-ho-so/nguyen-vong").text


def test_schools_stand_by_minutes_from_the_childs_home(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.post("/nop-ho-so/noi-o", home="dung")
    ways = [re.sub(r"\s", " ", way) for way in re.findall(r'dt-school__way">([^<]+)<', visitor.page)]
    minutes = [60 * int(hours or 0) + int(rest or 0) for hours, rest in map(hours_and_minutes, ways)]
    assert minutes == sorted(minutes)
    assert len(minutes) > 3


def hours_and_minutes(way: str) -> tuple[str | None, str | None]:
    found = re.match(r"(?:(\d+) giờ)? ?(?:(\d+) phút)?", way)
    return found[1], found[2]


def test_without_the_declaration_nothing_is_submitted(visitor, family, season) -> None:
    fill_until_check(visitor, family, season)
    answer = visitor.post("/nop-ho-so/kiem-tra", key=key_of(visitor.page))
    assert answer.status_code == 400
    assert "lời cam đoan" in answer.text
    assert 'id="declared-loi"' in answer.text


def test_pressing_submit_twice_gives_one_receipt_and_one_message(
    visitor, family, season, world: Session
) -> None:
    fill_until_check(visitor, family, season)
    page, key = visitor.page, key_of(visitor.page)
    first = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key=key).text
    visitor.page = page
    second = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key=key).text
    codes = {re.search(r"dt-bigcode dt-code\">([^<]+)<", text)[1] for text in (first, second)}
    assert len(codes) == 1
    application = world.scalars(select(Application).where(Application.code == codes.pop())).one()
    assert world.scalar(select(func.count(Message.id)).where(Message.application_id == application.id)) == 1


def test_another_home_is_found_by_name_needs_a_reason_and_waits_for_an_officer(
    visitor, family, season, world: Session
) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    assert visitor.post("/nop-ho-so/noi-o", home="khac").url.path == "/nop-ho-so/noi-o/khac"
    found = visitor.post("/nop-ho-so/noi-o/khac", noi="doi lau", viec="tim")
    assert "noi=" not in str(found.url), "what is typed about a home stands in no address"
    point = re.search(r'name="home" type="radio" value="([^"]+)"', found.text)[1]
    unexplained = visitor.post("/nop-ho-so/noi-o/khac", noi="doi lau", home=point, viec="luu")
    assert 'id="note-loi"' in unexplained.text
    assert f'value="{point}" checked' in unexplained.text
    saved = visitor.post(
        "/nop-ho-so/noi-o/khac", noi="doi lau", home=point, note="12 ấp Doi Lầu, mới chuyển về", viec="luu"
    )
    assert saved.url.path == "/nop-ho-so/nguyen-vong"
    site = re.search(r'name="hang-(\d+)"', visitor.page)[1]
    visitor.post("/nop-ho-so/nguyen-vong", **{f"hang__{site}": 1})
    receipt = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key=key_of(visitor.page))
    assert "Chờ xác minh nơi ở" in receipt.text


def test_a_home_on_the_map_is_saved_by_its_pin(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.get("/nop-ho-so/noi-o/ban-do")
    lost = visitor.post("/nop-ho-so/noi-o/ban-do", lat="10.6", lon="107.4", note="Giữa biển")
    assert lost.status_code == 400
    assert "xa mọi con đường" in lost.text
    assert "Giữa biển" in lost.text
    kept = visitor.post("/nop-ho-so/noi-o/ban-do", lat="10.53508", lon="106.78008", note="Nhà bà ngoại")
    assert kept.url.path == "/nop-ho-so/nguyen-vong"


def test_leaving_closes_the_form_on_this_device_and_keeps_what_was_saved(visitor, family, season) -> None:
    open_form(visitor, family, season)
    visitor.get("/nop-ho-so/lien-he")
    visitor.post("/nop-ho-so/lien-he", **CONTACT)
    visitor.get("/nop-ho-so/viec")
    assert "đã thoát" in visitor.post("/nop-ho-so/thoat").text
    assert visitor.get("/nop-ho-so/viec").url.path == "/nop-ho-so"
    assert "Đã xong 1 trên 4 bước" in open_form(visitor, family, season).text


def test_a_form_left_open_too_long_is_asked_for_again(visitor, family, season, clock) -> None:
    open_form(visitor, family, season)
    clock.forward(timedelta(hours=13))
    start = visitor.get("/nop-ho-so/lien-he")
    assert start.url.path == "/nop-ho-so"
    assert "đã lưu vẫn còn" in start.text


def test_after_the_deadline_nothing_is_taken_and_the_page_says_when(visitor, family, season, clock) -> None:
    fill_until_check(visitor, family, season)
    page = visitor.page
    with Session(season.stage.engine) as session:
        closes_at = session.get_one(Round, season.played.open_round).closes_at
    # The form session lasts twelve hours; the deadline passes while the last page is open.
    clock.now = closes_at - timedelta(minutes=1)
    open_form(visitor, family, season)
    visitor.page = visitor.get("/nop-ho-so/kiem-tra").text
    clock.now = closes_at
    late = visitor.post("/nop-ho-so/kiem-tra", declared="yes", key=key_of(page))
    assert late.status_code == 409
    assert "không nhận hồ sơ" in late.text

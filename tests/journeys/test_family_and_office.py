"""The main job, end to end in a browser: a family applies, the office decides, the family reads why."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from admissions.demo.season import DEMO_PASSWORD
from admissions.rounds.tables import Round

from .conftest import DESK, Family, Site, fill_birth_date

pytestmark = pytest.mark.browser


def open_round(site: Site) -> Round:
    with Session(site.season.stage.engine, expire_on_commit=False) as session:
        return session.get_one(Round, site.season.played.open_round)


def find_a_school(page: Page) -> str:
    """From the start page to the nearest school of the finder; return its name."""
    page.click("nav >> text=Tìm trường")
    page.check("text=Lớp 6")
    page.fill("#noi", "doi lau")
    page.click("button:has-text('Tìm trường')")
    page.click(".dt-doors a >> nth=0")
    expect(page.locator(".dt-school__way").first).to_contain_text("phút")
    return page.inner_text(".dt-school__name >> nth=0")


def apply(page: Page, family: Family) -> str:
    """Fill in the form on a phone with the buttons; return the application code of the receipt."""
    page.click("nav >> text=Nộp hồ sơ")
    page.click("text=Bắt đầu hồ sơ lớp 6")
    page.fill("#student_code", family.student_code)
    fill_birth_date(page, family)
    page.fill("#phone", family.phone)
    page.click("text=Tiếp tục")
    page.click("text=Làm tiếp")
    page.fill("#full_name", "Nguyễn Thị Minh Họa")
    page.select_option("#relation", "mẹ")
    page.fill("#phone", "0912 000 345")
    page.fill("#email", "me@phuhuynh.invalid")
    page.click("text=Lưu và tiếp tục")
    page.check("#home")
    page.click("text=Lưu và tiếp tục")
    rank_with_buttons(page)
    page.click("text=Lưu và tiếp tục")
    expect(page.locator("#declared")).not_to_be_checked()
    page.check("#declared")
    page.click("button:has-text('Nộp hồ sơ')")
    return page.inner_text(".dt-bigcode")


def rank_with_buttons(page: Page) -> None:
    """Choose three schools, then move the third to the top."""
    for number in (1, 2, 3):
        page.click(".dt-choice__add:not([disabled]) >> nth=0")
        expect(page.locator("[data-ranked-list] li")).to_have_count(number)
    third = page.inner_text("[data-ranked-list] li:nth-child(3) strong")
    for _ in range(2):
        page.click(f"[data-ranked-list] li:has-text('{third}') >> button[data-up]")
    assert page.inner_text("[data-ranked-list] li:nth-child(1) strong") == third
    expect(page.locator("[data-ranked-list] li:nth-child(1) button[data-up]")).to_be_disabled()


def sign_in(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/can-bo")
    page.fill("#username", username)
    page.fill("#password", DEMO_PASSWORD)
    page.click("button:has-text('Đăng nhập')")
    expect(page.locator("h1")).to_have_text("Việc hôm nay")


def run(page: Page, round_id: int, mechanism: str) -> str:
    """Ask for a run and wait until its page, which looks again by itself, shows the figures; return its address."""
    page.goto(re.sub(r"(http://[^/]+).*", rf"\1/can-bo/dot/{round_id}/phuong-an", page.url))
    page.check(f"input[value={mechanism}]")
    page.click("button:has-text('Chạy')")
    expect(page.locator(".dt-ok")).to_contain_text("Đạt", timeout=60_000)
    return page.url


def test_a_family_applies_another_officer_approves_and_the_family_reads_why(
    site: Site, windows, family: Family
) -> None:
    parent = windows()
    parent.open("/")
    assert find_a_school(parent.page)
    code = apply(parent.page, family)
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", code)
    expect(parent.page.locator(".dt-qr")).to_be_visible()
    round_ = open_round(site)

    site.clock.now = round_.closes_at + timedelta(hours=1)
    runner = windows(viewport=DESK)
    sign_in(runner.page, site.url, "can-bo-xa")
    chosen = run(runner.page, round_.id, "deferred_acceptance")
    other = run(runner.page, round_.id, "min_travel")
    runner.page.goto(f"{site.url}/can-bo/so-sanh?a={chosen.split('/')[-1]}&b={other.split('/')[-1]}")
    expect(runner.page.locator("h1")).to_contain_text("So sánh hai phương án")
    runner.page.goto(chosen)
    expect(runner.page.locator("text=Phải có người khác duyệt")).to_be_visible()

    site.clock.now = round_.results_at + timedelta(minutes=1)
    head = windows(viewport=DESK)
    sign_in(head.page, site.url, "lanh-dao")
    head.page.goto(chosen)
    head.page.click("text=Duyệt phương án này")
    head.page.click("text=Công bố kết quả…")
    head.page.check("#confirmed")
    head.page.click("button:has-text('Công bố')")
    expect(head.page.locator("text=Đã công bố").first).to_be_visible()

    read_result(parent.page, site, code, family)
    mailbox = windows()
    mailbox.open("/minh-hoa/hop-thu")
    expect(mailbox.page.locator(f"text=Đã có kết quả của hồ sơ {code}").first).to_be_attached()
    for visit in (parent, runner, head, mailbox):
        assert visit.complaints == []


def read_result(page: Page, site: Site, code: str, family: Family) -> None:
    """Open the result as the receipt's QR code does, and the way to the school."""
    page.goto(f"{site.url}/tra-cuu#{code}")
    expect(page.locator("#code")).to_have_value(code)
    assert "#" not in page.url
    fill_birth_date(page, family)
    page.click("button:has-text('Xem')")
    expect(page.locator("text=Vì sao?")).to_be_visible()
    expect(page.locator(".dt-banner--good")).to_contain_text(family.name)
    expect(page.locator(".dt-reason--got")).to_contain_text("Con học ở đây")
    assert family.student_code not in page.url
    assert code not in page.url
    page.click("text=Xem đường đi đến trường")
    expect(page.locator("[data-map][data-ready=yes]")).to_be_visible(timeout=30_000)
    page.click("text=Quay lại kết quả")
    expect(page.locator("text=Vì sao?")).to_be_visible()

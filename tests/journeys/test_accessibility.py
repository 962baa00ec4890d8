"""Every page, on a phone and on a desk: no axe violation, nothing wider than the screen, nothing asked of strangers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import Session

from admissions.allocation_runs.tables import AllocationRun
from admissions.applications.tables import Application
from admissions.demo.season import DEMO_PASSWORD
from admissions.students.tables import Student

from .conftest import DESK, PHONE, Family, Site, fill_birth_date

pytestmark = pytest.mark.browser

HERE = "lat=10.53508&lon=106.78008"
PUBLIC = [
    "/",
    "/cach-xep-cho",
    "/du-lieu-cua-con",
    "/tim-truong",
    "/tim-truong?lop=1&noi=an",
    "/tim-truong?lop=1&noi=khong+co",
    f"/tim-truong?lop=1&{HERE}",
    f"/tim-truong/ban-do?lop=1&{HERE}",
    "/tim-truong/ban-do?lop=6",
    "/tra-cuu",
    "/nop-ho-so",
    "/nop-ho-so/con?dot=missing",
    "/can-bo/dang-nhap",
    "/minh-hoa/hop-thu",
    "/khong-co",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def inspect(page: Page) -> None:
    """Wait for a map if there is one, then hold the page to axe and to its width."""
    if page.locator("[data-map]").count():
        expect(page.locator("[data-map][data-ready=yes]")).to_be_attached(timeout=30_000)
    found = Axe().run(page, options={**RULES, "resultTypes": ["violations"]})
    told = [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found.response["violations"]
    ]
    assert told == [], f"{page.url}: {told}"
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0, f"{page.url} is {wider} px wider than the screen"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(windows, path: str, viewport: dict[str, int]) -> None:
    inspect(windows(viewport=viewport).open(path))


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_of_one_school(windows, viewport: dict[str, int]) -> None:
    page = windows(viewport=viewport).open(f"/tim-truong?lop=1&{HERE}")
    page.click(".dt-school__name a >> nth=1")
    inspect(page)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_of_the_form(windows, family: Family, viewport: dict[str, int]) -> None:
    page = windows(viewport=viewport).open("/nop-ho-so")
    page.click("text=Bắt đầu hồ sơ lớp 6")
    inspect(page)
    page.click("text=Tiếp tục")
    inspect(page)
    page.fill("#student_code", family.student_code)
    fill_birth_date(page, family)
    page.fill("#phone", family.phone)
    page.click("text=Tiếp tục")
    inspect(page)
    visit = page.url.rsplit("/", 1)[0]
    page.goto(f"{visit}/lien-he")
    inspect(page)
    page.fill("#full_name", "Nguyễn Thị Minh Họa")
    page.select_option("#relation", "mẹ")
    page.fill("#phone", "0912000347")
    page.click("text=Lưu và tiếp tục")
    inspect(page)
    page.click("text=Lưu và tiếp tục")
    if page.locator(".govuk-error-summary").count():
        inspect(page)
        page.check("#home")
        page.click("text=Lưu và tiếp tục")
    page.goto(f"{visit}/noi-o/khac")
    page.fill("#noi", "doi lau")
    page.click("text=Tìm nơi này")
    inspect(page)
    page.goto(f"{visit}/noi-o/ban-do")
    inspect(page)
    page.goto(f"{visit}/nguyen-vong")
    if page.locator("[data-ranked-list] li").count() == 0:
        page.click(".dt-choice__add >> nth=0")
        page.click(".dt-choice__add:not([disabled]) >> nth=0")
    inspect(page)
    page.click("text=Lưu và tiếp tục")
    inspect(page)
    page.click("button:has-text('Nộp hồ sơ')")
    inspect(page)
    page.check("#declared")
    page.click("button:has-text('Nộp hồ sơ')")
    inspect(page)
    page.click("text=Xem hoặc sửa hồ sơ")
    inspect(page)
    page.click("text=Thoát khỏi hồ sơ")
    inspect(page)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("which", ["published", "open"])
def test_pages_of_a_result(site: Site, windows, which: str, viewport: dict[str, int]) -> None:
    played = site.season.played
    with Session(site.season.stage.engine) as session:
        code, birth_on = session.execute(
            select(Application.code, Student.birth_on)
            .join(Student, Student.id == Application.student_id)
            .where(
                Application.round_id == getattr(played, f"{which}_round"),
                Application.submitted_at.is_not(None),
            )
            .order_by(Application.id)
        ).first()
    page = windows(viewport=viewport).open("/tra-cuu")
    page.click("button:has-text('Xem')")
    inspect(page)
    page.fill("#code", code)
    for part in ("day", "month", "year"):
        page.fill(f"#birth_on-{part}", str(getattr(birth_on, part)))
    page.click("button:has-text('Xem')")
    inspect(page)
    if which == "published":
        page.click("text=Xem đường đi đến trường")
        inspect(page)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_officers_pages(site: Site, windows, viewport: dict[str, int]) -> None:
    played = site.season.played
    with Session(site.season.stage.engine) as session:
        runs = session.scalars(
            select(AllocationRun.id)
            .where(AllocationRun.round_id == played.published_round)
            .order_by(AllocationRun.id)
        ).all()
        case = session.scalars(
            select(Application.id).where(Application.round_id == played.open_round).order_by(Application.id)
        ).first()
    page = windows(viewport=viewport).open("/can-bo")
    page.fill("#username", "lanh-dao")
    page.fill("#password", "wrong")
    page.click("button:has-text('Đăng nhập')")
    inspect(page)
    page.fill("#password", DEMO_PASSWORD)
    page.click("button:has-text('Đăng nhập')")
    inspect(page)
    for path in (
        f"/can-bo/dot/{played.open_round}/ho-so",
        f"/can-bo/dot/{played.open_round}/ho-so?tinh-trang=unplaced",
        f"/can-bo/ho-so/{case}",
        f"/can-bo/dot/{played.published_round}/phuong-an",
        f"/can-bo/dot/{played.open_round}/phuong-an",
        f"/can-bo/phuong-an/{runs[0]}",
        f"/can-bo/phuong-an/{runs[-1]}",
        f"/can-bo/phuong-an/{runs[-1]}/cong-bo",
        f"/can-bo/so-sanh?a={runs[0]}&b={runs[-1]}",
    ):
        page.goto(site.url + path)
        inspect(page)

"""With scripts switched off a family still finds schools and applies; only the map is missing."""

import pytest
from playwright.sync_api import expect

from .conftest import Family, Site, fill_birth_date

pytestmark = pytest.mark.browser


def test_a_family_finds_schools_and_applies_without_scripts(site: Site, windows, family: Family) -> None:
    visit = windows(javascript=False)
    page = visit.open("/tim-truong")
    expect(page.locator("[data-locate]")).to_be_hidden()
    page.fill("#noi", "doi lau")
    page.click("button:has-text('Tìm trường')")
    page.click(".dt-doors a >> nth=0")
    expect(page.locator(".dt-school")).not_to_have_count(0)
    page.click("text=Xem trên bản đồ")
    expect(page.locator("text=Máy của anh/chị không hiện được bản đồ")).to_be_visible()
    expect(page.locator(".dt-school")).not_to_have_count(0)

    page = visit.open("/nop-ho-so")
    page.click("text=Bắt đầu hồ sơ lớp 6")
    page.fill("#student_code", family.student_code)
    fill_birth_date(page, family)
    page.fill("#phone", family.phone)
    page.click("text=Tiếp tục")
    page.click("text=Làm tiếp")
    page.fill("#full_name", "Trần Văn Minh Họa")
    page.select_option("#relation", "cha")
    page.fill("#phone", "0912000346")
    page.click("text=Lưu và tiếp tục")
    page.check("#home")
    page.click("text=Lưu và tiếp tục")
    selects = page.locator(".dt-choice__rank select")
    selects.nth(1).select_option("1")
    selects.nth(0).select_option("1")
    page.click("text=Lưu và tiếp tục")
    expect(page.locator(".govuk-error-summary")).to_contain_text(
        "Nguyện vọng 1 đang được chọn cho nhiều trường"
    )
    expect(selects.nth(1)).to_have_value("1")
    selects.nth(0).select_option("2")
    page.click("text=Lưu và tiếp tục")
    page.check("#declared")
    page.click("button:has-text('Nộp hồ sơ')")
    expect(page.locator(".dt-bigcode")).to_be_visible()
    expect(page.locator("[data-print]")).to_be_hidden()

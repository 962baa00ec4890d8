"""Headers, cookies, forged requests, crashes and logs."""

import re

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from data.settings import ROOT, Settings
from web.app import create_app
from web.forms import MAX_BODY_BYTES

TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", ["/", "/tra-cuu", "/no-such-page", "/static/js/site.mjs", "/can-bo"])
def test_every_answer_carries_the_strict_headers(client: TestClient, path: str) -> None:
    headers = client.get(path, follow_redirects=False).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_an_exception_from_the_policy(template) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<style", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
    assert not re.search(r'(src|href|action)="https?:', text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_a_token(template) -> None:
    text = template.read_text(encoding="utf-8")
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL)
    assert all('name="csrf"' in form for form in forms)
    assert text.count('method="post"') == len(forms)


def test_a_form_from_another_site_is_refused(visitor) -> None:
    visitor.get("/tra-cuu")
    visitor.client.headers["sec-fetch-site"] = "cross-site"
    assert visitor.post("/tra-cuu", code="AAAAA-AAAAA").status_code == 403
    del visitor.client.headers["sec-fetch-site"]
    visitor.client.headers["origin"] = "https://elsewhere.example"
    assert visitor.post("/tra-cuu", code="AAAAA-AAAAA").status_code == 403
    del visitor.client.headers["origin"]
    assert visitor.post("/tra-cuu", code="AAAAA-AAAAA").status_code == 403, "the error page holds no form"
    visitor.get("/tra-cuu")
    assert visitor.post("/tra-cuu", code="AAAAA-AAAAA").status_code == 400


def test_a_token_of_another_visitor_does_not_fit(visitor, another_visitor) -> None:
    visitor.get("/tra-cuu")
    another_visitor.get("/tra-cuu")
    another_visitor.page = visitor.page
    assert another_visitor.post("/tra-cuu", code="X").status_code == 403


def test_a_token_from_before_signing_in_does_not_fit_afterwards(visitor) -> None:
    visitor.get("/tra-cuu")
    before = visitor.page
    visitor.sign_in("can-bo-xa")
    visitor.page = before
    assert visitor.post("/tra-cuu", code="X").status_code == 403


def test_a_token_looks_different_on_every_page(visitor) -> None:
    tokens = {re.search(r'name="csrf" value="(\w+)"', visitor.get("/tra-cuu").text)[1] for _ in range(3)}
    assert len(tokens) == 3


def test_cookies_are_closed_to_scripts_and_to_other_sites(client: TestClient) -> None:
    cookie = client.get("/tra-cuu").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_on_https_cookies_belong_to_the_host_and_browsers_stay_on_https(season, engine) -> None:
    settings = season.stage.settings.model_copy(update={"public_url": "https://tuyen-sinh.example.vn"})
    with TestClient(create_app(settings, engine=engine), base_url="https://tuyen-sinh.example.vn") as client:
        answer = client.get("/tra-cuu")
    assert answer.headers["set-cookie"].startswith("__Host-visit=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Domain" not in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_private_pages_are_kept_by_nobody(visitor) -> None:
    assert visitor.get("/tra-cuu").headers["cache-control"] == "no-store"
    visitor.sign_in("thanh-tra")
    assert visitor.get("/can-bo").headers["cache-control"] == "no-store"


def test_a_static_file_with_its_fingerprint_is_kept_for_ever(client: TestClient) -> None:
    path = re.search(r'src="(/static/js/site\.mjs\?v=\w+)"', client.get("/").text)[1]
    assert "immutable" in client.get(path).headers["cache-control"]
    assert client.get("/static/js/site.mjs").headers["cache-control"] == "no-cache"


def test_a_body_beyond_the_limit_is_refused(visitor) -> None:
    visitor.get("/tra-cuu")
    assert visitor.post("/tra-cuu", code="x" * (MAX_BODY_BYTES + 1)).status_code == 413


def crashing_app(settings: Settings) -> FastAPI:
    application = create_app(settings)

    @application.get("/crash")
    def crash() -> None:
        raise ValueError("Nguyễn Thị Bí Mật, 0912 000 111")

    return application


def test_a_crash_shows_a_number_to_quote_and_never_what_it_says(season) -> None:
    with (
        structlog.testing.capture_logs() as logs,
        TestClient(crashing_app(season.stage.settings)) as client,
    ):
        answer = client.get("/crash?noi=bi-mat")
    assert answer.status_code == 500
    assert "Bí Mật" not in answer.text
    crashed = next(entry for entry in logs if entry["event"] == "crashed")
    assert crashed["reference"] in answer.text
    assert "Bí Mật" not in str(logs)
    assert "bi-mat" not in str(logs)


def test_the_log_names_routes_and_never_what_was_asked(client: TestClient) -> None:
    with structlog.testing.capture_logs() as logs:
        client.get("/tim-truong?lop=1&lat=10.53508&lon=106.78008&ten=Nha%20toi")
        client.get("/khong-co/10.53508")
    requests = [entry for entry in logs if entry["event"] == "request"]
    assert [entry["route"] for entry in requests] == ["/tim-truong", "none"]
    assert "10.53508" not in str(logs)
    assert "Nha" not in str(logs)


@pytest.mark.parametrize(("path", "status"), [("/khong-co", 404), ("/can-bo/dot/1/ho-so/xyz", 404)])
def test_an_error_page_says_what_to_do_and_who_can_help(
    client: TestClient, season, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert season.stage.settings.hotline in answer.text
    assert "Anh/chị" in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/tim-truong", "/tra-cuu", "/nop-ho-so", "/can-bo/dang-nhap", "/khong-co"]
)
def test_every_page_of_the_demo_says_that_its_data_are_made_up(client: TestClient, path: str) -> None:
    assert "Dữ liệu minh họa" in client.get(path).text


def test_elsewhere_no_page_says_so(season, app) -> None:
    app.state.settings = season.stage.settings.model_copy(
        update={"environment": "development", "office_name": "Sở Giáo dục và Đào tạo"}
    )
    with TestClient(app) as client:
        assert "minh họa" not in client.get("/").text.lower()

"""Structure of the web layer: who each route is for, and that nothing changes without a token."""

import re

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from data.settings import Settings
from web.app import create_app
from web.roles import Audience


def routes() -> list[APIRoute]:
    """Return every route of the application with all optional parts on."""
    application = create_app(Settings(environment="demo"))
    return [route for route in _flat(application.routes) if isinstance(route, APIRoute)]


def _flat(found):
    for route in found:
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner and not isinstance(route, APIRoute):
            yield from _flat(inner)
        else:
            yield route


def audiences(dependant: Dependant) -> set[Audience]:
    """Return the audiences that a route's dependencies declare, nested ones too."""
    found = {dependant.call.audience} if hasattr(dependant.call, "audience") else set()
    for inner in dependant.dependencies:
        found |= audiences(inner)
    return found


def test_the_application_has_its_routes() -> None:
    paths = {route.path for route in routes()}
    assert {"/", "/tim-truong", "/nop-ho-so/kiem-tra", "/tra-cuu", "/can-bo", "/minh-hoa/hop-thu"} <= paths
    assert len(paths) > 30


@pytest.mark.parametrize(
    "route", routes(), ids=lambda route: f"{'/'.join(sorted(route.methods))} {route.path}"
)
def test_every_route_declares_exactly_one_audience(route: APIRoute) -> None:
    assert len(audiences(route.dependant)) == 1


@pytest.mark.parametrize(
    ("prefix", "audience"), [("/can-bo", Audience.OFFICER), ("/nop-ho-so", Audience.FAMILY)]
)
def test_private_addresses_are_private(prefix: str, audience: Audience) -> None:
    open_doors = {
        "/can-bo/dang-nhap", "/nop-ho-so", "/nop-ho-so/con", "/nop-ho-so/da-thoat",
    }  # fmt: skip
    for route in routes():
        if route.path.startswith(prefix) and route.path not in open_doors:
            assert audiences(route.dependant) == {audience}, route.path


def filled(path: str) -> str:
    """Return an address for a route's path."""
    return re.sub(r"\{[^}]+\}", "1", path)


@pytest.mark.parametrize("path", sorted({route.path for route in routes() if "POST" in route.methods}))
def test_nothing_is_changed_without_a_token(client: TestClient, path: str) -> None:
    assert client.post(filled(path), data={"csrf": "00" * 64}).status_code == 403


@pytest.mark.parametrize(
    "path",
    sorted({
        route.path for route in routes() if "GET" in route.methods and audiences(route.dependant) == {Audience.OFFICER}
    }),
)  # fmt: skip
def test_officers_pages_ask_a_stranger_to_sign_in(client: TestClient, path: str) -> None:
    answer = client.get(filled(path) + "?a=1&b=2", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/can-bo/dang-nhap")


@pytest.mark.parametrize(
    "path",
    sorted({
        route.path for route in routes() if "GET" in route.methods and audiences(route.dependant) == {Audience.FAMILY}
    }),
)  # fmt: skip
def test_pages_of_the_form_lead_a_stranger_to_its_start(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/nop-ho-so?")


def test_the_mailbox_of_the_demo_is_absent_elsewhere() -> None:
    application = create_app(Settings(environment="development"))
    assert not any(
        route.path.startswith("/minh-hoa")
        for route in _flat(application.routes)
        if isinstance(route, APIRoute)
    )

"""Built assets: light enough for a slow phone, our own type and colours, nothing fetched from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from data.settings import ROOT

STATIC = ROOT / "web" / "static"
LIMIT_BYTES = 60 * 1024


def built(name: str) -> Path:
    """Return a built file, or skip loudly where the assets were not built."""
    path = STATIC / name
    if not path.is_file():
        pytest.skip(f"ASSETS NOT BUILT: {name} is missing; run npm ci and npm run build in web/")
    return path


@pytest.mark.parametrize("path", ["/", "/tim-truong", "/nop-ho-so", "/tra-cuu"])
def test_a_first_visit_weighs_less_than_sixty_kilobytes_without_fonts(client: TestClient, path: str) -> None:
    built("css/main.css")
    page = client.get(path).text
    assets = re.findall(r'(?:href|src)="/static/((?:css|js|img)/[^"?]+)', page)
    assert "css/main.css" in assets
    assert "js/site.mjs" in assets
    weight = len(gzip.compress(page.encode())) + sum(
        len(gzip.compress(built(name).read_bytes())) for name in assets
    )
    assert weight < LIMIT_BYTES


@pytest.mark.parametrize("sheet", ["main.css", "map.css", "office.css"])
def test_the_style_sheets_take_nothing_from_elsewhere(sheet: str) -> None:
    text = built(f"css/{sheet}").read_text()
    assert "GDS Transport" not in text
    assert "crown" not in text
    assert not re.search(r"url\([\"']?(?:https?:)?//", text)
    for path in re.findall(r"url\([\"']?(/static/[^\"')]+)", text):
        assert (STATIC / path.removeprefix("/static/")).is_file(), path


def test_every_static_file_that_a_template_names_is_there() -> None:
    named = set()
    for template in (ROOT / "web" / "templates").rglob("*.html"):
        named |= set(re.findall(r"static_url\('([^']+)'\)", template.read_text(encoding="utf-8")))
    assert named
    for name in sorted(named):
        assert built(name).is_file()


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens() -> dict[str, str]:
    """Return the colour tokens by name."""
    text = (ROOT / "web" / "styles" / "_tokens.scss").read_text()
    return dict(re.findall(r"\$([\w-]+): (#[0-9a-f]{6});", text))


@pytest.mark.parametrize("name", ["ink", "muted", "brand", "brand-dark", "good", "warn", "bad"])
@pytest.mark.parametrize("ground", ["paper", "ground"])
def test_every_text_colour_can_be_read_on_every_ground(name: str, ground: str) -> None:
    assert contrast(tokens()[name], tokens()[ground]) >= 4.5


@pytest.mark.parametrize("ground", ["good-tint", "warn-tint", "bad-tint", "brand-tint", "focus"])
def test_ink_can_be_read_on_every_tint(ground: str) -> None:
    assert contrast(tokens()["ink"], tokens()[ground]) >= 4.5


def test_colours_are_written_once() -> None:
    for sheet in (ROOT / "web" / "styles").glob("*.scss"):
        if sheet.name == "_tokens.scss":
            continue
        used = set(re.findall(r"#[0-9a-f]{6}\b", sheet.read_text()))
        assert not used & set(tokens().values()), f"{sheet.name} repeats a token"

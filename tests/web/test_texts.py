"""Every text that a visitor reads goes through gettext and is found by the extraction."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from data.settings import ROOT

TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))
NAMES = {"Đúng Tuyến", "Quần đảo", "Hoàng Sa", "Trường Sa", "(Việt Nam)", "✓", "✓ "}
"""Proper names and signs, the same in every language."""


def plain_text(template: Path) -> str:
    """Return what stands in a template outside tags, expressions, statements and comments."""
    text = template.read_text(encoding="utf-8")
    for pattern in (r"\{#.*?#\}", r"\{%.*?%\}", r"\{\{.*?\}\}", r"<!--.*?-->", r"<[^>]*>", r"&\w+;"):
        text = re.sub(pattern, "\n", text, flags=re.DOTALL)
    return text


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "web" / "templates"))
)
def test_a_template_holds_no_words_outside_gettext(template: Path) -> None:
    words = {line.strip(" -·,.:;–…") for line in plain_text(template).splitlines()}
    # Vietnamese shows itself by its letters; addresses and class names between blocks are plain ASCII.
    assert {word for word in words if not word.isascii()} <= NAMES


def test_labels_in_attributes_go_through_gettext() -> None:
    for template in TEMPLATES:
        for value in re.findall(
            r'(?:aria-label|title|alt|placeholder)="([^"]*)"', template.read_text(encoding="utf-8")
        ):
            assert "{{" in value, f"{template.name}: {value}"


def test_the_extraction_finds_texts_of_templates_and_of_code() -> None:
    with (ROOT / "web" / "babel.cfg").open() as file:
        method_map, options = parse_mapping_cfg(file)
    found = {message for _, _, message, _, _ in extract_from_dir(ROOT / "web", method_map, options)}
    assert "Tìm trường gần nhà" in found
    assert "Ngày sinh" in found
    assert "%(count)s giờ" in found
    assert len(found) > 300


def test_no_page_speaks_of_a_wish_in_two_words() -> None:
    """One word per idea: what families and officers meet has one name on all pages."""
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8").lower()
        assert "học sinh" not in re.sub(r"mã học sinh", "", text), template.name
        assert "đơn đăng ký" not in text, template.name

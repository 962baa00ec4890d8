"""Texts in the reader's language. Vietnamese is the source; catalogues are gettext ``.po`` files in ``locales``.

One catalogue serves pages, messages and reasons, so that a term is translated once. ``web`` sets the language of
a request with ``use_language``; jobs and commands speak Vietnamese unless told otherwise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
SOURCE_LANGUAGE = "vi"

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


@cache
def _catalogue(language: str) -> dict[str, str]:
    path = LOCALES / f"{language}.po"
    if language == SOURCE_LANGUAGE or not path.exists():
        return {}
    with path.open("rb") as file:
        entries = read_po(file, locale=language)
    return {
        str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string and not entry.fuzzy
    }


def available_languages() -> list[str]:
    """Return the language codes that can be chosen, the source first."""
    return [SOURCE_LANGUAGE, *sorted(path.stem for path in LOCALES.glob("*.po"))]


def current_language() -> str:
    """Return the language code in force."""
    return _language.get()


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Speak ``language`` inside the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def gettext(message: str) -> str:
    """Return ``message`` (Vietnamese) in the language in force; untranslated messages stay Vietnamese."""
    return _catalogue(_language.get()).get(message, message)


_ = gettext

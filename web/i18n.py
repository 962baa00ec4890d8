"""The language of a request. Texts are written in Vietnamese inside ``_()``; catalogues are those of ``admissions``.

One catalogue serves pages, messages and reasons (``admissions/i18n.py``), so a term is translated once.
"""

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from admissions import i18n

SOURCE_LANGUAGE = i18n.SOURCE_LANGUAGE


def gettext(message: str, **values: object) -> str:
    """Return ``message`` in the language of the request, with ``%(name)s`` filled from ``values``."""
    text = i18n.gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the text for a count. Vietnamese has one form for all counts, so the source writes both alike."""
    return i18n.gettext(singular if n == 1 else plural)


_ = gettext


def choose_language(wanted: str | None, accepted: str, available: list[str]) -> str:
    """Return the language to use: the one asked for, else the first accepted one that exists, else Vietnamese."""
    if wanted in available:
        return str(wanted)
    for part in accepted.split(","):
        language = part.split(";")[0].strip().split("-")[0].lower()
        if language in available:
            return language
    return SOURCE_LANGUAGE


class RequestLanguage:
    """ASGI layer that takes the language of a request before anything is written in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in its language: ``?lang=``, else what the browser accepts, else Vietnamese."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = QueryParams(scope.get("query_string", b"")).get("lang")
        accepted = Headers(scope=scope).get("accept-language", "")
        with i18n.use_language(choose_language(wanted, accepted, i18n.available_languages())):
            await self.app(scope, receive, send)

"""How a page is made: the Jinja environment, what every template may use, and the response around it."""

import hashlib
import json
from functools import cache
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admissions.i18n import available_languages, current_language
from web import cookies, formats, i18n, words
from web.csrf import csrf_token
from web.route_words import route_steps

STATIC = Path(__file__).parent / "static"


@cache
def _fingerprint(path: str) -> str:
    """Return eight hex digits of the file's content, or ``absent`` before the assets were built."""
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8] if file.is_file() else "absent"


def static_url(path: str) -> str:
    """Return the address of a static file; it changes with the content, so browsers may keep it for ever."""
    return f"/static/{path}?v={_fingerprint(path)}"


def json_block(value: object) -> Markup:
    """Return ``value`` as JSON that may stand inside a script element of type application/json."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


@cache
def environment() -> Environment:
    """Return the one template environment. An undefined value is an error, never an empty string."""
    env = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=False)  # type: ignore[attr-defined]
    env.globals.update(static_url=static_url, json_block=json_block, _=i18n.gettext, ngettext=i18n.ngettext)
    for name in (
        "number", "percent", "day", "clock_time", "moment", "short_moment", "weekday", "long_day", "deadline",
        "duration", "school_year", "profile_words",
    ):  # fmt: skip
        env.filters[name] = getattr(formats, name)
    env.globals.update(
        travel=formats.travel,
        days_left=formats.days_left,
        saved=formats.saved,
        telephone=formats.telephone,
        metres=formats.length,
    )
    for sentence in (
        words.cutoff_words, words.line_words, words.basis_words, words.travel_words, words.detour_words,
        words.residence_words, words.address_words, words.state_words, words.run_state_words, words.mechanism_words,
        route_steps,
    ):  # fmt: skip
        env.globals[sentence.__name__] = sentence
    return env


def render(request: Request, template: str, **values: object) -> str:
    """Return the text of a page. Templates see the request, settings, the present instant and ``values``."""
    state = request.app.state
    return (
        environment()
        .get_template(template)
        .render(
            request=request,
            settings=state.settings,
            now=state.clock(),
            path=request.url.path,
            language=current_language(),
            languages=available_languages(),
            officer=getattr(request.state, "officer", None),
            csrf_token=lambda: csrf_token(request),
            **values,
        )
    )


def page(
    request: Request, template: str, *, status: int = 200, private: bool = True, **values: object
) -> Response:
    """Return a page as a response. ``private`` pages are never kept by a browser or a cache on the way."""
    response = HTMLResponse(render(request, template, **values), status_code=status)
    response.headers["Cache-Control"] = "no-store" if private else "no-cache"
    return keep_visit(request, response)


def keep_visit(request: Request, response: Response) -> Response:
    """Hand the visitor the cookie that the form tokens on the page are tied to, when it is new."""
    new_visit = getattr(request.state, "new_visit", None)
    if new_visit:
        cookies.write(request, response, cookies.VISIT, new_visit)
    return response


def see_other(address: str) -> RedirectResponse:
    """Return the answer to a form that was taken: go and look at ``address``."""
    return RedirectResponse(address, status_code=303)

"""Forged requests are refused twice over: by where the browser says the request comes from, and by a token.

The token in a form is a signature, under the installation's key, of the visit cookie and of the session cookies,
so it changes when somebody signs in. It is masked anew on every page, because pages are compressed and a constant
secret beside typed text could be guessed from their lengths.
"""

import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request

from data.vault import get_vault
from web import cookies

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"


class ForgedRequest(Exception):
    """The request does not come from one of our own pages, or the page is too old."""


def _visit(request: Request) -> str:
    """Return the value of the visit cookie, choosing one for the response when the visitor has none."""
    present = cookies.read(request, cookies.VISIT)
    if present:
        return present
    if not hasattr(request.state, "new_visit"):
        request.state.new_visit = secrets.token_hex(16)
    return request.state.new_visit


def _signature(request: Request, visit: str) -> bytes:
    sessions = [cookies.read(request, name) or "" for name in (cookies.OFFICER, cookies.FORM)]
    signed = get_vault(request.app.state.settings).sign("csrf", "\0".join([visit, *sessions]))
    return bytes.fromhex(signed)


def csrf_token(request: Request) -> str:
    """Return a fresh masked token for a form on the page that answers ``request``."""
    secret = _signature(request, _visit(request))
    mask = secrets.token_bytes(len(secret))
    return (mask + bytes(a ^ b for a, b in zip(mask, secret, strict=True))).hex()


def _unmask(token: str) -> bytes:
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        return b""
    half = len(raw) // 2
    return bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=False))


def check_origin(request: Request) -> None:
    """Refuse a request that the browser itself marks as coming from elsewhere.

    Raises:
        ForgedRequest: ``Sec-Fetch-Site`` or ``Origin`` names another site.
    """
    site = request.headers.get("sec-fetch-site")
    if site == "same-origin":
        return
    if site not in (None, "none"):
        raise ForgedRequest("cross-site request")
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = {request.headers.get("host", ""), urlsplit(request.app.state.settings.public_url).netloc}
    if urlsplit(origin).netloc not in own:
        raise ForgedRequest("foreign origin")


def check_token(request: Request, token: str) -> None:
    """Refuse a form whose token was not made for this visit and these sessions.

    Raises:
        ForgedRequest: no visit cookie, or the token does not fit.
    """
    visit = cookies.read(request, cookies.VISIT)
    if not visit or not hmac.compare_digest(_unmask(token), _signature(request, visit)):
        raise ForgedRequest("token does not fit")

"""The cookies of the site: few, HttpOnly, SameSite=Lax, and under ``__Host-`` wherever the site is served by https."""

from fastapi import Request
from starlette.responses import Response

from data.settings import Settings
from data.vault import VaultError, get_vault

VISIT = "visit"
"""Random, names nobody: what form tokens are tied to."""
FORM = "form"
"""Token of a family's form session."""
OFFICER = "officer"
"""Token of an officer's session."""
RESULT = "result"
"""The last look-up (application code and birth date), encrypted: a reload of the result page asks nothing again."""


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


def full_name(settings: Settings, name: str) -> str:
    """Return the name under which the browser keeps the cookie."""
    return f"__Host-{name}" if _is_secure(settings) else f"dungtuyen-{name}"


def read(request: Request, name: str) -> str | None:
    """Return the cookie's value, or None."""
    return request.cookies.get(full_name(request.app.state.settings, name))


def write(
    request: Request, response: Response, name: str, value: str, *, max_age_s: int | None = None
) -> None:
    """Set a cookie; without ``max_age_s`` it ends with the browser session."""
    settings = request.app.state.settings
    response.set_cookie(
        full_name(settings, name), value, max_age=max_age_s, path="/",
        secure=_is_secure(settings), httponly=True, samesite="lax",
    )  # fmt: skip


def clear(request: Request, response: Response, name: str) -> None:
    """Make the browser forget a cookie."""
    settings = request.app.state.settings
    response.delete_cookie(
        full_name(settings, name), path="/", secure=_is_secure(settings), httponly=True, samesite="lax"
    )


def write_sealed(request: Request, response: Response, name: str, value: str, *, max_age_s: int) -> None:
    """Set a cookie that only this installation can read, and only under this name."""
    sealed = get_vault(request.app.state.settings).encrypt(f"cookie {name}\0{value}").hex()
    write(request, response, name, sealed, max_age_s=max_age_s)


def read_sealed(request: Request, name: str) -> str | None:
    """Return what ``write_sealed`` was given, or None when absent, altered, or made by another installation."""
    sealed = read(request, name)
    if not sealed:
        return None
    try:
        purpose, _, value = (
            get_vault(request.app.state.settings).decrypt(bytes.fromhex(sealed)).partition("\0")
        )
    except (ValueError, VaultError):
        return None
    return value if purpose == f"cookie {name}" else None

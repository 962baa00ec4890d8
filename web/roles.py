"""Who a route is for. Every route declares exactly one audience; a test walks the routes and counts."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request

from admissions.errors import NotPermitted, SessionExpired
from admissions.officers import service
from admissions.officers.service import SignedInOfficer
from admissions.officers.tables import Role
from web import cookies
from web.dependencies import Now, SessionDep
from web.errors import SignInNeeded, StartNeeded
from web.i18n import gettext as _


class Audience(StrEnum):
    """For whom a route answers."""

    PUBLIC = "public"
    FAMILY = "family"
    OFFICER = "officer"


def declares(audience: Audience) -> Callable[[Any], Any]:
    """Return a decorator that marks a dependency as the declaration of ``audience``."""

    def mark(dependency: Any) -> Any:
        dependency.audience = audience
        return dependency

    return mark


@declares(Audience.PUBLIC)
def public() -> None:
    """Declare that anybody may ask."""


def get_officer(request: Request, session: SessionDep, now: Now) -> SignedInOfficer:
    """Return who is signed in.

    Raises:
        SignInNeeded: nobody, or the session ran out; the visitor is sent to sign in and back.
    """
    token = cookies.read(request, cookies.OFFICER)
    next_path = request.url.path if request.method == "GET" else "/can-bo"
    if not token:
        raise SignInNeeded(next_path)
    try:
        officer = service.recognise(session, token=token, now=now)
    except SessionExpired:
        raise SignInNeeded(next_path) from None
    request.state.officer = officer
    return officer


def require(*roles: Role) -> Callable[..., SignedInOfficer]:
    """Return a dependency that lets in officers of these roles only and gives who it is.

    Raises:
        NotPermitted: an officer of another role asked (from the dependency, at each request).
    """

    @declares(Audience.OFFICER)
    def officer_with_role(officer: Annotated[SignedInOfficer, Depends(get_officer)]) -> SignedInOfficer:
        if officer.role not in roles:
            raise NotPermitted(_("Việc này cần quyền khác với quyền của tài khoản anh/chị đang dùng."))
        return officer

    return officer_with_role


any_officer = require(*Role)
runner = require(Role.COMMUNE_OFFICER, Role.PROVINCE_OFFICER)
approver = require(Role.COMMUNE_HEAD, Role.PROVINCE_HEAD)

OfficerDep = Annotated[SignedInOfficer, Depends(any_officer)]
RunnerDep = Annotated[SignedInOfficer, Depends(runner)]
ApproverDep = Annotated[SignedInOfficer, Depends(approver)]


@declares(Audience.FAMILY)
def get_form_token(request: Request) -> str:
    """Return the token of the family's open form; whether it is still good, the service decides.

    Raises:
        StartNeeded: there is none; the visitor is sent to the start of the form.
    """
    token = cookies.read(request, cookies.FORM)
    if not token:
        raise StartNeeded()
    return token


FormToken = Annotated[str, Depends(get_form_token)]

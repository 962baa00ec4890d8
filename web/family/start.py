"""The way into the application form: which round, which child, and the list of steps."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.codes import RandomCodes
from admissions.errors import NotFound, SessionExpired
from admissions.rounds.service import RoundCard, list_public_rounds
from data.vault import get_vault
from web import cookies
from web.dependencies import ClientKey, Now, SessionDep, SettingsDep
from web.family.steps import FormDep, steps_of
from web.forms import Form, read_day
from web.forms import FormDep as TypedDep
from web.i18n import gettext as _
from web.pages import page, see_other
from web.roles import FormToken, get_form_token, public

router = APIRouter()
OPEN = [Depends(public)]
FAMILY = [Depends(get_form_token)]


@router.get("/nop-ho-so", dependencies=OPEN)
def choose_round(request: Request, session: SessionDep, settings: SettingsDep, now: Now) -> Response:
    """Say what is needed and offer the open rounds; a form that is still open can be gone on with."""
    rounds = list_public_rounds(session, now=now)
    wanted = request.query_params.get("dot")
    going_on = None
    token = cookies.read(request, cookies.FORM)
    if token:
        try:
            going_on = applications.get_form(session, token=token, vault=get_vault(settings), now=now)
        except SessionExpired:
            going_on = None
    return page(
        request, "family/start.html", rounds=[card for card in rounds if card.is_open], wanted=wanted,
        upcoming=[card for card in rounds if now < card.opens_at], going_on=going_on,
        expired="het-phien" in request.query_params,
    )  # fmt: skip


def _open_round(session: Any, code: str, now: Any) -> RoundCard | None:
    return next(
        (card for card in list_public_rounds(session, now=now) if card.code == code and card.is_open), None
    )


@router.get("/nop-ho-so/con", dependencies=OPEN)
def ask_child(request: Request, session: SessionDep, now: Now) -> Response:
    """Ask for student code, birth date and the telephone number that the school has on file."""
    card = _open_round(session, request.query_params.get("dot", ""), now)
    if card is None:
        return see_other("/nop-ho-so")
    return page(request, "family/child.html", card=card, typed={}, errors={})


@router.post("/nop-ho-so/con", dependencies=OPEN)
def open_form(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: Now,
    client_key: ClientKey,
    form: TypedDep,
) -> Response:
    """Open the child's form, new or saved earlier, when the three facts belong together."""
    card = _open_round(session, form["dot"], now)
    if card is None:
        return see_other("/nop-ho-so")
    errors = _missing(form)
    birth_on = read_day(form, "birth_on", errors, label=_("Ngày sinh"))
    if not errors and birth_on is not None:
        try:
            token = applications.start_application(
                session, round_id=card.id, student_code=form["student_code"], birth_on=birth_on, phone=form["phone"],
                client_key=client_key, codes=RandomCodes(), vault=get_vault(settings), now=now,
            )  # fmt: skip
        except NotFound:
            errors["student_code"] = _(
                "Mã học sinh, ngày sinh và số điện thoại này chưa khớp với nhau. Anh/chị xem lại cả ba. "
                "Nếu đã đúng mà vẫn gặp lỗi, hãy gọi %(hotline)s hoặc hỏi trường con đang học.",
                hotline=settings.hotline,
            )
        else:
            response = see_other("/nop-ho-so/viec")
            cookies.write(request, response, cookies.FORM, token)
            return response
    return page(request, "family/child.html", status=400, card=card, typed=form.values(), errors=errors)


def _missing(form: Form) -> dict[str, str]:
    errors = {}
    if not form["student_code"]:
        errors["student_code"] = _(
            "Anh/chị ghi mã học sinh của con, gồm 10 chữ số. Mã có trên giấy trường con đang học phát."
        )
    if not form["phone"]:
        errors["phone"] = _("Anh/chị ghi số điện thoại đã báo cho trường con đang học.")
    return errors


@router.get("/nop-ho-so/viec", dependencies=FAMILY)
def show_steps(request: Request, form: FormDep) -> Response:
    """List the steps with what is done and which one is next."""
    return page(request, "family/steps.html", form=form, steps=steps_of(form))


@router.post("/nop-ho-so/thoat", dependencies=FAMILY)
def leave(request: Request, session: SessionDep, token: FormToken) -> Response:
    """Close the form on this device; what was saved stays saved."""
    applications.close_form(session, token=token)
    response = see_other("/nop-ho-so/da-thoat")
    cookies.clear(request, response, cookies.FORM)
    return response


@router.get("/nop-ho-so/da-thoat", dependencies=OPEN)
def left(request: Request) -> Response:
    """Say that the form is closed on this device and how to come back."""
    return page(request, "family/left.html")

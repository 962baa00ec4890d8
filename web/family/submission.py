"""Step four: read everything once more, declare, submit, and keep the receipt."""

import io
import secrets

import segno
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.errors import InvalidInput
from data.vault import get_vault
from web.dependencies import Now, SessionDep, SettingsDep
from web.family.steps import FormDep, first_gap
from web.forms import FormDep as TypedDep
from web.pages import page, see_other
from web.roles import FormToken, get_form_token

router = APIRouter(dependencies=[Depends(get_form_token)])

HERE = "/nop-ho-so/kiem-tra"


@router.get(HERE)
def show(request: Request, form: FormDep) -> Response:
    """Show all answers with a way to change each. The declaration is never ticked beforehand."""
    gap = first_gap(form, HERE)
    if gap:
        return see_other(gap)
    return page(request, "family/check.html", form=form, errors={}, key=secrets.token_hex(16))


@router.post(HERE)
def submit(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    token: FormToken,
    now: Now,
    form: FormDep,
    typed: TypedDep,
) -> Response:
    """Submit once, however often the button was pressed: the key of the page makes it one."""
    key = typed["key"] or secrets.token_hex(16)
    try:
        applications.submit(
            session, token=token, declared=typed["declared"] == "yes", idempotency_key=key,
            public_url=settings.public_url, now=now,
        )  # fmt: skip
    except InvalidInput as wrong:
        gap = first_gap(form, HERE)
        if gap:
            return see_other(gap)
        return page(request, "family/check.html", status=400, form=form, errors=wrong.field_errors, key=key)
    return see_other("/nop-ho-so/bien-nhan")


@router.get("/nop-ho-so/bien-nhan")
def receipt(
    request: Request, session: SessionDep, settings: SettingsDep, token: FormToken, now: Now, form: FormDep
) -> Response:
    """Show the receipt, to be printed or photographed."""
    if form.submitted_at is None:
        return see_other("/nop-ho-so/viec")
    shown = applications.get_receipt(session, token=token, vault=get_vault(settings), now=now)
    # The code stands after the '#': browsers keep that part to themselves, so no server log ever holds it.
    address = f"{settings.public_url}/tra-cuu#{shown.code}"
    return page(request, "family/receipt.html", receipt=shown, form=form, qr=qr_picture(address))


def qr_picture(text: str) -> Markup:
    """Return a QR code as an inline SVG picture, dark on white."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, scale=4, border=2, dark="#000", light="#fff",
        svgclass="dt-qr", lineclass=None, omitsize=False,
    )  # fmt: skip
    return Markup(out.getvalue().decode())

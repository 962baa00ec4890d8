"""Step one: the child's record, and who answers for the child."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.applications.form_rules import RELATIONS, Contact
from admissions.errors import InvalidInput
from data.vault import get_vault
from web.dependencies import Now, SessionDep, SettingsDep
from web.family.steps import FormDep
from web.forms import FormDep as TypedDep
from web.pages import page, see_other
from web.roles import FormToken, get_form_token

router = APIRouter(dependencies=[Depends(get_form_token)])

FIELDS = ("full_name", "relation", "phone", "email")


@router.get("/nop-ho-so/lien-he")
def show(request: Request, form: FormDep) -> Response:
    """Show the record and the contact saved so far."""
    typed = {
        "full_name": form.guardian_name or "",
        "relation": form.relation or "",
        "phone": form.phone or "",
        "email": form.email or "",
    }
    return page(request, "family/contact.html", form=form, typed=typed, errors={}, relations=RELATIONS)


@router.post("/nop-ho-so/lien-he")
def save(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    token: FormToken,
    now: Now,
    form: FormDep,
    typed: TypedDep,
) -> Response:
    """Save the contact and go on to the home."""
    contact = Contact(*(typed[name] for name in FIELDS))
    try:
        applications.save_contact(session, token=token, contact=contact, vault=get_vault(settings), now=now)
    except InvalidInput as wrong:
        return page(
            request, "family/contact.html", status=400, form=form, typed={name: typed[name] for name in FIELDS},
            errors=wrong.field_errors, relations=RELATIONS,
        )  # fmt: skip
    return see_other("/nop-ho-so/kiem-tra" if typed["ve"] == "kiem-tra" else "/nop-ho-so/noi-o")

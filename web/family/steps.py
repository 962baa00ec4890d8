"""The steps of the form, in order. The server decides which may be opened: a later one leads back to the first gap."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from admissions.applications import service as applications
from admissions.applications.views import ApplicationForm
from data.vault import get_vault
from web.dependencies import Now, SessionDep, SettingsDep
from web.i18n import gettext as _
from web.roles import FormToken


@dataclass(frozen=True)
class Step:
    """One step as the list shows it."""

    path: str
    title: str
    done: bool
    open: bool


def get_form(session: SessionDep, settings: SettingsDep, token: FormToken, now: Now) -> ApplicationForm:
    """Return the family's open form.

    Raises:
        SessionExpired: the session is over; the family starts again and finds everything saved.
    """
    return applications.get_form(session, token=token, vault=get_vault(settings), now=now)


FormDep = Annotated[ApplicationForm, Depends(get_form)]


def steps_of(form: ApplicationForm) -> list[Step]:
    """Return the steps; one is open when all before it are done."""
    planned = [
        ("/nop-ho-so/lien-he", _("Xem thông tin của con và người liên hệ"), form.contact_done),
        ("/nop-ho-so/noi-o", _("Xác nhận nơi ở"), form.home_done),
        ("/nop-ho-so/nguyen-vong", _("Chọn và xếp thứ tự trường"), form.schools_done),
        ("/nop-ho-so/kiem-tra", _("Kiểm tra lại và nộp"), form.submitted_at is not None),
    ]
    steps = []
    open_so_far = True
    for path, title, done in planned:
        steps.append(Step(path, title, done, open_so_far))
        open_so_far = open_so_far and done
    return steps


def first_gap(form: ApplicationForm, before: str) -> str | None:
    """Return the path of the first step before ``before`` that is not done, or None."""
    for step in steps_of(form):
        if step.path == before:
            return None
        if not step.done:
            return step.path
    return None

"""Pages of the demo alone: the mailbox in which messages to invented families end up. Absent anywhere else."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from admissions.notifications.service import list_mailbox
from data.vault import get_vault
from web.dependencies import SessionDep, SettingsDep
from web.pages import page
from web.roles import public

router = APIRouter(prefix="/minh-hoa", dependencies=[Depends(public)])

PAGE_SIZE = 30


@router.get("/hop-thu")
def mailbox(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    before: Annotated[int | None, Query(alias="truoc", ge=1)] = None,
) -> Response:
    """Show the messages, the newest first."""
    rows = list_mailbox(session, vault=get_vault(settings), before=before, limit=PAGE_SIZE + 1)
    return page(
        request, "demo/mailbox.html", rows=rows[:PAGE_SIZE],
        next_before=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
    )  # fmt: skip

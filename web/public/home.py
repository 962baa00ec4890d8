"""The start page: which rounds there are and what to do today."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.rounds.service import list_public_rounds
from web.dependencies import Now, SessionDep
from web.pages import page
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])


@router.get("/")
def start(request: Request, session: SessionDep, now: Now) -> Response:
    """Show each announced round with its dates and the one next step: open rounds first, then the newest."""
    rounds = sorted(
        list_public_rounds(session, now=now),
        key=lambda card: (not card.is_open, -card.school_year, not card.is_published, card.level),
    )
    newest = max((card.school_year for card in rounds), default=None)
    return page(
        request, "public/home.html", private=False,
        current=[card for card in rounds if card.school_year == newest],
        earlier=[card for card in rounds if card.school_year != newest],
    )  # fmt: skip

"""How seats are decided, told to families in a few steps."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.rounds.service import list_public_rounds
from web.dependencies import Now, SessionDep
from web.pages import page
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])


@router.get("/cach-xep-cho")
def rules(request: Request, session: SessionDep, now: Now) -> Response:
    """Explain the order of priority, the travel time, the lottery and how to check the outcome."""
    return page(request, "public/rules.html", private=False, rounds=list_public_rounds(session, now=now))

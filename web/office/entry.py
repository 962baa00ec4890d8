"""Signing in and out, and the start page of an officer: what needs somebody today."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from admissions.allocation_runs import service as runs
from admissions.allocation_runs.rules import RunState
from admissions.allocation_runs.views import RunRow
from admissions.applications import service as applications
from admissions.applications.rules import State
from admissions.errors import SignInFailed
from admissions.officers import service as officers
from admissions.rounds.service import RoundCard, list_public_rounds
from web import cookies
from web.dependencies import ClientKey, Now, SessionDep, SettingsDep
from web.forms import FormDep
from web.i18n import gettext as _
from web.pages import page, see_other
from web.roles import OfficerDep, any_officer, public

router = APIRouter()

START = "/can-bo"


def _safe_next(path: str) -> str:
    """Return where to go after signing in: only our own officers' pages."""
    ours = path == START or path.startswith(f"{START}/")
    return path if ours and "//" not in path and "\\" not in path else START


@router.get("/can-bo/dang-nhap", dependencies=[Depends(public)])
def ask(request: Request, tiep: Annotated[str, Query(max_length=200)] = START) -> Response:
    """Ask for name and password."""
    return page(request, "office/sign_in.html", typed={}, errors={}, next_path=_safe_next(tiep))


@router.post("/can-bo/dang-nhap", dependencies=[Depends(public)])
def sign_in(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: Now,
    client_key: ClientKey,
    form: FormDep,
) -> Response:
    """Open a session with a fresh token, or say that name and password do not fit, without saying which."""
    next_path = _safe_next(form["tiep"])
    try:
        token = officers.sign_in(
            session, username=form["username"], password=form["password"], now=now, client_key=client_key,
            production=settings.environment == "production",
        )  # fmt: skip
    except SignInFailed:
        errors = {
            "username": _("Tên đăng nhập hoặc mật khẩu chưa đúng. Quên mật khẩu thì báo quản trị của đơn vị.")
        }
        typed = {"username": form["username"]}
        return page(
            request, "office/sign_in.html", status=400, typed=typed, errors=errors, next_path=next_path
        )
    response = see_other(next_path)
    cookies.write(request, response, cookies.OFFICER, token)
    return response


@router.post("/can-bo/dang-xuat", dependencies=[Depends(any_officer)])
def sign_out(request: Request, session: SessionDep) -> Response:
    """End the session for every window."""
    officers.sign_out(session, token=cookies.read(request, cookies.OFFICER) or "")
    response = see_other("/can-bo/dang-nhap")
    cookies.clear(request, response, cookies.OFFICER)
    return response


@dataclass(frozen=True)
class RoundBoard:
    """One round as the start page shows it."""

    card: RoundCard
    counts: dict[State, int]
    runs: list[RunRow]

    @property
    def submitted(self) -> int:
        """Applications that families have handed in."""
        return sum(
            count for state, count in self.counts.items() if state not in (State.DRAFT, State.WITHDRAWN)
        )

    def runs_in(self, *states: RunState) -> list[RunRow]:
        """Return the runs in one of ``states``."""
        return [run for run in self.runs if run.state in states]


def _board(session: Any, card: RoundCard) -> RoundBoard:
    return RoundBoard(
        card,
        applications.count_applications(session, round_id=card.id),
        runs.list_runs(session, round_id=card.id),
    )


@router.get(START)
def dashboard(request: Request, session: SessionDep, now: Now, officer: OfficerDep) -> Response:
    """Show each round with its counts, and what waits for this officer."""
    boards = [_board(session, card) for card in list_public_rounds(session, now=now)]
    newest = max((board.card.school_year for board in boards), default=None)
    return page(
        request, "office/dashboard.html", RunState=RunState, State=State,
        current=[board for board in boards if board.card.school_year == newest],
        earlier=[board for board in boards if board.card.school_year != newest],
    )  # fmt: skip

"""The list of a round's applications for officers: filters that stay, pages by key, verification of homes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.applications.rules import State
from admissions.officers.service import RUNNERS
from admissions.rounds.service import get_round_card
from data.vault import get_vault
from gis.coordinates import geodesic_m
from gis.places import list_area_names
from gis.service import Point
from web.dependencies import Now, SessionDep, SettingsDep
from web.forms import FormDep
from web.office.rounds import require_readable
from web.pages import page, see_other
from web.roles import OfficerDep, RunnerDep, any_officer

router = APIRouter(dependencies=[Depends(any_officer)])

PAGE_SIZE = 50
StateFilter = Annotated[str, Query(alias="tinh-trang", max_length=20)]
CommuneFilter = Annotated[str, Query(alias="xa", max_length=10)]


@router.get("/can-bo/dot/{round_id:int}/ho-so")
def show(
    request: Request,
    session: SessionDep,
    now: Now,
    officer: OfficerDep,
    round_id: int,
    state: StateFilter = "",
    commune: CommuneFilter = "",
    after: Annotated[int, Query(alias="sau", ge=0)] = 0,
) -> Response:
    """Show fifty applications after a key; the next page starts where this one ended, whatever changed meanwhile."""
    return _list(request, session, now, officer, round_id, state=state, commune=commune, after=after)


@router.post("/can-bo/dot/{round_id:int}/ho-so")
def search(
    request: Request, session: SessionDep, now: Now, officer: OfficerDep, round_id: int, form: FormDep
) -> Response:
    """Find by name or code. A name is searched for in the body of a form, so that no address holds it."""
    return _list(
        request,
        session,
        now,
        officer,
        round_id,
        state=form["tinh-trang"],
        commune=form["xa"],
        text=form["tim"],
    )


def _list(
    request: Request,
    session: Any,
    now: Any,
    officer: Any,
    round_id: int,
    *,
    state: str,
    commune: str,
    text: str = "",
    after: int = 0,
) -> Response:
    card = get_round_card(session, round_id=round_id, now=now)
    communes = require_readable(session, officer, round_id)
    known_state = state if state in list(State) else ""
    rows = applications.list_applications(
        session, round_id=round_id, state=known_state or None, commune_code=commune or None, text=text or None,
        after=after, limit=PAGE_SIZE + 1,
    )  # fmt: skip
    more = len(rows) > PAGE_SIZE
    return page(
        request, "office/applications.html", card=card, rows=rows[:PAGE_SIZE],
        next_after=rows[PAGE_SIZE - 1].id if more else None, state=known_state, commune=commune, text=text,
        after=after, states=[state for state in State if state not in (State.DRAFT, State.WITHDRAWN)],
        communes=list_area_names(session, kind="commune", codes=communes),
        counts=applications.count_applications(session, round_id=round_id),
    )  # fmt: skip


@router.get("/can-bo/ho-so/{application_id:int}")
def show_one(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    now: Now,
    officer: OfficerDep,
    application_id: int,
) -> Response:
    """Show one application: what the family declared beside what the register says."""
    form = applications.get_application(
        session, application_id=application_id, vault=get_vault(settings), now=now
    )
    require_readable(session, officer, form.round.id)
    moved_m = None
    if form.home and form.home_on_record and form.home.changed:
        moved_m = round(geodesic_m(Point(form.home.lon, form.home.lat),
                                   Point(form.home_on_record.lon, form.home_on_record.lat)))  # fmt: skip
    return page(
        request, "office/application.html", form=form, card=form.round, moved_m=moved_m,
        may_accept=form.state is State.IN_REVIEW and officer.role in RUNNERS,
    )  # fmt: skip


@router.post("/can-bo/ho-so/{application_id:int}/xac-minh")
def accept_home(
    session: SessionDep, settings: SettingsDep, now: Now, officer: RunnerDep, application_id: int
) -> Response:
    """Take the home that the family showed as verified."""
    shown = applications.get_application(
        session, application_id=application_id, vault=get_vault(settings), now=now
    )
    require_readable(session, officer, shown.round.id)
    applications.accept_home(session, application_id=application_id, officer=officer, now=now)
    return see_other(f"/can-bo/dot/{shown.round.id}/ho-so?tinh-trang={State.IN_REVIEW}")

"""Looking up an application by code and birth date, and the page on which a family reads its result.

Code and birth date come in the body of a form and never stand in an address. After a look-up the browser keeps a
sealed cookie for half an hour, so that a reload or the way back from the map does not ask again.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.allocation_runs.sentences import SchoolReasonText
from admissions.errors import NotFound
from admissions.offers import service as offers
from admissions.offers.service import ResultPage
from gis import service as gis
from gis.errors import Unreachable
from gis.service import Point, Route
from web import cookies
from web.dependencies import ClientKey, Now, SessionDep
from web.forms import FormDep, read_day
from web.i18n import gettext as _
from web.map_data import base_map, home_pin, leg_data
from web.pages import page, see_other
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])

RESULT_LASTS_S = 30 * 60


@router.get("/tra-cuu")
def ask(request: Request) -> Response:
    """Ask for application code and birth date."""
    return page(request, "public/lookup.html", typed={}, errors={})


@router.post("/tra-cuu")
def look_up(
    request: Request, session: SessionDep, now: Now, client_key: ClientKey, form: FormDep
) -> Response:
    """Open the result, or say the same sentence for an unknown code and for a wrong birth date."""
    errors = {}
    if not form["code"]:
        errors["code"] = _("Anh/chị ghi mã hồ sơ in trên biên nhận, ví dụ 7KQ4M-XW2P9.")
    birth_on = read_day(form, "birth_on", errors, label=_("Ngày sinh"))
    if not errors and birth_on is not None:
        found = offers.find_result(
            session, code=form["code"], birth_on=birth_on, client_key=client_key, now=now
        )
        if found is not None:
            response = see_other("/ket-qua")
            cookies.write_sealed(
                request, response, cookies.RESULT, str(found.application_id), max_age_s=RESULT_LASTS_S
            )
            return response
        errors["code"] = _(
            "Không có hồ sơ nào khớp với mã và ngày sinh này. Anh/chị xem lại từng chữ trên biên nhận. "
            "Mất biên nhận thì gọi số hỗ trợ hoặc đến UBND xã."
        )
    return page(request, "public/lookup.html", status=400, typed=form.values(), errors=errors)


def _seen_result(request: Request, session: Any, now: Any) -> ResultPage | None:
    """Return the result that this browser looked up within the last half hour."""
    sealed = cookies.read_sealed(request, cookies.RESULT)
    if sealed is None:
        return None
    try:
        return offers.get_result(session, application_id=int(sealed), now=now)
    except NotFound:
        return None


@router.get("/ket-qua")
def show(request: Request, session: SessionDep, now: Now) -> Response:
    """Show school, minutes, reason and every school above with why not; before publication, where the file stands."""
    result = _seen_result(request, session, now)
    if result is None:
        return see_other("/tra-cuu")
    if result.published_at is None:
        return page(request, "public/progress.html", result=result)
    considered, below = split_at_result(result.schools)
    return page(request, "public/result.html", result=result, considered=considered, below=below)


def split_at_result(
    schools: Sequence[SchoolReasonText],
) -> tuple[list[SchoolReasonText], list[SchoolReasonText]]:
    """Return the schools that were considered up to the result, and those the family ranked below it."""
    own = next((one.rank for one in schools if one.admitted), None)
    below = [one for one in schools if own is not None and one.rank is not None and one.rank > own]
    return [one for one in schools if one not in below], below


@router.get("/ket-qua/duong-di")
def show_way(request: Request, session: SessionDep, now: Now) -> Response:
    """Show the way from home to the school of the result, in words and on the map."""
    result = _seen_result(request, session, now)
    if result is None or result.school is None:
        return see_other("/ket-qua")
    route = _find_route(session, result)
    school = result.school
    drawn = base_map(version_id=result.round.network_version_id, around=[])
    drawn["legs"] = leg_data(route, school.travel.profile) if school.travel else []
    drawn["schools"] = [
        {"lon": school.lon, "lat": school.lat, "name": school.title, "minutes": "", "mark": "", "address": "",
         "shape": "round" if result.round.level == 1 else "square", "chosen": True}
    ]  # fmt: skip
    if result.home_lon is not None and result.home_lat is not None:
        drawn["home"] = home_pin(Point(result.home_lon, result.home_lat))
    return page(request, "public/result_way.html", result=result, route=route, drawn=drawn)


def _find_route(session: Any, result: ResultPage) -> Route | None:
    school = result.school
    if school is None or school.travel is None or result.home_location_id is None:
        return None
    try:
        return gis.route(
            session, version_id=result.round.network_version_id, profile=school.travel.profile,
            origin=result.home_location_id, destination_id=school.location_id,
        )  # fmt: skip
    except Unreachable:
        return None


@router.post("/ket-qua/dong")
def close(request: Request) -> Response:
    """Forget the result on this device."""
    response = see_other("/tra-cuu")
    cookies.clear(request, response, cookies.RESULT)
    return response

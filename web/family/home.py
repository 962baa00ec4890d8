"""Step two: where the child lives. The home on record needs one tap; another place needs a point and a reason.

What is typed about a home travels in the body of forms only, never in an address.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.applications import service as applications
from admissions.applications.views import ApplicationForm
from admissions.errors import InvalidInput
from gis.places import Place, search_places
from gis.service import Point
from web.dependencies import Now, SessionDep
from web.family.steps import FormDep, first_gap
from web.forms import Form
from web.forms import FormDep as TypedDep
from web.i18n import gettext as _
from web.map_data import base_map, home_pin
from web.pages import page, see_other
from web.public.search import nothing_found, read_point, read_typed_point
from web.roles import FormToken, get_form_token

router = APIRouter(dependencies=[Depends(get_form_token)])

HERE = "/nop-ho-so/noi-o"
NEXT = "/nop-ho-so/nguyen-vong"
PLACES = 15


@router.get(HERE)
def show(request: Request, form: FormDep) -> Response:
    """Show the home on record and ask whether the child lives there."""
    gap = first_gap(form, HERE)
    if gap:
        return see_other(gap)
    chosen = "" if form.home is None else ("khac" if form.home.changed else "dung")
    return page(request, "family/home.html", form=form, chosen=chosen, errors={})


@router.post(HERE)
def confirm(
    request: Request, session: SessionDep, token: FormToken, now: Now, form: FormDep, typed: TypedDep
) -> Response:
    """Keep the home on record, or go on to show another place."""
    if typed["home"] == "khac":
        return see_other(f"{HERE}/khac")
    errors = {"home": _("Anh/chị chọn một trong hai câu trả lời.")}
    if typed["home"] == "dung":
        try:
            applications.keep_home_on_record(session, token=token, now=now)
        except InvalidInput as wrong:
            errors = wrong.field_errors
        else:
            return see_other(NEXT)
    return page(request, "family/home.html", status=400, form=form, chosen=typed["home"], errors=errors)


@router.get(f"{HERE}/khac")
def show_elsewhere(request: Request, form: FormDep) -> Response:
    """Ask for the name of the place, without JavaScript; the map is a tap away."""
    return _elsewhere(request, form, {"note": (form.home.note if form.home else "") or ""}, (), {})


def _elsewhere(
    request: Request,
    form: ApplicationForm,
    typed: dict[str, str],
    places: Sequence[Place],
    errors: dict[str, str],
) -> Response:
    return page(
        request, "family/home_elsewhere.html", status=400 if errors else 200, form=form, typed=typed, places=places,
        errors=errors,
    )  # fmt: skip


@router.post(f"{HERE}/khac")
def choose_elsewhere(
    request: Request, session: SessionDep, token: FormToken, now: Now, form: FormDep, typed: TypedDep
) -> Response:
    """Look a place up by name, or save the place that was chosen with the reason why it differs from the record."""
    errors: dict[str, str] = {}
    point = read_typed_point(typed["home"])
    if typed["viec"] == "luu" and point is not None:
        try:
            applications.move_home(session, token=token, point=point, note=typed["note"], now=now)
            return see_other(NEXT)
        except InvalidInput as wrong:
            errors = wrong.field_errors
    places = _search(session, form, typed, errors)
    if typed["viec"] == "luu" and point is None and not errors:
        errors["home"] = _("Anh/chị chọn một nơi trong danh sách.")
    return _elsewhere(request, form, typed.values(), places, errors)


def _search(
    session: SessionDep, form: ApplicationForm, typed: Form, errors: dict[str, str]
) -> Sequence[Place]:
    """Return the places of the typed name; none at all is said beside the field."""
    if len(typed["noi"]) < 2:
        errors.setdefault("noi", _("Anh/chị gõ tên ấp, khu phố, đường hoặc xã nơi con ở."))
        return ()
    places = search_places(
        session, version_id=form.round.network_version_id, query=typed["noi"], limit=PLACES
    )
    if not places:
        errors.setdefault("noi", nothing_found(typed["noi"]))
    return places


@router.get(f"{HERE}/ban-do")
def show_map(request: Request, form: FormDep) -> Response:
    """Show a map on which the pin can be put."""
    return _map_page(request, form, {"note": (form.home.note if form.home else "") or ""}, {})


def _map_page(
    request: Request, form: ApplicationForm, typed: dict[str, str], errors: dict[str, str]
) -> Response:
    drawn = base_map(version_id=form.round.network_version_id, around=form.schools)
    drawn["pick"] = "chon-nha"
    start = read_point(typed.get("lat", ""), typed.get("lon", ""))
    home = form.home or form.home_on_record
    if start is None and home is not None:
        start = Point(home.lon, home.lat)
    if start is not None:
        drawn["home"] = home_pin(start)
    return page(
        request, "family/home_map.html", status=400 if errors else 200, form=form, typed=typed, errors=errors,
        drawn=drawn,
    )  # fmt: skip


@router.post(f"{HERE}/ban-do")
def choose_on_map(
    request: Request, session: SessionDep, token: FormToken, now: Now, form: FormDep, typed: TypedDep
) -> Response:
    """Save the point of the pin with the reason why it differs from the record."""
    point = read_point(typed["lat"], typed["lon"])
    errors = {"home": _("Anh/chị chạm vào chỗ nhà mình trên bản đồ.")}
    if point is not None:
        try:
            applications.move_home(session, token=token, point=point, note=typed["note"], now=now)
            return see_other(NEXT)
        except InvalidInput as wrong:
            errors = wrong.field_errors
    return _map_page(request, form, typed.values(), errors)

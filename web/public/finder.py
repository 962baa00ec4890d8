"""The school finder: from a point to a list of schools by minutes. A list first; the map is one tap away.

The point stands in the address of the page, so that it can be kept and sent on; it names nobody, it is not stored,
and request logs never hold what was asked (docs/decisions/0401-finder-point-in-the-address.md).
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from admissions.rounds.service import RoundCard, list_public_rounds
from admissions.schools import service as schools
from admissions.schools.views import Finder, SchoolChoice
from gis import service as gis
from gis.errors import Unreachable
from gis.places import Place, search_places
from gis.service import Point, Route
from web.dependencies import Now, SessionDep
from web.errors import not_found
from web.map_data import MOST_MARKS, base_map, home_pin, leg_data, school_mark
from web.pages import page, see_other
from web.public.search import LEVELS, Search, SearchDep, nothing_found
from web.roles import public

router = APIRouter(dependencies=[Depends(public)])

SHOWN = 12
MINUTES = (5, 10, 15, 30)
PLACES = 12


@router.get("/tim-truong")
def find(request: Request, session: SessionDep, now: Now, search: SearchDep) -> Response:
    """Ask where the child lives, or show the schools of a level from there by minutes."""
    card = _round_of(session, search, now)
    if search.point is None:
        return _ask_for_place(request, session, search, card)
    finder = schools.find_schools(session, level=search.level, point=search.point, now=now)
    wanted = matching(finder.schools, search)
    return page(
        request, "public/finder.html", private=False, search=search, finder=finder, wanted=wanted,
        shown=wanted if search.everything else wanted[:SHOWN], minutes=MINUTES, levels=LEVELS,
        kinds=sorted({choice.kind for choice in finder.schools}),
    )  # fmt: skip


def _round_of(session: Any, search: Search, now: Any) -> RoundCard:
    """Return the newest announced round of the level that was asked for."""
    cards = [card for card in list_public_rounds(session, now=now) if card.level == search.level]
    if not cards:
        raise not_found()
    return cards[0]


def _ask_for_place(request: Request, session: Any, search: Search, card: RoundCard) -> Response:
    """Show the question; for a typed place, the places of that name, or go straight to the only one."""
    places: Sequence[Place] = []
    errors = {}
    if search.place:
        places = search_places(session, version_id=card.network_version_id, query=search.place, limit=PLACES)
        if not places:
            errors["noi"] = nothing_found(search.place)
    if len(places) == 1:
        return see_other(search.at(places[0].point, places[0].label).address())
    return page(
        request, "public/finder_start.html", private=False, search=search, places=places, errors=errors,
        levels=LEVELS,
    )  # fmt: skip


def matching(choices: Sequence[SchoolChoice], search: Search) -> list[SchoolChoice]:
    """Return the schools that pass the filters, in the order given."""
    return [
        choice
        for choice in choices
        if (not search.kind or choice.kind == search.kind)
        and (
            search.minutes is None
            or (choice.travel is not None and choice.travel.time_s <= search.minutes * 60)
        )
    ]


@router.get("/tim-truong/ban-do")
def find_on_map(request: Request, session: SessionDep, now: Now, search: SearchDep) -> Response:
    """Show the same schools on a map on which the pin can be put; below it the list says the same."""
    card = _round_of(session, search, now)
    finder: Finder | None = None
    if search.point is None:
        shown = schools.list_round_schools(session, round_id=card.id)
    else:
        finder = schools.find_schools(session, level=search.level, point=search.point, now=now)
        shown = matching(finder.schools, search)[:SHOWN]
    drawn = base_map(version_id=card.network_version_id, around=shown)
    drawn["pick"] = "chon-diem"
    drawn["home"] = home_pin(search.point) if search.point else None
    if len(shown) <= MOST_MARKS:
        drawn["schools"] = [_mark(search, choice, number) for number, choice in enumerate(shown, start=1)]
    return page(
        request, "public/finder_map.html", private=False, search=search, finder=finder, shown=shown, drawn=drawn,
    )  # fmt: skip


def _mark(search: Search, choice: SchoolChoice, number: int) -> dict[str, Any]:
    """Return a school's mark: numbered as in the list and leading to its page, or plain when no home is known."""
    if search.point is None:
        return school_mark(choice, "", "", search.level)
    return school_mark(
        choice, str(number), search.address(f"/tim-truong/truong/{choice.site_code}"), search.level
    )


@router.get("/tim-truong/truong/{site_code}")
def school(request: Request, session: SessionDep, now: Now, search: SearchDep, site_code: str) -> Response:
    """Show one school: seats, last year's line, where it is, and the way there told in words and drawn."""
    card = _round_of(session, search, now)
    if search.point is None:
        raise not_found()
    finder = schools.find_schools(session, level=search.level, point=search.point, now=now)
    choice = next((one for one in finder.schools if one.site_code == site_code), None)
    if choice is None:
        raise not_found()
    route = _find_route(session, card, search.point, choice)
    drawn = base_map(version_id=card.network_version_id, around=[choice])
    drawn["home"] = home_pin(search.point)
    drawn["schools"] = [school_mark(choice, "", "", search.level, chosen=True)]
    drawn["legs"] = leg_data(route, choice.travel.profile) if choice.travel else []
    return page(
        request, "public/school.html", private=False, search=search, finder=finder, choice=choice, route=route,
        drawn=drawn, straight_m=finder.straight_m.get(choice.site_id),
    )  # fmt: skip


def _find_route(session: Any, card: RoundCard, point: Point, choice: SchoolChoice) -> Route | None:
    """Return the way whose minutes the list shows, or None where there is none."""
    if choice.travel is None:
        return None
    try:
        return gis.route(
            session, version_id=card.network_version_id, profile=choice.travel.profile, origin=point,
            destination_id=choice.location_id,
        )  # fmt: skip
    except Unreachable:
        return None

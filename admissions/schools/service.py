"""Finding schools from a home: the same travel times as the allocation will use."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlmodel import Session

from admissions.allocation_runs.cutoffs import list_cutoffs
from admissions.applications.repository import list_round_sites
from admissions.errors import NotFound
from admissions.rounds.policy import Policy
from admissions.rounds.rules import Phase
from admissions.rounds.service import get_policy, get_round, round_card
from admissions.rounds.tables import Round
from admissions.rounds.travel import Travel, travel_from_point, travel_of_homes
from admissions.schools.tables import School, Site
from admissions.schools.views import Cutoff, Finder, SchoolChoice
from data.clock import VIETNAM
from gis.service import Point, find_areas_at, geodesic_m, get_points, snap_quality


def newest_round(session: Session, *, level: int) -> Round:
    """Return the newest announced round of a level.

    Raises:
        NotFound: no round of the level has been announced.
    """
    found = session.scalars(
        select(Round)
        .where(Round.level == level, Round.phase != Phase.PLANNING)
        .order_by(Round.school_year.desc(), Round.opens_at.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NotFound("round", level)
    return found


def list_choices(session: Session, *, round_: Round, policy: Policy, home: int | None) -> list[SchoolChoice]:
    """Return the round's schools with the stored ways from a home location, the quickest first."""
    ways: Mapping[int, Travel] = {}
    if home is not None:
        ways = travel_of_homes(session, round_=round_, rule=policy.travel, homes=[home])[home]
    return _choices(session, round_, policy, ways)


def list_round_schools(session: Session, *, round_id: int) -> list[SchoolChoice]:
    """Return the round's schools by site code, without a home: what a map shows before anybody has put a pin."""
    round_ = get_round(session, round_id=round_id)
    return list_choices(session, round_=round_, policy=get_policy(session, round_=round_), home=None)


def find_schools(session: Session, *, level: int, point: Point, now: datetime) -> Finder:
    """Return the newest round's schools seen from ``point``.

    Raises:
        NotFound: no round of the level has been announced.
    """
    round_ = newest_round(session, level=level)
    policy = get_policy(session, round_=round_)
    assert round_.id is not None
    snap = snap_quality(
        session, version_id=round_.network_version_id, profile=policy.travel.profile, point=point
    )
    gates = [site.location_id for _quota, site, _school in list_round_sites(session, round_id=round_.id)]
    ways: dict[int, Travel] = {}
    if snap.quality != "refused":
        ways = travel_from_point(session, round_=round_, rule=policy.travel, point=point, gates=gates)
    areas = find_areas_at(session, point=point, on=now.astimezone(VIETNAM).date())
    by_size = sorted(areas, key=lambda area: ("hamlet", "commune", "province").index(area.kind))
    schools = _choices(session, round_, policy, ways)
    return Finder(
        round=round_card(round_, policy, now),
        lon=point.lon,
        lat=point.lat,
        areas=[area.name for area in by_size],
        in_area=any(area.kind == "commune" and area.code in round_.communes for area in areas),
        snap_quality=snap.quality,
        schools=schools,
        straight_m={
            school.site_id: round(geodesic_m(point, Point(school.lon, school.lat))) for school in schools
        },
    )


def _choices(
    session: Session, round_: Round, policy: Policy, ways: Mapping[int, Travel]
) -> list[SchoolChoice]:
    assert round_.id is not None
    rows = list_round_sites(session, round_id=round_.id)
    points = get_points(session, location_ids=[site.location_id for _quota, site, _school in rows])
    cutoffs = list_cutoffs(session, round_id=round_.previous_round_id, policy=policy)
    choices = [_choice(row, points, ways, cutoffs, policy) for row in rows]
    return sorted(choices, key=_nearness)


def _nearness(choice: SchoolChoice) -> tuple[bool, int, int, str]:
    if choice.travel is None:
        return (True, 0, 0, choice.site_code)
    return (False, choice.travel.time_s, choice.travel.length_m, choice.site_code)


def _choice(
    row: Row,
    points: Mapping[int, Point],
    ways: Mapping[int, Travel],
    cutoffs: Mapping[str, Cutoff],
    policy: Policy,
) -> SchoolChoice:
    quota, site, school = row
    lon, lat = points[site.location_id]
    way = ways.get(site.location_id)
    return SchoolChoice(
        site_id=site.id,
        site_code=site.code,
        school_name=school.name,
        site_name=site.name if site.code != school.code else "",
        address=site.address or school.address,
        phone=school.phone,
        kind=school.kind,
        lon=lon,
        lat=lat,
        location_id=site.location_id,
        seats=quota.seats,
        classes=quota.classes,
        travel=way,
        beyond_ceiling=way is not None and way.length_m > policy.travel.ceiling_m,
        last_cutoff=cutoffs.get(site.code),
    )


def list_site_titles(session: Session, *, site_codes: Sequence[str]) -> dict[str, str]:
    """Return the names under which families know the given sites."""
    rows = session.execute(
        select(Site.code, Site.name, School.code, School.name)
        .join(School, School.id == Site.school_id)
        .where(Site.code.in_(list(site_codes)))
    )
    return {
        code: f"{school} – {name}" if name and code != school_code else school
        for code, name, school_code, school in rows
    }

"""From a closed round to an allocation instance: facts become tiers, ways become bands, nothing else goes in.

An application goes by its receipt id. The order within a school is (tier, sibling, travel band, lottery): the first
three make the priority classes of the instance, the lottery decides inside a class. ``class_keys`` remembers what
each class of each school means, so that a reason can be told in words.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from admissions.applications.repository import list_round_sites
from admissions.applications.rules import State
from admissions.applications.tables import Application, Preference
from admissions.rounds.policy import Facts, Policy
from admissions.rounds.tables import Round
from admissions.rounds.travel import Travel, travel_of_homes
from admissions.schools.tables import School
from admissions.students.tables import Residence, Student
from gis.service import find_areas_at, get_points

FORMAT = "dungtuyen-instance/1"
NO_WAY_BAND = 1_000_000
"""The travel band of a school that the family ranks although no way leads there: behind everyone who has one."""

ClassKey = tuple[int, int, int]
"""(tier index, 0 with a sibling at the school else 1, travel band); lower comes first."""


@dataclass(frozen=True)
class FrozenSite:
    """A site with seats."""

    code: str
    school_code: str
    location_id: int
    seats: int


@dataclass(frozen=True)
class FrozenApplication:
    """An application as the run sees it."""

    id: int
    receipt_id: str
    home_id: int | None
    """The location from which its ways are measured."""
    tier: int
    sibling_school_code: str | None
    preferences: Sequence[str]
    ways: Mapping[str, Travel]
    """By site code."""


class FrozenRound(NamedTuple):
    """Everything a run reads, as plain values."""

    applications: Sequence[FrozenApplication]
    sites: Sequence[FrozenSite]
    policy: Policy
    lottery_seed: str


def freeze_round(
    session: Session, *, round_: Round, policy: Policy, lottery_seed: str, on: date
) -> FrozenRound:
    """Read the round's pool. ``on`` is the day on which moved homes are placed in communes."""
    assert round_.id is not None
    sites = [
        FrozenSite(site.code, school.code, site.location_id, quota.seats)
        for quota, site, school in list_round_sites(session, round_id=round_.id)
    ]
    rows = session.execute(
        select(Application, Student, Residence)
        .join(Student, Student.id == Application.student_id)
        .join(Residence, Residence.student_id == Student.id)
        .where(
            Application.round_id == round_.id,
            Application.state.in_((State.IN_POOL, State.OFFERED, State.UNPLACED)),
        )
        .order_by(Application.receipt_id)
    ).all()
    homes = {application.id: _home_that_counts(application, residence) for application, _s, residence in rows}
    ways = travel_of_homes(
        session,
        round_=round_,
        rule=policy.travel,
        homes=[home for home in homes.values() if home is not None],
    )
    code_at = {site.location_id: site.code for site in sites}
    preferences = _preferences(session, round_.id)
    communes = _communes(session, rows, on)
    school_commune = dict(session.execute(select(School.code, School.commune_code)).all())
    frozen = []
    for application, student, _residence in rows:
        facts = Facts(
            lives_in_area=communes[application.id] in round_.communes,
            studied_in_area=school_commune.get(student.current_school_code) in round_.communes,
        )
        tier = policy.tier_of(facts)
        if tier is None:
            continue
        home = homes[application.id]
        frozen.append(
            FrozenApplication(
                id=application.id,
                receipt_id=application.receipt_id,
                home_id=home,
                tier=tier,
                sibling_school_code=student.sibling_school_code,
                preferences=preferences.get(application.id, []),
                ways={
                    code_at[gate]: way
                    for gate, way in sorted((ways[home] if home is not None else {}).items())
                    if gate in code_at
                },
            )
        )
    return FrozenRound(frozen, sites, policy, lottery_seed)


def _home_that_counts(application: Application, residence: Residence) -> int | None:
    """The home on record, unless the family showed another and an officer verified it."""
    if application.home_changed and application.home_verified:
        return application.home_location_id
    return residence.location_id


def _communes(session: Session, rows: Sequence[Any], on: date) -> dict[int, str | None]:
    communes = {application.id: residence.commune_code for application, _student, residence in rows}
    moved = {
        application.id: application.home_location_id
        for application, _student, _residence in rows
        if application.home_changed and application.home_verified
    }
    points = get_points(session, location_ids=sorted(set(moved.values())))
    for application_id, location_id in moved.items():
        areas = find_areas_at(session, point=points[location_id], on=on)
        communes[application_id] = next((area.code for area in areas if area.kind == "commune"), None)
    return communes


def _preferences(session: Session, round_id: int) -> dict[int, list[str]]:
    from_sites: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(Preference.application_id, Preference.site_id)
        .join(Application, Application.id == Preference.application_id)
        .where(Application.round_id == round_id)
        .order_by(Preference.application_id, Preference.rank)
    )
    codes = {site.id: site.code for _quota, site, _school in list_round_sites(session, round_id=round_id)}
    for application_id, site_id in rows:
        from_sites[application_id].append(codes[site_id])
    return from_sites


def class_key(application: FrozenApplication, site: FrozenSite, policy: Policy) -> ClassKey:
    """Return the application's key at a site: what the school's order looks at before the lottery."""
    way = application.ways.get(site.code)
    has_sibling = policy.sibling_first and application.sibling_school_code == site.school_code
    band = policy.band_of(way.time_s) if way is not None else NO_WAY_BAND
    return (application.tier, 0 if has_sibling else 1, band)


def build_instance(
    frozen: FrozenRound, *, mechanism: str
) -> tuple[dict[str, Any], dict[str, list[ClassKey]]]:
    """Return the instance (formats: instance, version 1) and, by site code, what its priority classes mean.

    A student is eligible at the sites that can be reached and at those the family ranked.
    """
    policy = frozen.policy
    by_choice = mechanism != "min_travel"
    wanting: dict[str, dict[ClassKey, list[str]]] = {site.code: defaultdict(list) for site in frozen.sites}
    sites = {site.code: site for site in frozen.sites}
    for application in frozen.applications:
        considered = set(application.ways) | (set(application.preferences) if by_choice else set())
        for code in considered:
            key = class_key(application, sites[code], policy) if by_choice else (application.tier, 0, 0)
            wanting[code][key].append(application.receipt_id)
    class_keys = {code: sorted(classes) for code, classes in wanting.items()}
    instance: dict[str, Any] = {
        "format": FORMAT,
        "mechanism": mechanism,
        "schools": {
            site.code: {
                "capacity": site.seats,
                "priority": [sorted(wanting[site.code][key]) for key in class_keys[site.code]],
            }
            for site in frozen.sites
        },
        "students": {
            application.receipt_id: _student_entry(application, policy) for application in frozen.applications
        },
    }
    if by_choice:
        instance["lottery"] = {"seed": frozen.lottery_seed}
        instance["place_everyone"] = policy.place_everyone
    return instance, class_keys


def _student_entry(application: FrozenApplication, policy: Policy) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "preferences": list(application.preferences),
        "travel_s": {code: way.time_s for code, way in sorted(application.ways.items())},
    }
    beyond = sorted(code for code, way in application.ways.items() if way.length_m > policy.travel.ceiling_m)
    if beyond:
        entry["beyond_ceiling"] = beyond
    return entry

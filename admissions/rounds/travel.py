"""Travel times of a round: the one number that finder, form, instance, result and letter all read.

The policy names the profile. Where it has no way at all (an island without a road), its second profile counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from admissions.applications.tables import Application
from admissions.rounds.policy import Policy, TravelRule
from admissions.rounds.tables import Quota, Round
from admissions.schools.tables import Site
from admissions.students.tables import Residence, Student
from gis.service import (
    Point,
    candidate_destinations,
    compute_travel_times,
    list_travel_times,
    travel_times_from_point,
)

BATCH = 20_000


class Travel(NamedTuple):
    """The way from a home to a school gate."""

    time_s: int
    length_m: int
    profile: str


def prepare_round(session: Session, *, round_: Round, policy: Policy) -> int:
    """Compute and store the times from every home of the round's level to its candidate schools.

    Returns the number of homes.
    """
    homes = set(
        session.scalars(
            select(Residence.location_id)
            .join(Student, Student.id == Residence.student_id)
            .where(
                Student.entry_level == round_.level,
                Student.entry_year == round_.school_year,
                Residence.location_id.is_not(None),
            )
        )
    )
    homes |= set(
        session.scalars(
            select(Application.home_location_id).where(
                Application.round_id == round_.id, Application.home_location_id.is_not(None)
            )
        )
    )
    ordered = sorted(home for home in homes if home is not None)
    for start in range(0, len(ordered), BATCH):
        prepare_homes(session, round_=round_, policy=policy, homes=ordered[start : start + BATCH])
    return len(ordered)


def prepare_homes(
    session: Session, *, round_: Round, policy: Policy, homes: Sequence[int], nearest: int | None = None
) -> None:
    """Compute and store the times from ``homes`` (location ids) to their candidate schools in the round.

    Candidates are the policy's number of nearest schools, or ``nearest`` when given.
    """
    candidates = candidate_destinations(
        session,
        origin_ids=homes,
        destination_ids=list_gates(session, round_id=_id(round_)),
        nearest=nearest or policy.travel.candidates,
    )
    prepare_pairs(session, round_=round_, rule=policy.travel, candidates=candidates)


def prepare_pairs(
    session: Session, *, round_: Round, rule: TravelRule, candidates: Mapping[int, Sequence[int]]
) -> None:
    """Compute and store the times of given pairs (home location id to gate location ids).

    What was stored for these homes before is replaced: give all gates of a home, not only new ones.
    """
    version = round_.network_version_id
    compute_travel_times(session, version_id=version, profile=rule.profile, candidates=candidates)
    if rule.where_unreachable is None:
        return
    reached = {
        (row.origin_id, row.destination_id)
        for row in list_travel_times(
            session, version_id=version, profile=rule.profile, origin_ids=sorted(candidates)
        )
    }
    left = {
        home: missing
        for home, gates in candidates.items()
        if (missing := [gate for gate in gates if (home, gate) not in reached])
    }
    if left:
        compute_travel_times(session, version_id=version, profile=rule.where_unreachable, candidates=left)


def list_gates(session: Session, *, round_id: int) -> list[int]:
    """Return the gate locations of the sites that have seats in the round."""
    return list(
        session.scalars(
            select(Site.location_id)
            .join(Quota, Quota.site_id == Site.id)
            .where(Quota.round_id == round_id, Quota.seats > 0)
            .order_by(Site.location_id)
        )
    )


def travel_of_homes(
    session: Session, *, round_: Round, rule: TravelRule, homes: Iterable[int]
) -> dict[int, dict[int, Travel]]:
    """Return for each home the stored ways by gate location; pairs without a way are absent."""
    ordered = sorted(set(homes))
    ways: dict[int, dict[int, Travel]] = {home: {} for home in ordered}
    for profile in (rule.where_unreachable, rule.profile):
        if profile is None:
            continue
        for origin_id, destination_id, time_s, length_m in list_travel_times(
            session, version_id=round_.network_version_id, profile=profile, origin_ids=ordered
        ):
            ways[origin_id][destination_id] = Travel(time_s, length_m, profile)
    return ways


def travel_from_point(
    session: Session, *, round_: Round, rule: TravelRule, point: Point, gates: Sequence[int]
) -> dict[int, Travel]:
    """Return the ways from any point by gate location, computed now by the same engine; nothing is stored."""
    ways: dict[int, Travel] = {}
    for profile in (rule.profile, rule.where_unreachable):
        left = [gate for gate in gates if gate not in ways]
        if profile is None or not left:
            continue
        found = travel_times_from_point(
            session, version_id=round_.network_version_id, profile=profile, point=point, destination_ids=left
        )
        ways.update({gate: Travel(way.time_s, way.length_m, profile) for gate, way in found.items()})
    return ways


def _id(round_: Round) -> int:
    assert round_.id is not None
    return round_.id

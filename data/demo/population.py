"""How many children live in each village, who they are, and where their homes stand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import shapely

from data.demo.delta import shared_out
from data.demo.geography import FIXED_COUNTS, VILLAGES
from data.demo.ground import Ground
from data.demo.homes import HomeGround, Homes, address_line
from data.demo.landscape import Grade, Landscape
from data.demo.people import Register, Student
from data.demo.plane import Spot, lon_lat_array
from data.demo.schooling import attach_schools, nearest_in_commune
from data.demo.students import Residence

Size = Literal["xs", "s", "m", "l"]
CHILDREN_PER_GRADE: dict[Size, int] = {"xs": 52, "s": 950, "m": 10_000, "l": 100_000}
GRADES: tuple[Grade, Grade] = (1, 6)


class Batch(NamedTuple):
    """The children of one season and grade with their homes, in the same order."""

    students: list[Student]
    homes: Homes


def children_by_village(landscape: Landscape, size: Size, grade: Grade) -> list[int]:
    """Return how many children of a grade live in each village; they sum to the size's number.

    The hand-made villages hold at sizes m and l what they hold at s, because their seats are stated.
    """
    total = CHILDREN_PER_GRADE[size]
    if size == "xs":
        return shared_out([village.weight for village in landscape.villages], total)
    stated = {code: counts[GRADES.index(grade)] for code, counts in FIXED_COUNTS.items()}
    loose = [village for village in VILLAGES if village.code not in stated]
    rest = CHILDREN_PER_GRADE["s"] - sum(stated.values())
    loose_counts = shared_out([village.weight for village in loose], rest)
    stated |= {village.code: count for village, count in zip(loose, loose_counts, strict=True)}
    invented = [village for village in landscape.villages if village.code not in stated]
    if invented:
        counts = shared_out([village.weight for village in invented], total - CHILDREN_PER_GRADE["s"])
        stated |= {village.code: count for village, count in zip(invented, counts, strict=True)}
    return [stated[village.code] for village in landscape.villages]


def ground_for_homes(ground: Ground) -> HomeGround:
    """Return the frontages of a drawn region with its roads, water, canals and hamlets."""
    nodes = ground.plan.nodes
    by_code = {area.code: area.polygon for area in ground.hamlets}
    return HomeGround(
        ground.plan.frontages,
        roads=[shapely.LineString([nodes[number] for number in way.nodes]) for way in ground.plan.ways],
        water=ground.water,
        canals=[shapely.LineString(line) for _, line in ground.plan.canals],
        hamlets=[by_code[village.code] for village in ground.landscape.villages],
    )


def settle(
    register: Register,
    home_ground: HomeGround,
    landscape: Landscape,
    gates: Mapping[str, Spot],
    counts: Sequence[int],
    *,
    school_year: int,
    grade: Grade,
    seed: int,
) -> Batch:
    """Invent the children of one season and grade and give each a home; twins share theirs.

    Args:
        counts: children of each village.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 21, school_year, grade]))
    drawn = [home_ground.draw(village, count, rng) for village, count in enumerate(counts) if count]
    villages = [village for village, count in enumerate(counts) for _ in range(count)]
    students = register.enrol(school_year=school_year, grade=grade, villages=villages)
    homes = Homes.joined(drawn).at([student.home for student in students])
    homes_in = [student.village for student in students]
    primary = nearest_in_commune(homes_in, homes.points, landscape, gates, grade=1)
    own = primary if grade == 1 else nearest_in_commune(homes_in, homes.points, landscape, gates, grade=6)
    return Batch(attach_schools(students, primary, own, rng), homes)


def residences(
    batch: Batch, landscape: Landscape, home_ground: HomeGround
) -> Iterator[tuple[Student, Residence]]:
    """Yield each child of a batch with the residence to write."""
    communes = {commune.code: commune.name for commune in landscape.communes}
    places = lon_lat_array(batch.homes.points)
    for number, student in enumerate(batch.students):
        village = landscape.villages[student.village]
        frontage = home_ground.frontages[int(batch.homes.frontage[number])]
        line = address_line(frontage, float(batch.homes.chain_m[number]), left=bool(batch.homes.left[number]))
        yield (
            student,
            Residence(
                address=f"{line}, ấp {village.name}, xã {communes[village.commune]}",
                hamlet=f"Ấp {village.name}",
                commune=village.commune,
                lon=float(places[number, 0]),
                lat=float(places[number, 1]),
            ),
        )

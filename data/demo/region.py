"""Writes an invented delta region: extract, boundaries, schools, students of two seasons, and the stories in it."""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import shapely

from data.demo.extract import write_extract
from data.demo.files import Progress, RegionFiles, write_areas, write_json
from data.demo.geography import FIXED_COUNTS, hand_made_landscape
from data.demo.ground import Ground, draw_ground
from data.demo.homes import HomeGround, Homes, address_line
from data.demo.landscape import Grade, Landscape
from data.demo.people import Register, Student
from data.demo.plane import Spot, lon_lat, lon_lat_array
from data.demo.schooling import attach_schools
from data.demo.seats import place_gates, write_schools
from data.demo.stories import move_hard_homes, region_stories
from data.demo.students import Residence, write_students

Size = Literal["xs", "s", "m", "l"]
CHILDREN_PER_GRADE: dict[Size, int] = {"xs": 52, "s": 950, "m": 10_000, "l": 100_000}
GRADES: tuple[Grade, Grade] = (1, 6)


class Batch(NamedTuple):
    """The children of one season and grade with their homes, in the same order."""

    students: list[Student]
    homes: Homes


def write_region(
    folder: Path, *, seed: int, size: Size, school_year: int, progress: Progress | None = None
) -> RegionFiles:
    """Write the files of an invented region into ``folder`` and return where they lie.

    Args:
        seed: the same seed, size and school year give the same bytes.
        size: children of lớp 1 (and as many of lớp 6): xs 52, s 950, m 10,000, l 100,000.
        school_year: the year in which the season's school year begins; the year before is written too.
        progress: called after each file with its name and count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tell = progress or (lambda step, count: None)
    landscape = landscape_of(size)
    ground = draw_ground(landscape, seed=seed)
    village_numbers = {village.code: number for number, village in enumerate(landscape.villages)}
    canals = [shapely.LineString(line) for _, line in ground.plan.canals]
    wet = shapely.union_all([ground.water, *canals])
    gates = place_gates(landscape.schools, ground.plan.frontages, village_numbers, wet)
    tell("region.osm.pbf", write_extract(folder / "region.osm.pbf", ground, gates))
    tell("communes.geojson", write_areas(folder / "communes.geojson", ground.communes))
    tell("hamlets.geojson", write_areas(folder / "hamlets.geojson", ground.hamlets))
    tell("schools.xlsx", _write_region_schools(folder / "schools.xlsx", landscape, gates, school_year))

    home_ground = ground_for_homes(ground)
    register = Register(seed=seed)
    batches = [
        _settle(register, home_ground, landscape, gates, size, year, grade, seed)
        for year in (school_year, school_year - 1)
        for grade in GRADES
    ]
    current, previous = batches[: len(GRADES)], batches[len(GRADES) :]
    current, hard = move_hard_homes(current, ground, home_ground)
    written = [
        (student, residence)
        for batch in [*current, *previous]
        for student, residence in _residences(batch, landscape, home_ground)
    ]
    count = write_students(folder / "students.xlsx", written)
    tell("students.xlsx", count)
    stories = region_stories(current, landscape, gates, hard, school_year=school_year)
    write_json(folder / "stories.json", stories)
    tell("stories.json", len(stories["stories"]))
    return RegionFiles(
        folder=folder,
        extract=folder / "region.osm.pbf",
        communes=folder / "communes.geojson",
        hamlets=folder / "hamlets.geojson",
        schools=folder / "schools.xlsx",
        students=folder / "students.xlsx",
        stories=folder / "stories.json",
        school_count=len(landscape.schools),
        site_count=len(gates),
        student_count=sum(len(batch.students) for batch in current),
        previous_student_count=sum(len(batch.students) for batch in previous),
    )


def landscape_of(size: Size) -> Landscape:
    """Return what the region of a size is drawn from."""
    return hand_made_landscape()


def children_by_village(landscape: Landscape, size: Size, grade: Grade, *, share: float = 1.0) -> list[int]:
    """Return how many children of a grade live in each village; they sum to the size's number.

    Args:
        share: of the number, rounded; the season before had a few children less.
    """
    total = round(CHILDREN_PER_GRADE[size] * share)
    fixed = [FIXED_COUNTS.get(village.code) for village in landscape.villages]
    column = GRADES.index(grade)
    counts = [0 if stated is None else stated[column] for stated in fixed]
    free = [
        village.weight if stated is None else 0.0
        for village, stated in zip(landscape.villages, fixed, strict=True)
    ]
    rest = total - sum(counts)
    exact = [weight * rest / sum(free) for weight in free]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda number: (parts[number] - exact[number], number))
    for number in by_remainder[: rest - sum(parts)]:
        parts[number] += 1
    return [stated + part for stated, part in zip(counts, parts, strict=True)]


def ground_for_homes(ground: Ground) -> HomeGround:
    """Return the frontages of a drawn region with its roads, water, canals and hamlets."""
    nodes = ground.plan.nodes
    return HomeGround(
        ground.plan.frontages,
        roads=[shapely.LineString([nodes[number] for number in way.nodes]) for way in ground.plan.ways],
        water=ground.water,
        canals=[shapely.LineString(line) for _, line in ground.plan.canals],
        hamlets=[area.polygon for area in hamlets_in_village_order(ground)],
    )


def hamlets_in_village_order(ground: Ground) -> list:
    """Return the hamlet of each village."""
    by_code = {area.code: area for area in ground.hamlets}
    return [by_code[village.code] for village in ground.landscape.villages]


def _settle(
    register: Register,
    home_ground: HomeGround,
    landscape: Landscape,
    gates: dict[str, Spot],
    size: Size,
    school_year: int,
    grade: Grade,
    seed: int,
) -> Batch:
    """Invent the children of one season and grade and give each a home; twins share theirs."""
    counts = children_by_village(landscape, size, grade, share=1.0)
    rng = np.random.Generator(np.random.PCG64([seed, 21, school_year, grade]))
    homes: Homes | None = None
    villages: list[int] = []
    for village, count in enumerate(counts):
        if not count:
            continue
        drawn = home_ground.draw(village, count, rng)
        homes = drawn if homes is None else homes.concatenated(drawn)
        villages.extend([village] * count)
    students = register.enrol(school_year=school_year, grade=grade, villages=villages)
    assert homes is not None
    placed = Homes(*(column[[student.home for student in students]] for column in _columns(homes)))
    return Batch(attach_schools(students, placed.points, landscape, gates, rng), placed)


def _columns(homes: Homes) -> tuple:
    """Return the columns of homes in the order of its fields."""
    return homes.points, homes.frontage, homes.left, homes.chain_m


def _residences(
    batch: Batch, landscape: Landscape, home_ground: HomeGround
) -> list[tuple[Student, Residence]]:
    """Return each child of a batch with the residence to write."""
    communes = {commune.code: commune.name for commune in landscape.communes}
    places = lon_lat_array(batch.homes.points)
    rows = []
    for number, student in enumerate(batch.students):
        village = landscape.villages[student.village]
        frontage = home_ground.frontages[int(batch.homes.frontage[number])]
        line = address_line(frontage, float(batch.homes.chain_m[number]), left=bool(batch.homes.left[number]))
        address = f"{line}, ấp {village.name}, xã {communes[village.commune]}"
        lon, lat = float(places[number, 0]), float(places[number, 1])
        rows.append((student, Residence(address, f"Ấp {village.name}", village.commune, lon, lat)))
    return rows


def _write_region_schools(path: Path, landscape: Landscape, gates: dict[str, Spot], school_year: int) -> int:
    """Write the schools with their addresses, and return their number."""
    villages = {village.code: village for village in landscape.villages}
    communes = {commune.code: commune.name for commune in landscape.communes}
    addresses = {}
    for school in landscape.schools:
        for site in school.sites:
            village = villages[site.village]
            road = village.road[0].lower() + village.road[1:]
            addresses[site.code] = f"{road}, ấp {village.name}, xã {communes[village.commune]}"
    places = {code: lon_lat(*gate) for code, gate in gates.items()}
    return write_schools(
        path, landscape.schools, places, addresses, school_years=(school_year, school_year - 1)
    )[0]

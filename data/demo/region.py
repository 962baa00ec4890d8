"""Writes an invented delta region: extract, boundaries, schools, students of two seasons, and the stories in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from data.demo.delta import with_further_communes
from data.demo.extract import write_extract
from data.demo.files import Progress, RegionFiles, no_progress, region_paths, write_areas, write_json
from data.demo.geography import hand_made_landscape, island_landscape
from data.demo.ground import draw_ground
from data.demo.landscape import Landscape
from data.demo.people import Register, Student
from data.demo.plane import Spot, lon_lat
from data.demo.population import (
    CHILDREN_PER_GRADE,
    GRADES,
    Batch,
    Size,
    children_by_village,
    ground_for_homes,
    residences,
    settle,
)
from data.demo.seats import place_gates, write_schools
from data.demo.stories import move_hard_homes, region_stories
from data.demo.students import Residence, write_students


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
    tell = progress or no_progress
    landscape = landscape_of(size, seed=seed)
    ground = draw_ground(landscape, seed=seed)
    files = region_paths(folder)
    gates = place_gates(landscape.schools, ground)
    tell(files["extract"].name, write_extract(files["extract"], ground, gates))
    tell(files["communes"].name, write_areas(files["communes"], ground.communes))
    tell(files["hamlets"].name, write_areas(files["hamlets"], ground.hamlets))
    tell(files["schools"].name, _write_region_schools(files["schools"], landscape, gates, school_year))

    home_ground = ground_for_homes(ground)
    register = Register(seed=seed)

    def season(year: int) -> Iterator[Batch]:
        for grade in GRADES:
            counts = children_by_village(landscape, size, grade)
            yield settle(
                register, home_ground, landscape, gates, counts, school_year=year, grade=grade, seed=seed
            )

    current, hard = move_hard_homes(list(season(school_year)), ground, home_ground)
    stories = region_stories(current, landscape, gates, hard, school_year=school_year)
    write_json(files["stories"], stories)
    tell(files["stories"].name, len(stories["stories"]))

    def children() -> Iterator[tuple[Student, Residence]]:
        # The season before is invented only while it is written: at size l it would fill the memory.
        for batch in current:
            yield from residences(batch, landscape, home_ground)
        for batch in season(school_year - 1):
            yield from residences(batch, landscape, home_ground)

    count = write_students(files["students"], children())
    tell(files["students"].name, count)
    return RegionFiles(
        folder=folder,
        **files,
        school_count=len(landscape.schools),
        site_count=len(gates),
        student_count=sum(len(batch.students) for batch in current),
        previous_student_count=count - sum(len(batch.students) for batch in current),
    )


def landscape_of(size: Size, *, seed: int) -> Landscape:
    """Return what the region of a size is drawn from."""
    if size == "xs":
        return island_landscape()
    if size == "s":
        return hand_made_landscape()
    communes, schools = {"m": (22, 180), "l": (97, 780)}[size]
    further = CHILDREN_PER_GRADE[size] - CHILDREN_PER_GRADE["s"]
    return with_further_communes(
        hand_made_landscape(), communes=communes, schools=schools, children_per_grade=further, seed=seed
    )


def _write_region_schools(
    path: Path, landscape: Landscape, gates: Mapping[str, Spot], school_year: int
) -> int:
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

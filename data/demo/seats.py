"""Places the school gates and writes the schools' spreadsheet: schools, sites, seats."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely

from data.demo.ground import Ground
from data.demo.landscape import School
from data.demo.plane import Spot, spot_at
from data.demo.spreadsheets import (
    SCHOOL_COLUMNS,
    SEAT_COLUMNS,
    SITE_COLUMNS,
    school_year_text,
    write_workbook,
)
from data.demo.streets import Frontage

CLASS_SIZE = {1: 35, 6: 45}
"""Most children in a class: 35 in primary, 45 in lower secondary school."""
GATE_BACK_M = 11.0


def place_gates(schools: Sequence[School], ground: Ground) -> dict[str, Spot]:
    """Return the gate of every site: beside the street of its hamlet that is nearest to where it should be.

    A gate stands on a street and not in an alley, 15 m or more from water and canals, one to a stretch of street.
    """
    streets: dict[str, list[Frontage]] = {}
    for frontage in ground.plan.frontages:
        if frontage.alley_number == 0:
            streets.setdefault(ground.landscape.villages[frontage.village].code, []).append(frontage)
    wet = shapely.STRtree([ground.water, *(shapely.LineString(line) for _, line in ground.plan.canals)])
    gates: dict[str, Spot] = {}
    for school in schools:
        for site in school.sites:
            wanted = spot_at(*site.near)
            own = streets[site.village]
            order = sorted(range(len(own)), key=lambda number: (_gap2(own[number], wanted), number))
            number, gate = next(
                (number, gate)
                for number in order
                for gate in _both_sides(own[number])
                if not len(wet.query(shapely.Point(gate), predicate="dwithin", distance=15.0))
            )
            del own[number]
            gates[site.code] = gate
    return gates


def _gap2(frontage: Frontage, spot: Spot) -> float:
    """Return the squared distance from the middle of a frontage to a spot."""
    x, y = (frontage.start.x + frontage.end.x) / 2, (frontage.start.y + frontage.end.y) / 2
    return (x - spot.x) ** 2 + (y - spot.y) ** 2


def _both_sides(frontage: Frontage) -> list[Spot]:
    """Return a gate on each side of the middle of a frontage."""
    start, end = frontage.start, frontage.end
    step = Spot(end.x - start.x, end.y - start.y)
    length = float(np.sqrt(step.x**2 + step.y**2))
    middle = Spot(start.x + step.x * 0.47, start.y + step.y * 0.47)
    shift = Spot(-step.y / length * GATE_BACK_M, step.x / length * GATE_BACK_M)
    return [Spot(middle.x + shift.x, middle.y + shift.y), Spot(middle.x - shift.x, middle.y - shift.y)]


def write_schools(
    path: Path,
    schools: Sequence[School],
    gates: Mapping[str, tuple[float, float]],
    addresses: Mapping[str, str],
    *,
    school_years: Sequence[int],
) -> list[int]:
    """Write the schools' spreadsheet and return the rows of its three sheets.

    Args:
        gates: longitude and latitude of every site, by its code.
        addresses: the address of every site, by its code.
        school_years: the seasons that have seats, all alike.
    """
    sheets = (
        ("Trường", SCHOOL_COLUMNS, _school_rows(schools, addresses)),
        ("Điểm trường", SITE_COLUMNS, _site_rows(schools, gates, addresses)),
        ("Chỉ tiêu", SEAT_COLUMNS, _seat_rows(schools, school_years)),
    )
    return write_workbook(path, sheets, title="Trường, điểm trường, chỉ tiêu (dữ liệu minh họa)")


def _school_rows(schools: Sequence[School], addresses: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each school; one that teaches both grades is listed twice and written once."""
    for number, school in enumerate({school.code: school for school in schools}.values()):
        phone = f"028{7000000 + number:07d}"
        yield (
            school.code, school.name, "công lập", school.level_text, school.commune,
            addresses[school.sites[0].code], phone,
        )  # fmt: skip


def _site_rows(
    schools: Sequence[School], gates: Mapping[str, tuple[float, float]], addresses: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    """Yield one row for each site of each school."""
    for school in {school.code: school for school in schools}.values():
        for site in school.sites:
            lon, lat = gates[site.code]
            yield site.code, school.code, site.name, f"{lon:.7f}", f"{lat:.7f}", addresses[site.code]


def _seat_rows(schools: Sequence[School], school_years: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each season and site."""
    for school_year in school_years:
        for school in schools:
            size = CLASS_SIZE[school.grade]
            for site in school.sites:
                yield (
                    school_year_text(school_year), str(school.grade), site.code, str(site.classes), str(size),
                    str(site.classes * size),
                )  # fmt: skip

"""Invents further communes north of the hand-made region, for the sizes m and l.

They lie on a grid of a few kilometres whose lines wander: rivers run along some of them and part communes, a
provincial road runs through every column and a district road through every row, with a bridge over some of
the rivers only. Every commune has five villages, four primary and four lower secondary schools.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from data.demo.landscape import Commune, Grade, Landscape, LonLat, River, Road, School, Site, Village
from data.demo.plane import M_PER_LAT_DEG, M_PER_LON_DEG

CELL_EAST_M, CELL_NORTH_M = 6_600.0, 5_600.0
SOUTH_END: LonLat = (106.7390, 10.7050)
"""Where Đường Huỳnh Tấn Phát leaves the hand-made region; the road of one column begins there."""
SOUTH_EDGE_LAT = 10.7100
SEATS_PER_CHILD = 1.07
CLASS_SIZE = {1: 35, 6: 45}
SCHOOLS_PER_COMMUNE = 8

FIRST_WORDS = ("Tân", "Phước", "Long", "Hưng", "Vĩnh", "Mỹ", "Thạnh", "Phú", "Hòa", "Đông", "Thuận", "Lộc")
SECOND_WORDS = ("Lợi", "Thành", "Hiệp", "Đức", "Trị", "Quới", "Điền", "Khánh", "Thới", "Nghĩa")
ROAD_END_M = 2_200.0
SIDES: tuple[Literal["left", "right", ""], ...] = ("left", "right", "")
QUARTERS = ("Chợ", "Bắc", "Nam", "Đông", "Tây")
PATRONS = (
    "Nguyễn Trung Trực", "Trương Định", "Thủ Khoa Huân", "Phan Văn Trị", "Nguyễn Thông", "Bùi Hữu Nghĩa",
    "Huỳnh Mẫn Đạt", "Nguyễn Đình Chiểu", "Võ Thị Sáu", "Lê Lai", "Kim Đồng", "Nguyễn Huệ",
)  # fmt: skip


def popularity_of(code: str) -> float:
    """Return the popularity of a school of no stated one: one in eight much liked, most of them near 0."""
    drawn = zlib.crc32(code.encode()) % 1000
    return 8.0 - drawn / 60.0 if drawn < 125 else (drawn % 9 - 5) / 2


@dataclass(frozen=True)
class Grid:
    """Where the cells of the further communes lie, and how far each place wanders from its due spot."""

    columns: int
    rows: int
    base_column: int
    wander: np.ndarray

    def corner(self, column: int, row: int) -> LonLat:
        """Return the crossing of two grid lines."""
        east, north = self.wander[column, row]
        return self._place(column - 0.5, row, east * 420.0, north * 320.0)

    def edge(self, column: int, row: int, *, upright: bool) -> LonLat:
        """Return the middle of a grid line between two crossings, bent a little."""
        east, north = self.wander[column, row] * self.wander[column + 1, row + 1]
        if upright:
            return self._place(column - 0.5, row + 0.5, east * 700.0, north * 200.0)
        return self._place(column, row, east * 200.0, north * 500.0)

    def centre(self, column: int, row: int) -> LonLat:
        """Return the middle of a commune, where its two roads cross."""
        east, north = self.wander[column, row + 1]
        return self._place(column, row + 0.5, east * 500.0, north * 400.0)

    def _place(self, column: float, row: float, east_m: float, north_m: float) -> LonLat:
        """Return the longitude and latitude of a place counted in cells, moved by metres."""
        east = (column - self.base_column) * CELL_EAST_M + east_m
        return (
            round(SOUTH_END[0] + east / M_PER_LON_DEG, 6),
            round(SOUTH_EDGE_LAT + (row * CELL_NORTH_M + north_m) / M_PER_LAT_DEG, 6),
        )


def with_further_communes(
    landscape: Landscape, *, communes: int, schools: int, children_per_grade: int, seed: int
) -> Landscape:
    """Return the landscape with that many more communes and schools, and seats for so many more children."""
    rng = np.random.Generator(np.random.PCG64([seed, 51]))
    rows = 4 if communes < 40 else 9
    columns = -(-communes // rows)
    grid = Grid(columns, rows, columns * 2 // 3, rng.uniform(-1.0, 1.0, size=(columns + 2, rows + 2, 2)))
    cells = [(column, row) for row in range(rows) for column in range(columns)][:communes]
    rivers = _rivers(grid, rng)
    district = _district_roads(grid, rng)
    roads = [*_provincial_roads(grid), *dict.fromkeys(district.values())]
    named = _communes(grid, cells)
    villages = _villages(grid, cells, named, district, rng, dense=children_per_grade > 20_000)
    taught = _schools(named, villages, schools=schools, children_per_grade=children_per_grade)
    west, south, east, north = landscape.frame
    corners = ((west, south), (west, north), (east, north), (east, south), (west, south))
    low, high = grid.corner(0, 0), grid.corner(columns, rows)
    margin = 0.012
    return replace(
        landscape,
        frame=(min(west, low[0]) - margin, south, max(east, high[0]) + margin, high[1] + margin),
        rivers=(*landscape.rivers, *rivers),
        roads=(*landscape.roads, *roads),
        communes=(*landscape.communes, *named),
        villages=(*landscape.villages, *villages),
        schools=(*landscape.schools, *taught),
        boundaries=(*landscape.boundaries, *pairwise(corners), *_grid_lines(grid)),
    )


def _line(grid: Grid, *, column: int | None = None, row: int | None = None) -> tuple[LonLat, ...]:
    """Return one grid line: the upright one west of a column, or the level one south of a row."""
    points: list[LonLat] = []
    if column is not None:
        for step in range(grid.rows + 1):
            points.append(grid.corner(column, step))
            if step < grid.rows:
                points.append(grid.edge(column, step, upright=True))
    if row is not None:
        for step in range(grid.columns + 1):
            points.append(grid.corner(step, row))
            if step < grid.columns:
                points.append(grid.edge(step, row, upright=False))
    return tuple(points)


def _grid_lines(grid: Grid) -> list[tuple[LonLat, ...]]:
    """Return all grid lines; they share their crossings, so they cut the land into one piece for each cell."""
    upright = [_line(grid, column=column) for column in range(grid.columns + 1)]
    return upright + [_line(grid, row=row) for row in range(grid.rows + 1)]


def _rivers(grid: Grid, rng: np.random.Generator) -> list[River]:
    """Return rivers along most of the inner grid lines, every second upright one a wide one."""
    rivers = []
    for column in range(1, grid.columns):
        width = float(rng.uniform(170.0, 330.0)) if column % 2 else float(rng.uniform(45.0, 80.0))
        line = _line(grid, column=column)
        name = (
            f"{'Sông' if column % 2 else 'Rạch'} {FIRST_WORDS[column % 12]} {SECOND_WORDS[(column * 3) % 10]}"
        )
        rivers.append(River(name, line, (width,) * len(line)))
    for row in range(1, grid.rows, 2):
        width = float(rng.uniform(60.0, 130.0))
        line = _line(grid, row=row)
        name = f"Kênh {SECOND_WORDS[(row * 7) % 10]} {FIRST_WORDS[(row * 5) % 12]}"
        rivers.append(River(name, line, (width,) * len(line)))
    return rivers


def _provincial_roads(grid: Grid) -> list[Road]:
    """Return the road through every column, named by it; one joins the hand-made region in the south."""
    roads = []
    for column in range(grid.columns):
        line = [grid.centre(column, row) for row in range(grid.rows)]
        start = SOUTH_END if column == grid.base_column else _moved(line[0], north_m=-ROAD_END_M)
        tags = (("ref", f"ĐT.{820 + column}"), ("maxspeed", "60"), ("surface", "asphalt"))
        whole = (start, *line, _moved(line[-1], north_m=ROAD_END_M))
        roads.append(Road(f"Đường tỉnh {820 + column}", "secondary", whole, tags))
    return roads


def _district_roads(grid: Grid, rng: np.random.Generator) -> dict[tuple[int, int], Road]:
    """Return the district road that passes each cell.

    Only the first row's road runs all the way. The others end short of some rivers, so that villages within
    sight of each other are a detour apart.
    """
    by_cell: dict[tuple[int, int], Road] = {}
    for row in range(grid.rows):
        bridged = rng.random(grid.columns) < (0.6 if row else 1.0)
        starts = [column for column in range(grid.columns) if column == 0 or not bridged[column]]
        for part, (start, end) in enumerate(pairwise([*starts, grid.columns])):
            line = [grid.centre(column, row) for column in range(start, end)]
            whole = (_moved(line[0], east_m=-ROAD_END_M), *line, _moved(line[-1], east_m=ROAD_END_M))
            name = f"Đường huyện {10 * (row + 1) + part}"
            road = Road(name, "tertiary", whole, (("surface", "asphalt"),))
            by_cell |= {(column, row): road for column in range(start, end)}
    return by_cell


def _moved(place: LonLat, *, east_m: float = 0.0, north_m: float = 0.0) -> LonLat:
    """Return a place some metres further east and north."""
    return round(place[0] + east_m / M_PER_LON_DEG, 6), round(place[1] + north_m / M_PER_LAT_DEG, 6)


def _communes(grid: Grid, cells: Sequence[tuple[int, int]]) -> list[Commune]:
    """Return the communes with invented codes (from 90001) and names, each name once."""
    pairs = [(first, second) for second in SECOND_WORDS for first in FIRST_WORDS]
    return [
        Commune(f"{90_001 + number}", " ".join(pairs[number]), grid.centre(*cell))
        for number, cell in enumerate(cells)
    ]


def _villages(
    grid: Grid,
    cells: Sequence[tuple[int, int]],
    communes: Sequence[Commune],
    district: Mapping[tuple[int, int], Road],
    rng: np.random.Generator,
    *,
    dense: bool,
) -> list[Village]:
    """Return five villages for each commune: a market town north of the crossing and one on each arm further out."""
    villages = []
    for commune, (column, row) in zip(communes, cells, strict=True):
        upright, level = f"Đường tỉnh {820 + column}", district[column, row].name
        places = (
            (upright, 0.0, 560.0, 900.0),
            (upright, 0.0, 1_580.0, 800.0),
            (upright, 0.0, -float(rng.uniform(1_150.0, 1_300.0)), 1_200.0),
            (level, float(rng.uniform(1_200.0, 1_450.0)), 0.0, float(rng.uniform(1_000.0, 1_300.0))),
            (level, -float(rng.uniform(1_200.0, 1_450.0)), 0.0, float(rng.uniform(1_000.0, 1_300.0))),
        )
        for quarter, (road, east_m, north_m, length_m) in enumerate(places):
            rows = 4 if dense else 2 + int(rng.integers(2))
            side = SIDES[int(rng.integers(3))] if quarter else ""
            word = f"{commune.name.split()[0]} " if quarter else ""
            villages.append(
                Village(
                    code=f"{commune.code}-{quarter + 1:02d}",
                    name=f"{word}{QUARTERS[quarter]}",
                    commune=commune.code,
                    road=road,
                    centre=_moved(grid.centre(column, row), east_m=east_m, north_m=north_m),
                    length_m=length_m,
                    left=rows,
                    right=rows - int(rng.integers(2)),
                    weight=float(rng.uniform(0.7, 1.3)) * (1.5 if quarter == 0 else 1.0),
                    canal_side=side,
                    canal_after=1 if side else 0,
                    town=quarter == 0,
                    fields="orchard" if (column + row + quarter) % 3 == 0 else "farmland",
                )
            )
    return villages


def _schools(
    communes: Sequence[Commune], villages: Sequence[Village], *, schools: int, children_per_grade: int
) -> list[School]:
    """Return eight schools for each commune, and a ninth where the number asked for does not divide."""
    everything = sum(village.weight for village in villages)
    extra = schools - SCHOOLS_PER_COMMUNE * len(communes)
    taught: list[School] = []
    for number, commune in enumerate(communes):
        own = [village for village in villages if village.commune == commune.code]
        children = children_per_grade * sum(village.weight for village in own) / everything
        primary = own if number < extra else own[:4]
        taught += _schools_of_grade(commune, number, 1, primary, children)
        taught += _schools_of_grade(commune, number, 6, [own[0], *own[2:]], children)
    return taught


def _schools_of_grade(
    commune: Commune, number: int, grade: Grade, villages: Sequence[Village], children: float
) -> list[School]:
    """Return a school in each of the villages, with classes for all children of the commune and a few more.

    A popular school has fewer seats than children who want it: classes follow homes, not wishes.
    """
    classes = math.ceil(children * SEATS_PER_CHILD / CLASS_SIZE[grade])
    spare = max(0, classes - len(villages))
    counts = shared_out([village.weight for village in villages], spare)
    level = "Tiểu học" if grade == 1 else "THCS"
    taught = []
    for order, (village, count) in enumerate(zip(villages, counts, strict=True)):
        code = f"79{100 + number}{'4' if grade == 1 else '5'}{order + 1:02d}"
        title = commune.name if order == 0 else PATRONS[(number * 5 + order * 3 + grade) % len(PATRONS)]
        name = f"Trường {level} {title}" if order == 0 else f"Trường {level} {title} {commune.name}"
        site = Site(code, "Điểm chính", village.code, count + 1, village.centre)
        taught.append(School(code, name, grade, commune.code, (site,), popularity_of(code)))
    return taught


def shared_out(weights: Sequence[float], total: int) -> list[int]:
    """Return whole numbers in proportion to the weights that sum to the total (largest remainders round up)."""
    everything = sum(weights)
    exact = [weight * total / everything for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda number: (parts[number] - exact[number], number))
    for number in by_remainder[: total - sum(parts)]:
        parts[number] += 1
    return parts

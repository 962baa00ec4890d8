"""Builds the streets and alleys of one village along its road.

A village is a grid that follows the bend of its road: cross streets leave the road about every hundred metres,
rows run parallel to it, alleys end blind behind the houses. Streets keep off the water and off other through
roads; a canal is crossed only on its few bridges, so that two parallel streets may be near in a straight line
and far on the road.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely

from data.demo.landscape import Village
from data.demo.plane import Spot
from data.demo.roads import RoadLine
from data.demo.streets import Frontage, StreetPlan

CANAL_GAP_M = 34.0
CANAL_OFFSET_M = 15.0
"""How far behind its row a canal runs; the next row stands ``CANAL_GAP_M`` further back than without one."""
CLEAR_OF_ROADS_M = 20.0
CANAL_WIDTH_M = 8
NUMBER_EVERY_M = 6.0

Cell = tuple[int, int]
"""Column along the road, and signed row: 0 the road itself, 1 the first row on the left, -1 on the right."""
Edge = tuple[Cell, Cell]


@dataclass
class VillageGrid:
    """The grid of one village while it is being built."""

    village: Village
    index: int
    line: RoadLine
    columns: list[float]
    spots: dict[Cell, Spot] = field(default_factory=dict)
    edges: set[tuple[Cell, Cell]] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    def offset_m(self, row: int) -> float:
        """Return how far from the road a row runs, to the left positive."""
        side = "left" if row > 0 else "right"
        gap = CANAL_GAP_M if self.village.canal_side == side and abs(row) > self.village.canal_after else 0.0
        return (abs(row) * self.village.row_m + gap) * (1 if row > 0 else -1)

    def crosses_canal(self, row: int, next_row: int) -> bool:
        """Tell whether the canal runs between two neighbouring rows of one side."""
        side = "left" if max(row, next_row) > 0 else "right"
        inner = min(abs(row), abs(next_row))
        return self.village.canal_side == side and inner == self.village.canal_after


def column_chains(village: Village, line: RoadLine, rng: np.random.Generator) -> list[float]:
    """Return where along its road the cross streets of a village begin, in metres; never on a bridge."""
    centre = line.chain_of(*village.centre)
    start = max(20.0, centre - village.length_m / 2)
    end = min(line.length_m - 20.0, centre + village.length_m / 2)
    count = max(2, round((end - start) / (105.0 if village.town else 135.0)))
    steps = np.linspace(start, end, count + 1)
    jitter = rng.uniform(-14.0, 14.0, size=count + 1)
    columns = [round(float(step + shift), 1) for step, shift in zip(steps, jitter, strict=True)]
    return [chain for chain in columns if not line.is_bridge(chain, margin_m=25.0)]


def build_village(
    plan: StreetPlan,
    village: Village,
    index: int,
    line: RoadLine,
    *,
    obstacles: shapely.Geometry,
    street_names: list[str],
    rng: np.random.Generator,
) -> None:
    """Draw the streets, canal and alleys of a village and state its frontages.

    ``obstacles`` is everything streets may not touch: water, other roads and streets drawn before.
    ``street_names`` is used up from its end.
    """
    grid = VillageGrid(village, index, line, column_chains(village, line, rng))
    _place_cells(grid, rng)
    _join_cells(grid, obstacles, rng)
    _keep_connected(grid)
    _name_streets(grid, street_names)
    line.stops.update(grid.columns[column] for column, row in sorted(_used_cells(grid)) if row == 0)
    _draw_canal(plan, grid)
    _draw_grid(plan, grid, obstacles, rng)
    _front_the_road(plan, grid, obstacles, rng)


def _used_cells(grid: VillageGrid) -> set[Cell]:
    """Return the cells that some street touches."""
    return {cell for edge in grid.edges for cell in edge}


def _place_cells(grid: VillageGrid, rng: np.random.Generator) -> None:
    """Put every cell of the grid at its distance from the road, a little astray as real corners are."""
    for column, chain in enumerate(grid.columns):
        base, direction = grid.line.at(chain)
        for row in range(-grid.village.right, grid.village.left + 1):
            if row == 0:
                grid.spots[column, 0] = base
                continue
            reach = grid.offset_m(row) + float(rng.uniform(-5.0, 5.0))
            slip = float(rng.uniform(-9.0, 9.0))
            grid.spots[column, row] = Spot(
                base.x - direction.y * reach + direction.x * slip,
                base.y + direction.x * reach + direction.y * slip,
            )


def _join_cells(grid: VillageGrid, obstacles: shapely.Geometry, rng: np.random.Generator) -> None:
    """Join neighbouring cells by streets that keep clear of the obstacles; a few streets are left out."""
    wanted: list[tuple[Cell, Cell]] = []
    last = len(grid.columns) - 1
    bridge_columns = {1, max(1, last - 1)}
    for column in range(last + 1):
        for row in range(-grid.village.right, grid.village.left):
            if grid.crosses_canal(row, row + 1) and column not in bridge_columns:
                continue
            wanted.append(((column, row), (column, row + 1)))
        if column < last:
            rows = [row for row in range(-grid.village.right, grid.village.left + 1) if row]
            wanted.extend(((column, row), (column + 1, row)) for row in rows)
    missing = rng.random(len(wanted)) < 0.07
    for (near, far), left_out in zip(wanted, missing, strict=True):
        is_bridge = near[0] == far[0] and grid.crosses_canal(near[1], far[1])
        if left_out and not is_bridge:
            continue
        start, end = grid.spots[near], grid.spots[far]
        if near[1] == 0 or far[1] == 0:
            # The first metres of a cross street lie on the road, where another road may join.
            start, end = _shortened(start, end)
        if not shapely.dwithin(obstacles, shapely.LineString([start, end]), CLEAR_OF_ROADS_M):
            grid.edges.add((near, far))


def _shortened(start: Spot, end: Spot) -> tuple[Spot, Spot]:
    """Return the middle half of a segment."""
    return (
        Spot(start.x + (end.x - start.x) * 0.25, start.y + (end.y - start.y) * 0.25),
        Spot(start.x + (end.x - start.x) * 0.75, start.y + (end.y - start.y) * 0.75),
    )


def _keep_connected(grid: VillageGrid) -> None:
    """Drop the streets that no longer reach the road."""
    reached = _reached(grid.edges)
    grid.edges = {edge for edge in grid.edges if edge[0] in reached}


def _reached(edges: Iterable[Edge]) -> set[Cell]:
    """Return the cells from which these streets lead to the road."""
    neighbours: dict[Cell, list[Cell]] = {}
    for near, far in edges:
        neighbours.setdefault(near, []).append(far)
        neighbours.setdefault(far, []).append(near)
    reached = {cell for cell in neighbours if cell[1] == 0}
    waiting = list(reached)
    while waiting:
        fresh = [cell for cell in neighbours[waiting.pop()] if cell not in reached]
        reached.update(fresh)
        waiting.extend(fresh)
    return reached


def _one_way_edges(grid: VillageGrid) -> set[Edge]:
    """Return the edges that become one-way: second rows of towns, where both ends also have a two-way way out."""
    if not grid.village.town:
        return set()
    wished = {edge for edge in grid.edges if edge[0][1] == edge[1][1] and abs(edge[0][1]) == 2}
    two_way = _reached(grid.edges - wished)
    return {edge for edge in wished if edge[0] in two_way and edge[1] in two_way}


def _name_streets(grid: VillageGrid, street_names: list[str]) -> None:
    """Give every row and every cross street of the grid its name."""
    for row in range(-grid.village.right, grid.village.left + 1):
        if row:
            grid.names[f"row {row}"] = street_names.pop()
    for column in range(len(grid.columns)):
        grid.names[f"column {column}"] = f"Đường {grid.village.name} {column + 1}"


def _draw_canal(plan: StreetPlan, grid: VillageGrid) -> None:
    """Draw the canal behind its row, from before the first cross street to after the last."""
    village = grid.village
    if not village.canal_side:
        return
    side = 1 if village.canal_side == "left" else -1
    reach = (village.canal_after * village.row_m + CANAL_OFFSET_M) * side
    spots = []
    for chain in np.linspace(
        max(0.0, grid.columns[0] - 45.0), min(grid.columns[-1] + 45.0, grid.line.length_m), 24
    ):
        base, direction = grid.line.at(float(chain))
        spots.append(Spot(base.x - direction.y * reach, base.y + direction.x * reach))
    plan.canals.append((f"Kênh {village.name}", spots))


def _draw_grid(
    plan: StreetPlan, grid: VillageGrid, obstacles: shapely.Geometry, rng: np.random.Generator
) -> None:
    """Draw rows and cross streets as ways of consecutive edges, with alleys leaving the rows."""
    for row in range(-grid.village.right, grid.village.left + 1):
        if row:
            _draw_row(plan, grid, row, obstacles, rng)
    for column in range(len(grid.columns)):
        for side in (1, -1):
            _draw_column(plan, grid, column, side)


def _draw_row(
    plan: StreetPlan, grid: VillageGrid, row: int, obstacles: shapely.Geometry, rng: np.random.Generator
) -> None:
    """Draw one row; in towns the second rows are one-way, on one side to and on the other fro."""
    name = grid.names[f"row {row}"]
    highway = "residential" if grid.village.town or abs(row) == 1 else "unclassified"
    tags = {"highway": highway, "name": name}
    one_way = _one_way_edges(grid)
    chain_m = 0.0
    for column in range(len(grid.columns) - 1):
        start, end = grid.spots[column, row], grid.spots[column + 1, row]
        length = _length_m(start, end)
        edge = (column, row), (column + 1, row)
        if edge in grid.edges:
            spots = _with_alleys(plan, grid, row, (start, end), name, chain_m, obstacles, rng)
            plan.add_way(
                spots if row > 0 else spots[::-1], {**tags, "oneway": "yes"} if edge in one_way else tags
            )
            plan.frontages.append(Frontage(start, end, name, grid.index, length, chain_m))
        chain_m += length


def _draw_column(plan: StreetPlan, grid: VillageGrid, column: int, side: int) -> None:
    """Draw one cross street on one side of the road, with its bridge where it crosses the canal."""
    name = grid.names[f"column {column}"]
    tags = {"highway": "residential", "name": name}
    chain_m = 0.0
    reach = grid.village.left if side > 0 else grid.village.right
    for step in range(reach):
        near, far = (column, side * step), (column, side * (step + 1))
        start, end = grid.spots[near], grid.spots[far]
        length = _length_m(start, end)
        edge = (near, far) if side > 0 else (far, near)
        if edge in grid.edges:
            if grid.crosses_canal(near[1], far[1]):
                _draw_canal_bridge(plan, start, end, tags, grid.village.name)
            else:
                plan.add_way([start, end], tags)
                plan.frontages.append(Frontage(start, end, name, grid.index, length * 0.6, chain_m))
        chain_m += length


def _draw_canal_bridge(plan: StreetPlan, start: Spot, end: Spot, tags: dict[str, str], village: str) -> None:
    """Draw a cross street over the canal: street, a short bridge, street."""
    length = _length_m(start, end)
    quays = []
    for metres in (CANAL_OFFSET_M - 11.0, CANAL_OFFSET_M + 11.0):
        share = metres / length
        quays.append(Spot(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share))
    plan.add_way([start, quays[0]], tags)
    plan.add_way(quays, {**tags, "bridge": "yes", "layer": "1", "bridge:name": f"Cầu Kênh {village}"})
    plan.add_way([quays[1], end], tags)


def _length_m(start: Spot, end: Spot) -> float:
    """Return the length of a segment of the plane."""
    return float(np.sqrt((end.x - start.x) ** 2 + (end.y - start.y) ** 2))


def house_number(chain_m: float, *, left: bool) -> int:
    """Return the number of the house this far along its street: odd on the left, even on the right."""
    return 2 * int(chain_m // NUMBER_EVERY_M) + (1 if left else 2)


def _with_alleys(
    plan: StreetPlan,
    grid: VillageGrid,
    row: int,
    segment: tuple[Spot, Spot],
    street: str,
    chain_m: float,
    obstacles: shapely.Geometry,
    rng: np.random.Generator,
) -> list[Spot]:
    """Return the segment with a stop for each alley that leaves it, and draw those alleys."""
    start, end = segment
    length = _length_m(start, end)
    outward = 1 if row >= 0 else -1
    last = row == (grid.village.left if row > 0 else -grid.village.right)
    stops = [start]
    for share in (0.3, 0.55, 0.8):
        at = share + float(rng.uniform(-0.06, 0.06))
        to_back = bool(rng.random() < 0.55)
        reach = float(
            rng.uniform(60.0, 150.0) if last and to_back else rng.uniform(22.0, grid.village.row_m * 0.52)
        )
        if rng.random() > (0.75 if to_back else 0.5) or length < 60.0:
            continue
        if to_back and grid.crosses_canal(row, row + outward):
            continue
        if not to_back and grid.crosses_canal(row, row - outward):
            reach = min(reach, 40.0)
        mouth = Spot(start.x + (end.x - start.x) * at, start.y + (end.y - start.y) * at)
        side = outward if to_back else -outward
        if _draw_alley(
            plan, grid.index, (start, end), mouth, side, reach, street, chain_m + length * at, obstacles, rng
        ):
            stops.append(mouth)
    return [*stops, end]


def _draw_alley(
    plan: StreetPlan,
    village: int,
    segment: tuple[Spot, Spot],
    mouth: Spot,
    side: int,
    reach_m: float,
    street: str,
    chain_m: float,
    obstacles: shapely.Geometry,
    rng: np.random.Generator,
) -> bool:
    """Draw one blind alley from ``mouth`` to the given side, and tell whether there was room for it."""
    start, end = segment
    length = _length_m(start, end)
    ahead = Spot((end.x - start.x) / length, (end.y - start.y) / length)
    bend = float(rng.uniform(-0.16, 0.16))
    tip = Spot(
        mouth.x - ahead.y * reach_m * side + ahead.x * reach_m * bend,
        mouth.y + ahead.x * reach_m * side + ahead.y * reach_m * bend,
    )
    kind = float(rng.random())
    if shapely.dwithin(obstacles, shapely.LineString([_shortened(mouth, tip)[0], tip]), CLEAR_OF_ROADS_M):
        return False
    number = house_number(chain_m, left=side > 0)
    tags = {"name": f"Hẻm {number} {street[0].lower()}{street[1:]}"}
    if kind < 0.55:
        tags = {"highway": "service", "service": "alley", **tags}
    elif kind < 0.8:
        tags = {"highway": "residential", **tags, "width": "3"}
    else:
        tags = {"highway": "footway", **tags, "motorcycle": "yes", "width": "1.5"}
    plan.add_way([mouth, tip], tags)
    plan.frontages.append(Frontage(mouth, tip, street, village, reach_m * 1.3, 0.0, number))
    return True


def _front_the_road(
    plan: StreetPlan, grid: VillageGrid, obstacles: shapely.Geometry, rng: np.random.Generator
) -> None:
    """Line the road itself with houses between the first and the last cross street, and open a few alleys."""
    for near, far in zip(grid.columns[:-1], grid.columns[1:], strict=True):
        if grid.line.is_bridge((near + far) / 2, margin_m=(far - near) / 2):
            continue
        start, end = grid.line.at(near)[0], grid.line.at(far)[0]
        plan.frontages.append(Frontage(start, end, grid.line.road.name, grid.index, (far - near) * 0.7, near))
        for side, rows in ((1, grid.village.left), (-1, grid.village.right)):
            if rng.random() > 0.45:
                continue
            chain = near + (far - near) * float(rng.uniform(0.35, 0.65))
            mouth = grid.line.at(round(chain, 1))[0]
            reach = (
                float(rng.uniform(24.0, grid.village.row_m * 0.5))
                if rows
                else float(rng.uniform(40.0, 110.0))
            )
            if _draw_alley(
                plan, grid.index, (start, end), mouth, side, reach, grid.line.road.name, chain, obstacles, rng
            ):
                grid.line.stops.add(round(chain, 1))

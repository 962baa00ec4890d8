"""The grid of one village: where its corners stand, which of them streets join, which streets are one-way.

The grid follows the bend of the village's road: cross streets leave the road about every hundred metres, rows
run parallel to it. Streets keep off the obstacles; a canal is crossed only on its few bridges.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely

from data.demo.landscape import Village
from data.demo.plane import Spot
from data.demo.roads import RoadLine

CANAL_GAP_M = 34.0
CANAL_OFFSET_M = 15.0
"""How far behind its row a canal runs; the next row stands ``CANAL_GAP_M`` further back than without one."""
CLEAR_OF_ROADS_M = 20.0

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


def used_cells(grid: VillageGrid) -> set[Cell]:
    """Return the cells that some street touches."""
    return {cell for edge in grid.edges for cell in edge}


def place_cells(grid: VillageGrid, rng: np.random.Generator) -> None:
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


def join_cells(grid: VillageGrid, obstacles: shapely.Geometry, rng: np.random.Generator) -> None:
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
            start, end = middle_half(start, end)
        if not shapely.dwithin(obstacles, shapely.LineString([start, end]), CLEAR_OF_ROADS_M):
            grid.edges.add((near, far))


def middle_half(start: Spot, end: Spot) -> tuple[Spot, Spot]:
    """Return the middle half of a segment."""
    return (
        Spot(start.x + (end.x - start.x) * 0.25, start.y + (end.y - start.y) * 0.25),
        Spot(start.x + (end.x - start.x) * 0.75, start.y + (end.y - start.y) * 0.75),
    )


def keep_connected(grid: VillageGrid) -> None:
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


def one_way_edges(grid: VillageGrid) -> set[Edge]:
    """Return the edges that become one-way: second rows of towns, where both ends also have a two-way way out."""
    if not grid.village.town:
        return set()
    wished = {edge for edge in grid.edges if edge[0][1] == edge[1][1] and abs(edge[0][1]) == 2}
    two_way = _reached(grid.edges - wished)
    return {edge for edge in wished if edge[0] in two_way and edge[1] in two_way}


def name_streets(grid: VillageGrid, street_names: list[str]) -> None:
    """Give every row and every cross street of the grid its name."""
    for row in range(-grid.village.right, grid.village.left + 1):
        if row:
            grid.names[f"row {row}"] = street_names.pop()
    for column in range(len(grid.columns)):
        grid.names[f"column {column}"] = f"Đường {grid.village.name} {column + 1}"

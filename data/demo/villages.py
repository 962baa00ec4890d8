"""Draws the streets, canal and alleys of one village along its road, and states where its houses stand.

Alleys end blind behind the houses. Two streets with the canal between them may be near in a straight line and
far on the road.
"""

from itertools import pairwise

import numpy as np
import shapely

from data.demo.landscape import Village
from data.demo.plane import Spot
from data.demo.roads import RoadLine
from data.demo.streets import Frontage, StreetPlan, house_number
from data.demo.village_grid import (
    CANAL_OFFSET_M,
    CLEAR_OF_ROADS_M,
    VillageGrid,
    column_chains,
    join_cells,
    keep_connected,
    middle_half,
    name_streets,
    one_way_edges,
    place_cells,
    used_cells,
)

ALLEY_HOMES, CROSS_STREET_HOMES, ROAD_HOMES = 1.3, 0.6, 0.7
"""Homes along a metre of alley, cross street and through road, against one along a metre of row."""


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

    Args:
        index: the village's number, kept with its frontages.
        line: the road it lies on, which is told where side streets will meet it.
        obstacles: everything streets may not touch: water, other roads and villages drawn before.
        street_names: names for the rows, used up from the end.
    """
    grid = VillageGrid(village, index, line, column_chains(village, line, rng))
    place_cells(grid, rng)
    join_cells(grid, obstacles, rng)
    keep_connected(grid)
    name_streets(grid, street_names)
    line.stops.update(grid.columns[column] for column, row in sorted(used_cells(grid)) if row == 0)
    drawing = _VillageDrawing(plan, grid, obstacles, rng)
    drawing.draw_canal()
    drawing.draw_rows()
    drawing.draw_columns()
    drawing.front_the_road()


class _VillageDrawing:
    """Draws a finished grid onto the plan of the region."""

    def __init__(
        self, plan: StreetPlan, grid: VillageGrid, obstacles: shapely.Geometry, rng: np.random.Generator
    ) -> None:
        self.plan, self.grid, self.obstacles, self.rng = plan, grid, obstacles, rng
        self.village = grid.village

    def draw_canal(self) -> None:
        """Draw the canal behind its row, from before the first cross street to after the last."""
        if not self.village.canal_side:
            return
        side = 1 if self.village.canal_side == "left" else -1
        reach = (self.village.canal_after * self.village.row_m + CANAL_OFFSET_M) * side
        line, columns = self.grid.line, self.grid.columns
        spots = []
        for chain in np.linspace(max(0.0, columns[0] - 45.0), min(columns[-1] + 45.0, line.length_m), 24):
            base, direction = line.at(float(chain))
            spots.append(Spot(base.x - direction.y * reach, base.y + direction.x * reach))
        self.plan.canals.append((f"Kênh {self.village.name}", spots))

    def draw_rows(self) -> None:
        """Draw the rows with their alleys; one-way rows run to on one side of the road and fro on the other."""
        one_way = one_way_edges(self.grid)
        for row in range(-self.village.right, self.village.left + 1):
            if not row:
                continue
            name = self.grid.names[f"row {row}"]
            highway = "residential" if self.village.town or abs(row) == 1 else "unclassified"
            tags = {"highway": highway, "name": name}
            chain_m = 0.0
            for column in range(len(self.grid.columns) - 1):
                edge = (column, row), (column + 1, row)
                front = Frontage(
                    *(self.grid.spots[cell] for cell in edge), name, self.grid.index, 0.0, chain_m
                )
                length = _length_m(front.start, front.end)
                if edge in self.grid.edges:
                    spots = self._with_alleys(front, row)
                    spots = spots if row > 0 else spots[::-1]
                    self.plan.add_way(spots, {**tags, "oneway": "yes"} if edge in one_way else tags)
                    self.plan.frontages.append(front.weighing(length))
                chain_m += length

    def draw_columns(self) -> None:
        """Draw the cross streets, with a bridge where one crosses the canal."""
        for column in range(len(self.grid.columns)):
            for side, reach in ((1, self.village.left), (-1, self.village.right)):
                self._draw_column(column, side, reach)

    def _draw_column(self, column: int, side: int, reach: int) -> None:
        """Draw one cross street on one side of the road, ``reach`` rows deep."""
        name = self.grid.names[f"column {column}"]
        tags = {"highway": "residential", "name": name}
        chain_m = 0.0
        for step in range(reach):
            near, far = (column, side * step), (column, side * (step + 1))
            start, end = self.grid.spots[near], self.grid.spots[far]
            length = _length_m(start, end)
            if ((near, far) if side > 0 else (far, near)) in self.grid.edges:
                if self.grid.crosses_canal(near[1], far[1]):
                    self._draw_canal_bridge(start, end, tags)
                else:
                    self.plan.add_way([start, end], tags)
                    weight = length * CROSS_STREET_HOMES
                    self.plan.frontages.append(Frontage(start, end, name, self.grid.index, weight, chain_m))
            chain_m += length

    def _draw_canal_bridge(self, start: Spot, end: Spot, tags: dict[str, str]) -> None:
        """Draw a cross street over the canal: street, a short bridge, street."""
        length = _length_m(start, end)
        quays = [
            _between(start, end, metres / length) for metres in (CANAL_OFFSET_M - 11.0, CANAL_OFFSET_M + 11.0)
        ]
        bridge = {"bridge": "yes", "layer": "1", "bridge:name": f"Cầu Kênh {self.village.name}"}
        self.plan.add_way([start, quays[0]], tags)
        self.plan.add_way(quays, tags | bridge)
        self.plan.add_way([quays[1], end], tags)

    def _with_alleys(self, front: Frontage, row: int) -> list[Spot]:
        """Return a piece of row with a stop for each alley that leaves it, and draw those alleys."""
        grid, rng = self.grid, self.rng
        length = _length_m(front.start, front.end)
        outward = 1 if row >= 0 else -1
        last = row == (self.village.left if row > 0 else -self.village.right)
        stops = [front.start]
        for share in (0.3, 0.55, 0.8):
            at = share + float(rng.uniform(-0.06, 0.06))
            to_back = bool(rng.random() < 0.55)
            long_one = last and to_back
            reach = float(
                rng.uniform(60.0, 150.0) if long_one else rng.uniform(22.0, self.village.row_m * 0.52)
            )
            if rng.random() > (0.75 if to_back else 0.5) or length < 60.0:
                continue
            if to_back and grid.crosses_canal(row, row + outward):
                continue
            if not to_back and grid.crosses_canal(row, row - outward):
                reach = min(reach, 40.0)
            mouth = _between(front.start, front.end, at)
            side = outward if to_back else -outward
            if self._draw_alley(front, mouth, side * reach, front.chain_m + length * at):
                stops.append(mouth)
        return [*stops, front.end]

    def _draw_alley(self, front: Frontage, mouth: Spot, reach_m: float, chain_m: float) -> bool:
        """Draw one blind alley off a street, and tell whether there was room for it.

        Args:
            reach_m: its length, to the left of the street; to the right if negative.
            chain_m: how far along the street it opens, which gives its number.
        """
        length = _length_m(front.start, front.end)
        ahead = Spot((front.end.x - front.start.x) / length, (front.end.y - front.start.y) / length)
        bend = float(self.rng.uniform(-0.16, 0.16)) * abs(reach_m)
        tip = Spot(mouth.x - ahead.y * reach_m + ahead.x * bend, mouth.y + ahead.x * reach_m + ahead.y * bend)
        kind = float(self.rng.random())
        clear_part = shapely.LineString([middle_half(mouth, tip)[0], tip])
        if shapely.dwithin(self.obstacles, clear_part, CLEAR_OF_ROADS_M):
            return False
        number = house_number(chain_m, left=reach_m > 0)
        name = f"Hẻm {number} {front.street[0].lower()}{front.street[1:]}"
        self.plan.add_way([mouth, tip], _alley_tags(name, kind))
        self.plan.frontages.append(
            Frontage(mouth, tip, front.street, self.grid.index, abs(reach_m) * ALLEY_HOMES, 0.0, number)
        )
        return True

    def front_the_road(self) -> None:
        """Line the road itself with houses between the first and the last cross street, and open a few alleys."""
        line, rng = self.grid.line, self.rng
        for near, far in pairwise(self.grid.columns):
            if line.is_bridge((near + far) / 2, margin_m=(far - near) / 2):
                continue
            weight = (far - near) * ROAD_HOMES
            front = Frontage(line.at(near)[0], line.at(far)[0], line.road.name, self.grid.index, weight, near)
            self.plan.frontages.append(front)
            for side, rows in ((1, self.village.left), (-1, self.village.right)):
                if rng.random() > 0.45:
                    continue
                chain = round(near + (far - near) * float(rng.uniform(0.35, 0.65)), 1)
                reach = float(
                    rng.uniform(24.0, self.village.row_m * 0.5) if rows else rng.uniform(40.0, 110.0)
                )
                if self._draw_alley(front, line.at(chain)[0], side * reach, chain):
                    line.stops.add(chain)


def _alley_tags(name: str, kind: float) -> dict[str, str]:
    """Return the tags of an alley: mostly a service way, some a narrow street, some a footway for motorbikes too."""
    if kind < 0.55:
        return {"highway": "service", "service": "alley", "name": name}
    if kind < 0.8:
        return {"highway": "residential", "name": name, "width": "3"}
    return {"highway": "footway", "name": name, "motorcycle": "yes", "width": "1.5"}


def _between(start: Spot, end: Spot, share: float) -> Spot:
    """Return the point at a share of the way from start to end."""
    return Spot(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def _length_m(start: Spot, end: Spot) -> float:
    """Return the length of a segment of the plane."""
    return float(np.sqrt((end.x - start.x) ** 2 + (end.y - start.y) ** 2))

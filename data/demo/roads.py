"""The through roads of a landscape: smooth lines that cross every river in their way on a bridge."""

import itertools
from collections.abc import Iterable, Sequence

import shapely

from data.demo.landscape import Landscape, Road
from data.demo.plane import Spot, along, chain_nearest, chains, smooth, spot_at
from data.demo.streets import StreetPlan
from data.demo.water import WaterBody

ROAD_STEP_M = 70.0
BRIDGE_APPROACH_M = 12.0


class RoadLine:
    """A through road as a smooth line, with the stretches where it runs on a bridge."""

    def __init__(self, road: Road, water: shapely.Geometry) -> None:
        self.road = road
        self.line = smooth([spot_at(*point) for point in road.line], step_m=ROAD_STEP_M)
        self.walked = chains(self.line)
        self.shape = shapely.LineString(self.line)
        self.bridges = self._bridges(water)
        self.stops: set[float] = set()

    @property
    def length_m(self) -> float:
        """Return the length of the road on the plane."""
        return self.walked[-1]

    def _bridges(self, water: shapely.Geometry) -> list[tuple[float, float]]:
        """Return from where to where, in metres along the road, it crosses water (approaches included)."""
        crossed = shapely.intersection(self.shape, water)
        spans = []
        for part in shapely.get_parts(crossed):
            if part.geom_type == "LineString" and part.length > 1.0:
                ends = [self.shape.project(shapely.Point(part.coords[k])) for k in (0, -1)]
                spans.append(
                    (round(min(ends) - BRIDGE_APPROACH_M, 1), round(max(ends) + BRIDGE_APPROACH_M, 1))
                )
        merged: list[tuple[float, float]] = []
        for start, end in sorted(spans):
            # A road that starts or ends at the quay meets the water there without crossing it.
            if start < 30.0 or end > self.length_m - 30.0:
                continue
            if merged and start <= merged[-1][1] + 20.0:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def is_bridge(self, chain_m: float, *, margin_m: float = 0.0) -> bool:
        """Tell whether the road is on a bridge (or within ``margin_m`` of one) at this distance."""
        return any(start - margin_m <= chain_m <= end + margin_m for start, end in self.bridges)

    def at(self, chain_m: float) -> tuple[Spot, Spot]:
        """Return the point at this distance along the road and the direction of travel."""
        return along(self.line, self.walked, chain_m)

    def chain_of(self, lon: float, lat: float) -> float:
        """Return the distance along the road of its vertex nearest to a longitude and latitude."""
        return chain_nearest(self.line, self.walked, spot_at(lon, lat))

    def vertices(self) -> list[tuple[float, Spot]]:
        """Return (distance, point) of every vertex: the curve's own, the bridge ends and the side streets' stops."""
        places = {round(chain, 3): spot for chain, spot in zip(self.walked, self.line, strict=True)}
        for chain in sorted(self.stops | {end for span in self.bridges for end in span}):
            places.setdefault(round(chain, 3), self.at(chain)[0])
        return sorted(places.items())


def road_lines(landscape: Landscape, water: shapely.Geometry) -> dict[str, RoadLine]:
    """Return the smooth line of every road by its name."""
    return {road.name: RoadLine(road, water) for road in landscape.roads}


def bridge_name(
    line: RoadLine, span: tuple[float, float], bodies: Sequence[WaterBody], names: dict[str, str]
) -> str:
    """Return the name of a bridge: the one stated for road and river, else the river's own."""
    middle = shapely.Point(line.at((span[0] + span[1]) / 2)[0])
    river = min(bodies, key=lambda body: body.polygon.distance(middle)).name
    bare = river.removeprefix("Sông ").removeprefix("Rạch ")
    return names.get(f"{line.road.name}/{river}", f"Cầu {bare}")


def draw_roads(
    plan: StreetPlan, lines: Iterable[RoadLine], bodies: Sequence[WaterBody], bridge_names: dict[str, str]
) -> None:
    """Draw every through road, cut into ways at its bridges.

    Called after the villages have asked for their stops, so that side streets share the road's nodes.
    """
    for line in lines:
        base = {"highway": line.road.highway, "name": line.road.name, **dict(line.road.tags)}
        vertices = line.vertices()
        edges = [0.0, *(end for span in line.bridges for end in span), line.length_m]
        for index, (start, end) in enumerate(itertools.pairwise(edges)):
            tags = base
            if index % 2:
                name = bridge_name(line, (start, end), bodies, bridge_names)
                tags = {**base, "bridge": "yes", "layer": "1", "bridge:name": name}
            plan.add_way([spot for chain, spot in vertices if start - 0.01 <= chain <= end + 0.01], tags)

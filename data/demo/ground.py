"""Draws a landscape: water, through roads, villages, communes and hamlets, all on the plane."""

from dataclasses import dataclass

import numpy as np
import shapely

from data.demo.areas import AreaShape, commune_shapes, hamlet_shapes
from data.demo.cover import Covered, ground_cover
from data.demo.landscape import Landscape
from data.demo.names import StreetNames
from data.demo.plane import spot_at
from data.demo.roads import RoadLine, draw_roads, road_lines
from data.demo.streets import StreetPlan
from data.demo.villages import build_village
from data.demo.water import WaterBody, water_bodies, water_cover


@dataclass(frozen=True)
class Ground:
    """A drawn region: what the extract, the boundaries and the homes are taken from."""

    landscape: Landscape
    bodies: list[WaterBody]
    water: shapely.Geometry
    lines: dict[str, RoadLine]
    plan: StreetPlan
    communes: list[AreaShape]
    hamlets: list[AreaShape]
    cover: list[Covered]


def draw_ground(landscape: Landscape, *, seed: int) -> Ground:
    """Draw a landscape from its seed; villages in their order, then roads, then areas."""
    bodies = water_bodies(landscape)
    water = water_cover(bodies)
    lines = road_lines(landscape, water)
    plan = StreetPlan()
    names = StreetNames()
    built: list[shapely.Geometry] = []
    shapes = [line.shape for line in lines.values()]
    tree = shapely.STRtree(shapes)
    for index, village in enumerate(landscape.villages):
        line = lines[village.road]
        surroundings = _surroundings(line.shape, village.centre, village.length_m, shapes, tree, built, water)
        first_way = len(plan.ways)
        build_village(
            plan,
            village,
            index,
            line,
            obstacles=surroundings,
            street_names=names.for_village(village),
            rng=np.random.Generator(np.random.PCG64([seed, 11, index])),
        )
        built.append(_hull(plan, first_way))
    draw_roads(plan, lines.values(), bodies, landscape.bridge_names)
    communes = commune_shapes(landscape)
    by_code = {area.code: area.polygon for area in communes}
    return Ground(
        landscape=landscape,
        bodies=bodies,
        water=water,
        lines=lines,
        plan=plan,
        communes=communes,
        hamlets=hamlet_shapes(landscape, lines, communes),
        cover=ground_cover(landscape, plan, lines, by_code, water),
    )


def _hull(plan: StreetPlan, first_way: int) -> shapely.Geometry:
    """Return the hull of the streets drawn since ``first_way``."""
    spots = [plan.nodes[number] for way in plan.ways[first_way:] for number in way.nodes]
    return shapely.convex_hull(shapely.MultiPoint(spots))


def _surroundings(
    own: shapely.Geometry,
    centre: tuple[float, float],
    length_m: float,
    roads: list[shapely.Geometry],
    tree: shapely.STRtree,
    built: list[shapely.Geometry],
    water: shapely.Geometry,
) -> shapely.Geometry:
    """Return what the streets of a village must keep clear of: water, other roads, villages drawn before."""
    reach = length_m / 2 + 800.0
    middle = spot_at(*centre)
    window = shapely.box(middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach)
    near = [roads[number] for number in sorted(tree.query(window)) if roads[number] is not own]
    hulls = [hull for hull in built if hull.intersects(window)]
    obstacles = shapely.union_all([*near, *hulls, water.intersection(window)])
    shapely.prepare(obstacles)
    return obstacles

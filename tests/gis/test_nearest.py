"""The grid against brute force: nearest segments, and straight pieces across water."""

from random import Random

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.nearest import FEW_POINTS, INSET_M, SegmentGrid, snap_points

REACH_M = 400.0
quickly = settings(max_examples=60, deadline=None)


def segments(random: Random, count: int, spread_m: float, longest_m: float) -> np.ndarray:
    """Return random segments, some of no length."""
    rows = []
    for _ in range(count):
        x, y = random.uniform(-spread_m, spread_m), random.uniform(-spread_m, spread_m)
        reach = random.choice([0, 0.2, 1]) * longest_m
        rows.append((x, y, x + random.uniform(-reach, reach), y + random.uniform(-reach, reach)))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def lines_of(ends: np.ndarray) -> np.ndarray:
    """Return segments as shapely lines."""
    return shapely.linestrings(ends.reshape(-1, 2, 2))


def snapped(random: Random, roads: np.ndarray, water: np.ndarray, courses: np.ndarray, cell_m: float):
    """Snap random points; return the points and what was found."""
    points = np.array([(random.uniform(-900, 900), random.uniform(-900, 900)) for _ in range(30)])
    bridges = np.array([random.random() < 0.2 for _ in roads])
    found = snap_points(
        points[:, 0],
        points[:, 1],
        REACH_M,
        SegmentGrid.of(roads, cell_m),
        bridges,
        SegmentGrid.of(water, 2 * cell_m),
        courses,
    )
    return points, bridges, found


def is_wet(straight, on_bridge: bool, water: np.ndarray, courses: np.ndarray) -> bool:
    """Say by shapely whether a straight piece crosses water."""
    if straight.length <= 2 * INSET_M or not len(water):
        return False
    inset = shapely.LineString(
        [straight.interpolate(INSET_M), straight.interpolate(straight.length - INSET_M)]
    )
    crossed = np.flatnonzero(shapely.intersects(lines_of(water), inset))
    return bool(courses[crossed].any()) or len(crossed) >= 2 or (len(crossed) == 1 and on_bridge)


@quickly
@given(seed=st.integers(0, 10**6), cell_m=st.sampled_from([30.0, 64.0, 250.0]))
def test_the_nearest_segment_is_the_nearest_of_all(seed: int, cell_m: float):
    random = Random(seed)
    roads = segments(random, random.randint(1, 60), 1000, 600)
    points, _, (nearest, _, shares) = snapped(
        random, roads, np.empty((0, 4)), np.empty(0, dtype=bool), cell_m
    )
    lines = lines_of(roads)
    for point, k, share in zip(points, nearest, shares[:, 0], strict=True):
        distances = shapely.distance(lines, shapely.Point(point))
        if distances.min() > REACH_M:
            assert k == -1
            continue
        assert abs(distances[k] - distances.min()) < 1e-9
        place = roads[k, :2] + share * (roads[k, 2:] - roads[k, :2])
        assert abs(np.hypot(*(place - point)) - distances.min()) < 1e-9


@quickly
@given(seed=st.integers(0, 10**6))
def test_the_dry_segment_is_the_nearest_of_those_not_across_water(seed: int):
    random = Random(seed)
    roads = segments(random, random.randint(1, 40), 800, 300)
    water = segments(random, random.randint(1, 25), 800, 500)
    courses = np.array([random.random() < 0.5 for _ in water])
    points, bridges, (nearest, dry, _) = snapped(random, roads, water, courses, 64.0)
    lines = lines_of(roads)
    for point, first, found in zip(points, nearest, dry, strict=True):
        place = shapely.Point(point)
        distances = shapely.distance(lines, place)
        reachable = [
            k
            for k in np.argsort(distances, kind="stable")
            if distances[k] <= REACH_M
            and not is_wet(shapely.shortest_line(place, lines[k]), bridges[k], water, courses)
        ]
        if not reachable:
            assert found == -1
        else:
            assert abs(distances[found] - distances[reachable[0]]) < 1e-9
            assert distances[first] <= distances[found]


def test_few_points_are_snapped_like_many():
    random = Random(11)
    roads, water = segments(random, 50, 900, 300), segments(random, 20, 900, 400)
    courses = np.array([random.random() < 0.5 for _ in water])
    bridges = np.zeros(len(roads), dtype=bool)
    points = np.array([(random.uniform(-900, 900), random.uniform(-900, 900)) for _ in range(3 * FEW_POINTS)])
    grids = SegmentGrid.of(roads, 64.0), SegmentGrid.of(water, 128.0)
    many = snap_points(points[:, 0], points[:, 1], REACH_M, grids[0], bridges, grids[1], courses)
    for begin in range(0, len(points), FEW_POINTS):
        part = points[begin : begin + FEW_POINTS]
        few = snap_points(part[:, 0], part[:, 1], REACH_M, grids[0], bridges, grids[1], courses)
        for whole, some in zip(many, few, strict=True):
            assert (whole[begin : begin + FEW_POINTS] == some).all()

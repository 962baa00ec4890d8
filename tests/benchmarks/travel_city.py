"""Points and towns to measure on: homes along real streets, and a made-up city of any size."""

import itertools
import json
from pathlib import Path

import numpy as np

from gis.coordinates import E7, FloatArray
from gis.network.build import TimedStreets, assemble, time_streets
from gis.network.extract import Lines, Streets
from gis.network.network import Network
from gis.network.speeds import read_speeds

WEST, SOUTH = 106.0, 10.0
STEP_E7 = 9_000
"""About 100 m between crossings."""

MAIN_EVERY = 12


def homes_along_streets(network: Network, count: int, seed: int) -> FloatArray:
    """Return homes a few metres beside the network's streets, more where streets are closer."""
    random = np.random.default_rng(seed)
    lengths = network.segment_mm / network.segment_mm.sum(dtype=np.int64)
    segment = random.choice(len(lengths), size=count, p=lengths)
    share = random.random(count)
    lon = network.shape_lon[segment] * (1 - share) + network.shape_lon[segment + 1] * share
    lat = network.shape_lat[segment] * (1 - share) + network.shape_lat[segment + 1] * share
    return np.stack((lon, lat), axis=1) + random.normal(0, 1e-4, (count, 2))


def schools_of(path: Path) -> FloatArray:
    """Return the points of a GeoJSON file of schools."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return np.array([feature["geometry"]["coordinates"] for feature in features], dtype=np.float64)


def made_up_city(nodes: int, seed: int) -> Network:
    """Return a jittered grid: main roads every 12 streets, blocks of small streets, one-ways, three rivers.

    As in real towns a small street mostly ends at a main road; one in four goes on across it. Rivers are crossed by
    every fortieth column alone.
    """
    random = np.random.default_rng(seed)
    side = round(nodes**0.5)
    number = np.arange(side * side).reshape(side, side)
    jitter = random.integers(-STEP_E7 // 4, STEP_E7 // 4, (2, side, side))
    lon = round(WEST * E7) + np.arange(side)[:, None] * STEP_E7 + jitter[0]
    lat = round(SOUTH * E7) + np.arange(side)[None, :] * STEP_E7 + jitter[1]
    rivers = [side // 4, side // 2, 3 * side // 4]
    lines: list[np.ndarray] = []
    main: list[bool] = []
    for street in range(side):
        for across, row in ((number[:, street], True), (number[street, :], False)):
            cuts = {0, side} | (set() if row or street % 40 == 0 else set(rivers))
            if street % MAIN_EVERY:
                ends = np.arange(MAIN_EVERY, side, MAIN_EVERY)
                cuts |= set(ends[random.random(len(ends)) > 0.25].tolist())
            for begin, end in itertools.pairwise(sorted(cuts)):
                if end - begin > 1:
                    lines.append(across[begin:end])
                    main.append(street % MAIN_EVERY == 0)
    return assemble(
        _timed(lines, main, number, lon, lat, random),
        water=Lines(
            np.zeros(1, dtype=np.int64), *(np.empty(0, dtype=kind) for kind in (np.int64, np.int32, np.int32))
        ),
        water_kind=np.empty(0, dtype=np.uint8),
        straight_m_per_h=read_speeds().straight_m_per_h,
        speeds=read_speeds().as_dict(),
    )


def _timed(
    lines: list[np.ndarray],
    main: list[bool],
    number: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
    random: np.random.Generator,
) -> TimedStreets:
    """Return the streets of a grid with their times."""
    points = np.concatenate(lines)
    first = np.concatenate(([0], np.cumsum([len(line) for line in lines]))).astype(np.int64)
    count = len(lines)
    speed = np.where(main, 40_000, random.integers(15_000, 25_000, count)).astype(np.int32)
    one_way = (random.random(count) < 0.12) & ~np.array(main)
    driven = np.where(one_way, random.integers(1, 3, count), 3).astype(np.uint8)
    walk = np.full(count, 3, dtype=np.uint8)
    return time_streets(
        Streets(
            lines=Lines(
                first,
                points.astype(np.int64) + 1,
                lon.ravel()[points].astype(np.int32),
                lat.ravel()[points].astype(np.int32),
            ),
            way=np.arange(count, dtype=np.int64),
            road_class=["primary" if big else "residential" for big in main],
            name=[""] * count,
            flags=np.zeros(count, dtype=np.uint8),
            metres_per_hour=np.stack(
                (np.full(count, 4800, dtype=np.int32), speed, speed, np.full(count, 4800, np.int32))
            ),
            directions=np.stack((walk, driven, driven, walk)),
            line_ms=np.zeros((4, count), dtype=np.int64),
        )
    )

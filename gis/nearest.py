"""The nearest segment to many points on a plane, and whether the way there crosses water. Metres throughout."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from gis.coordinates import FloatArray, IntArray

MOST_CELLS = 4_000_000
INSET_M = 0.01
"""A straight piece is tested without its last centimetre at both ends: touching water there is no crossing."""


@dataclass(frozen=True, eq=False)
class SegmentGrid:
    """Segments listed by the square cells that their boxes touch; cell (i, j) is number ``j * columns + i``."""

    west: float
    south: float
    cell_m: float
    columns: int
    rows: int
    first: IntArray
    segment: npt.NDArray[np.int32]
    ends: FloatArray
    """Shape (segments, 4): x and y of both ends."""

    @classmethod
    def of(cls, ends: FloatArray, cell_m: float) -> "SegmentGrid":
        """Index segments given by their ends, in cells of about ``cell_m``."""
        if not len(ends):
            return cls(0, 0, cell_m, 1, 1, np.zeros(2, dtype=np.int64), np.empty(0, dtype=np.int32), ends)
        west, south = float(ends[:, 0::2].min()), float(ends[:, 1::2].min())
        width, height = float(ends[:, 0::2].max()) - west, float(ends[:, 1::2].max()) - south
        cell_m = max(cell_m, ((width + cell_m) * (height + cell_m) / MOST_CELLS) ** 0.5)
        columns, rows = int(width / cell_m) + 1, int(height / cell_m) + 1
        first, segment = _fill_cells(ends, west, south, cell_m, columns, rows)
        return cls(west, south, cell_m, columns, rows, first, segment, ends)

    @property
    def arrays(self) -> tuple[object, ...]:
        """What the kernels take, in order."""
        return (
            self.west,
            self.south,
            self.cell_m,
            self.columns,
            self.rows,
            self.first,
            self.segment,
            self.ends,
        )


@numba.njit(cache=True)
def _cell(value, origin, cell_m, count):
    """Return the row or column of a coordinate, kept inside the grid."""
    return min(max(int((value - origin) / cell_m), 0), count - 1)


@numba.njit(cache=True)
def _fill_cells(ends, west, south, cell_m, columns, rows):
    """Count, then list, the segments of every cell; ascending within a cell."""
    first = np.zeros(columns * rows + 1, dtype=np.int64)
    for turn in range(2):
        if turn == 1:
            for cell in range(columns * rows):
                first[cell + 1] += first[cell]
            listed = np.empty(first[-1], dtype=np.int32)
            place = first[:-1].copy()
        for k in range(len(ends)):
            low_i = _cell(min(ends[k, 0], ends[k, 2]), west, cell_m, columns)
            high_i = _cell(max(ends[k, 0], ends[k, 2]), west, cell_m, columns)
            low_j = _cell(min(ends[k, 1], ends[k, 3]), south, cell_m, rows)
            high_j = _cell(max(ends[k, 1], ends[k, 3]), south, cell_m, rows)
            for j in range(low_j, high_j + 1):
                for i in range(low_i, high_i + 1):
                    if turn == 0:
                        first[j * columns + i + 1] += 1
                    else:
                        listed[place[j * columns + i]] = k
                        place[j * columns + i] += 1
    return first, listed


@numba.njit(cache=True)
def _share(ends, k, x, y):
    """Return how far along a segment, from 0 to 1, the nearest place to a point lies."""
    dx, dy = ends[k, 2] - ends[k, 0], ends[k, 3] - ends[k, 1]
    square = dx * dx + dy * dy
    if square == 0.0:
        return 0.0
    return min(max(((x - ends[k, 0]) * dx + (y - ends[k, 1]) * dy) / square, 0.0), 1.0)


@numba.njit(cache=True)
def _square_to(ends, k, x, y):
    """Return the square of the distance from a point to a segment."""
    share = _share(ends, k, x, y)
    dx = ends[k, 0] + share * (ends[k, 2] - ends[k, 0]) - x
    dy = ends[k, 1] + share * (ends[k, 3] - ends[k, 1]) - y
    return dx * dx + dy * dy


@numba.njit(cache=True)
def _nearest(x, y, reach_m, west, south, cell_m, columns, rows, first, segment, ends):
    """Return the nearest segment within reach, the lowest number of equally near ones, or -1.

    Cells are looked at in growing squares around the point; a square of r cells leaves nothing unseen within r
    cells' width.
    """
    at_i, at_j = int(np.floor((x - west) / cell_m)), int(np.floor((y - south) / cell_m))
    best, best_square = -1, reach_m * reach_m
    ring = 0
    while (ring - 1) * cell_m <= reach_m and (best < 0 or (ring - 1) * cell_m <= best_square**0.5):
        for j in range(max(at_j - ring, 0), min(at_j + ring, rows - 1) + 1):
            whole = j == at_j - ring or j == at_j + ring
            step = 1 if whole else max(2 * ring, 1)
            for i in range(at_i - ring, at_i + ring + 1, step):
                if i < 0 or i >= columns:
                    continue
                cell = j * columns + i
                for entry in range(first[cell], first[cell + 1]):
                    k = segment[entry]
                    square = _square_to(ends, k, x, y)
                    if square < best_square or (square == best_square and (best < 0 or k < best)):
                        best, best_square = k, square
        ring += 1
    return best


@numba.njit(cache=True)
def _within(x, y, reach_m, west, south, cell_m, columns, rows, first, segment, ends):
    """Return the segments within reach, each once, by distance and then number."""
    low_i, high_i = _cell(x - reach_m, west, cell_m, columns), _cell(x + reach_m, west, cell_m, columns)
    low_j, high_j = _cell(y - reach_m, south, cell_m, rows), _cell(y + reach_m, south, cell_m, rows)
    count = 0
    for j in range(low_j, high_j + 1):
        count += first[j * columns + high_i + 1] - first[j * columns + low_i]
    found = np.empty(count, dtype=np.int32)
    used = 0
    for j in range(low_j, high_j + 1):
        for entry in range(first[j * columns + low_i], first[j * columns + high_i + 1]):
            if _square_to(ends, segment[entry], x, y) <= reach_m * reach_m:
                found[used] = segment[entry]
                used += 1
    found = np.unique(found[:used])
    squares = np.empty(len(found))
    for n in range(len(found)):
        squares[n] = _square_to(ends, found[n], x, y)
    return found[np.argsort(squares, kind="mergesort")]


@numba.njit(cache=True)
def _turn(ax, ay, bx, by, cx, cy):
    """Return the sign of the turn from a over b to c: left positive, right negative, straight zero."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@numba.njit(cache=True)
def _between(a, b, c):
    """Whether c lies between a and b, the ends included."""
    return min(a, b) <= c <= max(a, b)


@numba.njit(cache=True)
def _meet(ax, ay, bx, by, cx, cy, dx, dy):
    """Whether two closed segments ab and cd have a point in common."""
    c_side, d_side = _turn(ax, ay, bx, by, cx, cy), _turn(ax, ay, bx, by, dx, dy)
    a_side, b_side = _turn(cx, cy, dx, dy, ax, ay), _turn(cx, cy, dx, dy, bx, by)
    if (c_side > 0) != (d_side > 0) and (a_side > 0) != (b_side > 0) and c_side != 0 and d_side != 0:
        return True
    if c_side == 0 and _between(ax, bx, cx) and _between(ay, by, cy):
        return True
    if d_side == 0 and _between(ax, bx, dx) and _between(ay, by, dy):
        return True
    if a_side == 0 and _between(cx, dx, ax) and _between(cy, dy, ay):
        return True
    return b_side == 0 and _between(cx, dx, bx) and _between(cy, dy, by)


@numba.njit(cache=True)
def _is_wet(x, y, to_x, to_y, on_bridge, is_course, west, south, cell_m, columns, rows, first, segment, ends):
    """Whether a straight piece crosses water; see ``snap_points``."""
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    if length <= 2 * INSET_M or len(ends) == 0:
        return False
    part = INSET_M / length
    ax, ay = x + part * (to_x - x), y + part * (to_y - y)
    bx, by = to_x - part * (to_x - x), to_y - part * (to_y - y)
    shore = -1
    for j in range(_cell(min(ay, by), south, cell_m, rows), _cell(max(ay, by), south, cell_m, rows) + 1):
        for i in range(
            _cell(min(ax, bx), west, cell_m, columns), _cell(max(ax, bx), west, cell_m, columns) + 1
        ):
            cell = j * columns + i
            for entry in range(first[cell], first[cell + 1]):
                k = segment[entry]
                if k == shore or not _meet(ax, ay, bx, by, ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]):
                    continue
                if is_course[k] or on_bridge or shore >= 0:
                    return True
                shore = k
    return False


@numba.njit(cache=True)
def _is_wet_to(x, y, k, ends, bridges, is_course, water):
    """Whether the straight piece from a point to a road segment crosses water."""
    share = _share(ends, k, x, y)
    to_x = ends[k, 0] + share * (ends[k, 2] - ends[k, 0])
    to_y = ends[k, 1] + share * (ends[k, 3] - ends[k, 1])
    return _is_wet(x, y, to_x, to_y, bridges[k], is_course, *water)


@numba.njit(cache=True)
def _snap(n, x, y, reach_m, roads, bridges, water, is_course, nearest, dry, shares):
    """Find the segments of point n and write them down."""
    ends = roads[7]
    best = _nearest(x, y, reach_m, *roads)
    if best < 0:
        return
    nearest[n] = best
    shares[n, 0] = _share(ends, best, x, y)
    if not _is_wet_to(x, y, best, ends, bridges, is_course, water):
        dry[n], shares[n, 1] = best, shares[n, 0]
        return
    reach = _square_to(ends, best, x, y) ** 0.5
    tried = 0
    while dry[n] < 0 and reach < reach_m:
        reach = min(2 * reach + 50, reach_m)
        near = _within(x, y, reach, *roads)
        for k in near[tried:]:
            if not _is_wet_to(x, y, k, ends, bridges, is_course, water):
                dry[n], shares[n, 1] = k, _share(ends, k, x, y)
                break
        tried = len(near)


@numba.njit(cache=True, parallel=True)
def _snap_many(x, y, reach_m, roads, bridges, water, is_course, nearest, dry, shares):
    """Find the segments of many points on all threads."""
    for n in numba.prange(len(x)):
        _snap(n, x[n], y[n], reach_m, roads, bridges, water, is_course, nearest, dry, shares)


@numba.njit(cache=True)
def _snap_few(x, y, reach_m, roads, bridges, water, is_course, nearest, dry, shares):
    """Find the segments of a few points without waking other threads, which would take longer than the search."""
    for n in range(len(x)):
        _snap(n, x[n], y[n], reach_m, roads, bridges, water, is_course, nearest, dry, shares)


FEW_POINTS = 256


def snap_points(
    x: FloatArray,
    y: FloatArray,
    reach_m: float,
    roads: SegmentGrid,
    bridges: npt.NDArray[np.bool_],
    water: SegmentGrid,
    is_course: npt.NDArray[np.bool_],
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return per point the nearest segment, the nearest that is not across water, and their shares; -1 for none.

    A straight piece crosses water when it crosses the middle of a river or canal; when it crosses shores twice, in
    and out again; or when it crosses one shore to end on a bridge above the water. One shore alone is a house at
    the water's edge, or a road mapped a little into the river.

    Args:
        bridges: whether each road segment is a bridge.
        is_course: whether each water segment is the middle of a river or canal; else it is a shore.
    """
    nearest, dry = np.full(len(x), -1, dtype=np.int64), np.full(len(x), -1, dtype=np.int64)
    shares = np.zeros((len(x), 2))
    search = _snap_few if len(x) <= FEW_POINTS else _snap_many
    search(x, y, reach_m, roads.arrays, bridges, water.arrays, is_course, nearest, dry, shares)
    return nearest, dry, shares

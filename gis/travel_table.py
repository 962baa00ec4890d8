"""Travel tables on files: points in, seconds and metres out, for offices and auditors without a database."""

import csv
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from gis.coordinates import FloatArray, IntArray, check_point
from gis.errors import CoordinateError, GisError
from gis.network.export import whole_file
from gis.network.network import Network
from gis.search.engine import TravelEngine
from gis.search.graph import UNREACHABLE, rounded, unpack
from gis.search.meetings import Meetings, meet
from gis.snapping import FLAGGED_FROM_MM, EdgeSnapper, NodeSnapper, Snaps

COLUMNS = ("id", "lon", "lat")
SCHEMA = pa.schema(
    [
        ("origin_id", pa.string()),
        ("destination_id", pa.string()),
        ("time_s", pa.int32()),
        ("length_m", pa.int32()),
    ]
)
CHUNK_PAIRS = 4_000_000
MEMORY_PAIRS = 60_000_000
"""Above this the costs lie in a file beside the output instead of in memory."""


class TableError(GisError):
    """An input file, a row of it, or an option of a travel table is refused."""


@dataclass(frozen=True)
class PlacedPoints:
    """The rows of an input file that can be used."""

    ids: list[str]
    points: FloatArray
    rows: list[int]
    """Line of each point in its file; the header is line 1."""


@dataclass
class TableReport:
    """What a travel table holds and what it does not."""

    origins: int = 0
    destinations: int = 0
    written: int = 0
    unreachable: int = 0
    beyond_limit: int = 0
    left_out: list[str] = field(default_factory=list)
    """One sentence per refused row, with ``skip_bad``."""
    flagged: list[str] = field(default_factory=list)
    """One sentence per point more than 300 m from its edge."""


class Snapper(Protocol):
    """Meets points with a network."""

    def snap(self, points: FloatArray) -> Snaps: ...


def read_points(path: Path, *, refused: list[str] | None) -> PlacedPoints:
    """Read a file of ``id,lon,lat``.

    Args:
        refused: collects refused rows as sentences; none to stop at the first.

    Raises:
        TableError: the file cannot be read, has no such columns or no usable row, or a row is refused.
    """
    ids: list[str] = []
    places: list[tuple[float, float]] = []
    rows: list[int] = []
    seen: dict[str, int] = {}
    for number, row in _rows(path):
        try:
            name = _text(row, "id")
            where = f"{path.name}, row {number} (id {name})"
            if not name:
                raise TableError(f"{path.name}, row {number}: the id is empty")
            if name in seen:
                raise TableError(f"{where}: the id already stands in row {seen[name]}")
            place = check_point(_number(row, "lon", where), _number(row, "lat", where), what=where)
        except (TableError, CoordinateError) as error:
            if refused is None:
                raise TableError(str(error)) from error
            refused.append(str(error))
            continue
        seen[name] = number
        ids.append(name)
        places.append(place)
        rows.append(number)
    if not ids:
        raise TableError(f"{path.name} holds no usable point")
    return PlacedPoints(ids, np.array(places, dtype=np.float64).reshape(-1, 2), rows)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield the line number and cells of each row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise TableError(f"{path.name}: the column {missing[0]!r} is missing; expected id,lon,lat")
            for row in reader:
                yield reader.line_num, row
    except FileNotFoundError as error:
        raise TableError(f"{path} does not exist") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path.name} is not a readable CSV file in UTF-8: {error}") from error


def _text(row: dict[str, str | None], column: str) -> str:
    """Return a cell without surrounding space."""
    return (row.get(column) or "").strip()


def _number(row: dict[str, str | None], column: str, where: str) -> float:
    """Return a cell as a number."""
    cell = _text(row, column)
    try:
        return float(cell)
    except ValueError:
        raise TableError(f"{where}: {column} is {cell!r}, not a number of degrees") from None


@dataclass(frozen=True)
class TableOptions:
    """What goes into a travel table."""

    profile: str
    max_minutes: float | None = None
    nearest: int | None = None
    snap: Literal["edge", "node"] = "edge"
    skip_bad: bool = False

    def check(self) -> None:
        """Refuse impossible options.

        Raises:
            TableError: naming the option.
        """
        if self.max_minutes is not None and not (math.isfinite(self.max_minutes) and self.max_minutes >= 0):
            raise TableError(f"--max-minutes is {self.max_minutes}; a number of minutes from 0 is needed")
        if self.nearest is not None and self.nearest < 1:
            raise TableError(f"--nearest is {self.nearest}; a whole number from 1 is needed")

    @property
    def limit_ms(self) -> int | None:
        """The longest time to keep, in milliseconds."""
        return None if self.max_minutes is None else math.floor(self.max_minutes * 60_000 + 1e-6)


def write_travel_table(
    network: Network,
    *,
    origins: Path,
    destinations: Path,
    output: Path,
    options: TableOptions,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> TableReport:
    """Write the travel from every origin to every destination, rows in the order of the two files.

    Raises:
        TableError: an input or option is refused; then nothing is written.
    """
    options.check()
    if output.suffix not in (".csv", ".parquet"):
        raise TableError(f"{output.name}: the output's name must end in .csv or .parquet")
    if not output.parent.is_dir():
        raise TableError(f"the folder {output.parent} does not exist")
    report = TableReport()
    edges = EdgeSnapper(network, options.profile)
    snapper: Snapper = edges if options.snap == "edge" else NodeSnapper(network, options.profile, edges)
    homes, home_meetings = _placed(network, snapper, origins, options, report)
    schools, school_meetings = _placed(network, snapper, destinations, options, report)
    report.origins, report.destinations = len(homes.ids), len(schools.ids)
    engine = TravelEngine(network, options.profile)
    with _cost_table(len(homes.ids), len(schools.ids), output.parent) as costs, whole_file(output) as part:
        for done in engine.fill_table(home_meetings, school_meetings, costs):
            if progress:
                progress("destinations searched", done, len(schools.ids))
        with _writer(part, output.suffix) as write:
            rows_at_once = max(1, CHUNK_PAIRS // len(schools.ids))
            for begin in range(0, len(homes.ids), rows_at_once):
                chunk = np.asarray(costs[begin : begin + rows_at_once])
                write(
                    _kept_rows(chunk, homes.ids[begin : begin + rows_at_once], schools.ids, options, report)
                )
                if progress:
                    progress("origins written", min(begin + rows_at_once, len(homes.ids)), len(homes.ids))
    return report


def _placed(
    network: Network, snapper: Snapper, path: Path, options: TableOptions, report: TableReport
) -> tuple[PlacedPoints, Meetings]:
    """Read a file and meet the network with its points; refused ones stop, or are left out and listed."""
    placed = read_points(path, refused=report.left_out if options.skip_bad else None)
    snaps = snapper.snap(placed.points)
    kept: list[int] = []
    for index, (name, row) in enumerate(zip(placed.ids, placed.rows, strict=True)):
        where = f"{path.name}, row {row} (id {name})"
        quality = snaps.quality(index)
        if quality == "refused":
            sentence = f"{where}: {_too_far(snaps, index, options.profile)}"
            if not options.skip_bad:
                raise TableError(f"{sentence}; mend it, or leave such rows out with --skip-bad")
            report.left_out.append(sentence)
            continue
        if snaps.nearest_mm[index] > FLAGGED_FROM_MM or quality == "far":
            metres = rounded(int(max(snaps.offset_mm[index], snaps.nearest_mm[index])))
            report.flagged.append(f"{where}: {metres} m from the nearest road, more than 300 m")
        kept.append(index)
    if not kept:
        raise TableError(f"{path.name} holds no point that meets the network")
    chosen = np.array(kept, dtype=np.int64)
    meetings = meet(network, options.profile, placed.points, snaps).subset(chosen)
    ids, rows = [placed.ids[i] for i in kept], [placed.rows[i] for i in kept]
    return PlacedPoints(ids, placed.points[chosen], rows), meetings


def _too_far(snaps: Snaps, index: int, profile: str) -> str:
    """Return why a point meets no road."""
    if snaps.crosses_water[index]:
        return f"every road for {profile} within 500 m lies across water"
    return f"no road for {profile} within 500 m"


class _cost_table:
    """A matrix of costs, origins by destinations; in memory while small, else in a file that vanishes."""

    def __init__(self, rows: int, columns: int, folder: Path) -> None:
        """Plan a matrix; a large one is laid into ``folder``, where the output must have room anyway."""
        self._shape = (rows, columns)
        self._folder = folder
        self._file: tempfile._TemporaryFileWrapper | None = None

    def __enter__(self) -> IntArray:
        if self._shape[0] * self._shape[1] <= MEMORY_PAIRS:
            return np.empty(self._shape, dtype=np.int64)
        self._file = tempfile.NamedTemporaryFile(dir=self._folder, prefix=".travel-table-")
        return np.memmap(self._file, dtype=np.int64, mode="w+", shape=self._shape)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _kept_rows(
    costs: IntArray,
    origin_ids: list[str],
    destination_ids: list[str],
    options: TableOptions,
    report: TableReport,
) -> pa.Table:
    """Return the rows to write for some origins and count the pairs left out."""
    reached = costs < UNREACHABLE
    report.unreachable += int(costs.size - np.count_nonzero(reached))
    kept = reached
    if options.limit_ms is not None:
        kept = reached & ((costs >> 32) <= options.limit_ms)
        report.beyond_limit += int(np.count_nonzero(reached) - np.count_nonzero(kept))
    if options.nearest is not None and options.nearest < costs.shape[1]:
        order = np.argsort(np.where(kept, costs, UNREACHABLE), axis=1, kind="stable")
        among = np.zeros_like(kept)
        np.put_along_axis(among, order[:, : options.nearest], True, axis=1)
        kept = kept & among
    origin, destination = np.nonzero(kept)
    ms, mm = unpack(costs[origin, destination])
    report.written += len(origin)
    return pa.table(
        [
            pa.array(origin_ids, pa.string()).take(pa.array(origin)),
            pa.array(destination_ids, pa.string()).take(pa.array(destination)),
            pa.array(rounded(ms).astype(np.int32)),
            pa.array(rounded(mm).astype(np.int32)),
        ],
        schema=SCHEMA,
    )


class _writer:
    """Writes tables one after another as CSV or Parquet."""

    def __init__(self, path: Path, suffix: str) -> None:
        """Write to ``path`` in the format of ``suffix``."""
        self._path = path
        self._suffix = suffix

    def __enter__(self) -> Callable[[pa.Table], None]:
        if self._suffix == ".parquet":
            self._parquet = pyarrow.parquet.ParquetWriter(self._path, SCHEMA)
            return self._parquet.write_table
        self._file = self._path.open("wb")
        self._file.write((",".join(SCHEMA.names) + "\n").encode())
        return self._write_lines

    def _write_lines(self, table: pa.Table) -> None:
        """Write rows as text: the joined strings lie end to end in memory, so they are written as they are."""
        cells: list[Any] = []
        for column in table.columns:
            text = pc.cast(column.combine_chunks(), pa.string())
            cells += [_quoted(text) if pa.types.is_string(column.type) else text, ","]
        lines = pc.binary_join_element_wise(*cells[:-1], "\n", "")
        if len(lines):
            self._file.write(lines.buffers()[2])

    def __exit__(self, *_: object) -> None:
        (self._parquet if self._suffix == ".parquet" else self._file).close()


def _quoted(ids: pa.Array) -> pa.Array:
    """Put ids with a comma, quote or line break into quotes, as RFC 4180 says."""
    needed = pc.match_substring_regex(ids, '[",\r\n]')
    if not pc.any(needed).as_py():
        return ids
    escaped = pc.binary_join_element_wise('"', pc.replace_substring(ids, '"', '""'), '"', "")
    return pc.if_else(needed, escaped, ids)

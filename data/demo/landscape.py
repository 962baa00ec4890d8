"""What a region is made of, before it is drawn: rivers, roads, ferries, villages, communes, schools.

``geography`` states the hand-made region in these words and ``delta`` invents further communes for the large
sizes; ``streets`` and ``areas`` turn them into nodes, ways and polygons. Coordinates are longitude and latitude.
"""

from dataclasses import dataclass, field
from typing import Literal

LonLat = tuple[float, float]
Grade = Literal[1, 6]


@dataclass(frozen=True)
class River:
    """A river drawn as a ribbon of water; widths in metres, one for each control point."""

    name: str
    line: tuple[LonLat, ...]
    widths_m: tuple[float, ...]


@dataclass(frozen=True)
class Road:
    """A through road; it crosses every river in its way on a bridge."""

    name: str
    highway: str
    line: tuple[LonLat, ...]
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ferry:
    """A crossing with a timetable time. A passenger line takes no vehicle at all."""

    name: str
    line: tuple[LonLat, ...]
    duration: str
    vehicles: bool


@dataclass(frozen=True)
class Village:
    """A hamlet built along a stretch of a road, with rows of streets on its two sides.

    ``left`` and ``right`` count the rows parallel to the road (left as one travels along the road's line).
    A ``canal_after`` of 1 puts a canal behind the first row of the side named by ``canal_side``.
    """

    code: str
    name: str
    commune: str
    road: str
    centre: LonLat
    length_m: float
    left: int
    right: int
    weight: float
    canal_side: Literal["left", "right", ""] = ""
    canal_after: int = 0
    town: bool = False
    fields: Literal["aquaculture", "salt_pond", "orchard", "farmland"] = "aquaculture"
    row_m: float = 78.0


@dataclass(frozen=True)
class Commune:
    """A commune (xã) with its five-digit code and a point that certainly lies inside."""

    code: str
    name: str
    inside: LonLat
    valid_from: str = "2025-07-01"


@dataclass(frozen=True)
class Site:
    """One place of teaching of a school (điểm trường) and its number of classes for the entry grade."""

    code: str
    name: str
    village: str
    classes: int
    near: LonLat


@dataclass(frozen=True)
class School:
    """A school with its sites, the first of which is the main one.

    ``popularity`` is a property of the demo: how many minutes further an average family would travel for it.
    """

    code: str
    name: str
    grade: Grade
    commune: str
    sites: tuple[Site, ...]
    popularity: float = 0.0
    levels: str = ""

    @property
    def level_text(self) -> str:
        """Return the levels as the office writes them: TH, THCS, or as stated."""
        return self.levels or ("TH" if self.grade == 1 else "THCS")


@dataclass(frozen=True)
class Landscape:
    """Everything a region is drawn from. Boundary lines cut the frame into communes."""

    frame: tuple[float, float, float, float]
    rivers: tuple[River, ...]
    roads: tuple[Road, ...]
    ferries: tuple[Ferry, ...]
    communes: tuple[Commune, ...]
    villages: tuple[Village, ...]
    schools: tuple[School, ...]
    boundaries: tuple[tuple[LonLat, ...], ...]
    sea: tuple[LonLat, ...] = ()
    islets: tuple[tuple[LonLat, ...], ...] = ()
    mangrove: tuple[str, ...] = ()
    bridge_names: dict[str, str] = field(default_factory=dict)

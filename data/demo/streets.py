"""The drawing of a region's streets: numbered nodes, tagged ways, canals, and where houses stand along them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from data.demo.plane import Spot

NUMBER_EVERY_M = 6.0


def house_number(chain_m: float, *, left: bool) -> int:
    """Return the number of the house this far along its street: odd on the left, even on the right."""
    return 2 * int(chain_m // NUMBER_EVERY_M) + (1 if left else 2)


@dataclass(frozen=True)
class Way:
    """A line of node numbers with its OpenStreetMap tags."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True)
class Frontage:
    """A stretch of a street along which houses stand.

    ``weight`` is the metres of houses it offers; ``chain_m`` the distance from the street's beginning, which
    gives the house numbers; ``alley_number`` the number of the alley on its street, or 0 on a street.
    """

    start: Spot
    end: Spot
    street: str
    village: int
    weight: float
    chain_m: float
    alley_number: int = 0

    def weighing(self, weight: float) -> "Frontage":
        """Return the same stretch with another weight."""
        return replace(self, weight=weight)


@dataclass
class StreetPlan:
    """The drawing: nodes, ways in the order drawn, canals, and the frontages of each village."""

    nodes: list[Spot] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    canals: list[tuple[str, list[Spot]]] = field(default_factory=list)
    frontages: list[Frontage] = field(default_factory=list)
    node_numbers: dict[Spot, int] = field(default_factory=dict)

    def number_of(self, spot: Spot) -> int:
        """Return the number of the node at ``spot``, the same for the same place."""
        place = Spot(round(spot.x, 3), round(spot.y, 3))
        if place not in self.node_numbers:
            self.node_numbers[place] = len(self.nodes)
            self.nodes.append(place)
        return self.node_numbers[place]

    def add_way(self, spots: Sequence[Spot], tags: dict[str, str]) -> None:
        """Draw a way through the spots, leaving out repeated places."""
        numbers: list[int] = []
        for spot in spots:
            number = self.number_of(spot)
            if not numbers or numbers[-1] != number:
                numbers.append(number)
        if len(numbers) > 1:
            self.ways.append(Way(tuple(numbers), tags))

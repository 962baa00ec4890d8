"""What pages see of schools: frozen values, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from admissions.rounds.service import RoundCard
from admissions.rounds.travel import Travel


@dataclass(frozen=True)
class Cutoff:
    """Who was last admitted at a school in a published round.

    ``tier`` and ``band_s`` are None when everyone who wanted the school got in, or when too few were admitted to
    tell without pointing at a child.
    """

    seats: int
    admitted: int
    everyone_admitted: bool
    tier: str | None
    sibling: bool
    up_to_s: int | None
    lottery_decided: bool


@dataclass(frozen=True)
class SchoolChoice:
    """A school site with seats in the round, seen from one home."""

    site_id: int
    site_code: str
    school_name: str
    site_name: str
    address: str
    phone: str
    kind: str
    lon: float
    lat: float
    location_id: int
    seats: int
    classes: int
    travel: Travel | None
    beyond_ceiling: bool
    last_cutoff: Cutoff | None

    @property
    def title(self) -> str:
        """The school's name, with the site's where the school has several."""
        return f"{self.school_name} – {self.site_name}" if self.site_name else self.school_name


@dataclass(frozen=True)
class Finder:
    """Schools of a round seen from a point, the quickest to reach first; those without a way come last."""

    round: RoundCard
    lon: float
    lat: float
    areas: Sequence[str]
    """The hamlet, commune and province of the point, the smallest first."""
    in_area: bool
    """The point lies in one of the round's communes."""
    snap_quality: str
    """``ok``, ``far`` (over 300 m from a road: look again) or ``refused`` (over 500 m: no times are given)."""
    schools: Sequence[SchoolChoice]
    straight_m: dict[int, int]
    """Straight-line metres by site id, to be named beside a way that is much longer; never used for ranking."""

"""Who may use a road, in which direction and how fast: OpenStreetMap tags to profiles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gis.network.ferries import FerryRule, parse_duration_ms
from gis.network.speeds import ROAD_PROFILES, SpeedTable
from gis.tables import PROFILES

FORWARD, BACKWARD = 1, 2
BOTH = FORWARD | BACKWARD

YES = frozenset(
    {"yes", "designated", "permissive", "destination", "official", "customers", "delivery", "permit"}
)
NO = frozenset({"no", "private", "agricultural", "forestry", "emergency", "military", "use_sidepath"})

ACCESS_KEYS = {
    "walk": ("access", "foot"),
    "motorbike": ("access", "vehicle", "motor_vehicle", "motorcycle"),
    "car": ("access", "vehicle", "motor_vehicle", "motorcar"),
}
"""From the general to the particular; the last one that says yes or no decides."""

ONEWAY_KEYS = {
    "walk": ("oneway:foot", "foot:oneway"),
    "motorbike": ("oneway:motor_vehicle", "oneway:motorcycle", "motorcycle:oneway"),
    "car": ("oneway:motor_vehicle", "oneway:motorcar"),
}

_ALL_KEYS = [key for keys in (*ACCESS_KEYS.values(), *ONEWAY_KEYS.values()) for key in keys]
ROAD_TAGS = ("highway", "service", "area", "oneway", "junction", "maxspeed", *dict.fromkeys(_ALL_KEYS))
"""Tags that decide about a road; two roads that agree in these are alike."""


@dataclass(frozen=True)
class Passage:
    """What one way offers each profile, in the order of ``PROFILES``."""

    metres_per_hour: tuple[int, ...]
    """Zero where the profile may not pass."""
    directions: tuple[int, ...]
    """Bits ``FORWARD`` and ``BACKWARD``."""
    line_ms: tuple[int, ...] = (0, 0, 0, 0)
    """For a ferry: crossing plus wait for its whole length, instead of a speed."""
    ferry: bool = False


def road_passage(tags: Mapping[str, str], speeds: SpeedTable) -> Passage | None:
    """Return who may use a road and how, or none when no profile may.

    Motorways excluded, ``motorroad=yes`` does not keep motorbikes out: in Việt Nam it is mapped on city
    boulevards that motorbikes use.
    """
    road_class = tags.get("highway", "")
    if road_class not in speeds.roads or tags.get("area") == "yes":
        return None
    by_class = speeds.alley if tags.get("service") == "alley" else speeds.roads[road_class]
    limit = parse_limit(tags.get("maxspeed"))
    found: dict[str, int] = {}
    for profile in ROAD_PROFILES:
        says = _verdict(tags, ACCESS_KEYS[profile])
        speed = by_class.get(profile, 0)
        if says is False:
            speed = 0
        elif not speed and says and _named_itself(tags, profile):
            speed = speeds.otherwise[profile]
        if speed and limit and profile != "walk":
            speed = min(speed, limit * speeds.limit_percent // 100)
        found[profile] = speed
    if not any(found.values()):
        return None
    bits = {profile: _directions(tags, profile, road_class) for profile in ROAD_PROFILES}
    return Passage(
        metres_per_hour=(*(found[profile] for profile in ROAD_PROFILES), found["walk"]),
        directions=tuple(bits[profile] if found[profile] else 0 for profile in (*ROAD_PROFILES, "walk")),
    )


def ferry_passage(
    tags: Mapping[str, str], *, length_mm: int, speeds: SpeedTable, rule: FerryRule | None
) -> Passage | None:
    """Return who may board a ferry line and the milliseconds of its whole length, wait included.

    Untagged lines carry people and motorbikes, not cars. A long line serves only ``boat`` unless ``rule`` names
    its profiles. ``boat`` may use every line that takes people on foot.
    """
    allowed = _ferry_profiles(tags, long_line=length_mm > speeds.long_line_m * 1000)
    if rule is not None and rule.profiles is not None:
        allowed = rule.profiles
    if not allowed:
        return None
    crossing_ms = parse_duration_ms(tags.get("duration")) or _by_length(length_mm, speeds.ferry_m_per_h)
    if rule is not None and rule.duration_ms is not None:
        crossing_ms = rule.duration_ms
    times = []
    for profile in PROFILES:
        wait_ms = speeds.wait_ms[profile]
        if rule is not None and rule.wait_ms is not None:
            wait_ms = rule.wait_ms
        times.append(max(1, crossing_ms + wait_ms) if profile in allowed else 0)
    bits = _oneway_bits(tags.get("oneway")) or BOTH
    return Passage(
        metres_per_hour=(0, 0, 0, 0),
        directions=tuple(bits if time else 0 for time in times),
        line_ms=tuple(times),
        ferry=True,
    )


BARRIERS = {
    "car": frozenset(
        {"bollard", "block", "cycle_barrier", "motorcycle_barrier", "jersey_barrier", "debris", "chain"}
    ),
    "motorbike": frozenset(
        {"motorcycle_barrier", "stile", "turnstile", "kissing_gate", "full-height_turnstile"}
    ),
    "walk": frozenset(),
}
"""Barriers that stop a profile unless their own tags say otherwise; gates stand open unless they say they do not."""


def barrier_bits(tags: Mapping[str, str]) -> int:
    """Return the profiles that a barrier on a road stops, one bit each in the order of ``PROFILES``."""
    stopped = 0
    for profile in ROAD_PROFILES:
        says = _verdict(tags, ACCESS_KEYS[profile])
        kinds = BARRIERS[profile] | (BARRIERS["motorbike"] if profile == "car" else frozenset())
        if says is False or (says is None and tags.get("barrier") in kinds):
            stopped |= 1 << PROFILES.index(profile)
            stopped |= (profile == "walk") << PROFILES.index("boat")
    return stopped


def _ferry_profiles(tags: Mapping[str, str], *, long_line: bool) -> frozenset[str]:
    """Return the profiles that a line's own tags admit."""
    on_foot = _verdict(tags, ACCESS_KEYS["walk"]) is not False
    if long_line:
        return frozenset({"boat"} if on_foot else ())
    allowed = {"walk", "boat"} if on_foot else set()
    if _verdict(tags, ACCESS_KEYS["motorbike"]) is not False:
        allowed.add("motorbike")
    if _verdict(tags, ACCESS_KEYS["car"]):
        allowed.add("car")
    return frozenset(allowed)


def _by_length(length_mm: int, metres_per_hour: int) -> int:
    """Return the milliseconds for a length at a speed, rounded half up."""
    return (2 * length_mm * 3600 + metres_per_hour) // (2 * metres_per_hour)


def _verdict(tags: Mapping[str, str], keys: tuple[str, ...]) -> bool | None:
    """Return whether the tags allow (true), forbid (false) or say nothing (none)."""
    for key in reversed(keys):
        values = tags.get(key, "").split(";")
        if any(value.strip() in YES for value in values):
            return True
        if any(value.strip() in NO for value in values):
            return False
    return None


def _named_itself(tags: Mapping[str, str], profile: str) -> bool:
    """Whether the tags admit the profile by its own name or as motor traffic, not only by ``access``."""
    return bool(_verdict(tags, ACCESS_KEYS[profile][1:]))


def _oneway_bits(value: str | None) -> int:
    """Return the direction bits of a one-way tag; zero when it says nothing definite."""
    if value in ("yes", "true", "1"):
        return FORWARD
    if value in ("-1", "reverse"):
        return BACKWARD
    if value in ("no", "false", "0"):
        return BOTH
    return 0


def _directions(tags: Mapping[str, str], profile: str, road_class: str) -> int:
    """Return the direction bits of a profile on a road."""
    for key in reversed(ONEWAY_KEYS[profile]):
        bits = _oneway_bits(tags.get(key))
        if bits:
            return bits
    if profile == "walk":
        return BOTH
    bits = _oneway_bits(tags.get("oneway"))
    if bits:
        return bits
    implied = road_class == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return FORWARD if implied else BOTH


def parse_limit(value: str | None) -> int:
    """Return a ``maxspeed`` in metres per hour, the lowest of several; zero when it gives no number."""
    found = []
    for part in (value or "").split(";"):
        match = re.fullmatch(r"\s*(\d{1,3})\s*(km/h|kmh|kph|mph)?\s*", part)
        if match and int(match[1]):
            found.append(round(int(match[1]) * (1609.344 if match[2] == "mph" else 1000)))
    return min(found, default=0)

"""The edit list: a plain TOML file that says how a network differs from the one it amends.

[[close]]                    # a road is cut, or a ferry stops
way = 329804156
profiles = ["motorbike"]     # everybody, when left out
reason = "bến phà sửa chữa"

[[speed]]                    # a road becomes slower or faster
way = 24680
kmh = { motorbike = 15, car = 12 }

[[ferry]]                    # a ferry's time changes
way = 329804156
duration_min = 12
wait_min = 20

[[add]]                      # a bridge or road opens
name = "Cầu Cần Giờ"
class = "primary"
bridge = true
oneway = false
points = [[106.7688, 10.6790], [106.7740, 10.6702]]
"""

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gis.coordinates import Point, check_point
from gis.errors import CoordinateError, SpeedTableError
from gis.network.speeds import ROAD_PROFILES, SpeedTable
from gis.tables import PROFILES


@dataclass(frozen=True)
class Edit:
    """One change. Which fields count depends on ``action``: close, speed, ferry or add."""

    action: str
    way: int | None = None
    profiles: tuple[str, ...] = PROFILES
    metres_per_hour: tuple[tuple[str, int], ...] = ()
    duration_ms: int | None = None
    wait_ms: int | None = None
    name: str = ""
    road_class: str = ""
    bridge: bool = False
    oneway: bool = False
    points: tuple[Point, ...] = ()
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, only those that differ from the default."""
        empty = asdict(Edit(action=self.action))
        return {
            name: value for name, value in asdict(self).items() if value != empty[name] or name == "action"
        }


KEYS = {
    "close": {"way", "profiles", "reason"},
    "speed": {"way", "kmh", "reason"},
    "ferry": {"way", "duration_min", "wait_min", "reason"},
    "add": {"name", "class", "bridge", "oneway", "points", "kmh", "reason"},
}


def read_edits(path: Path, speeds: SpeedTable) -> list[Edit]:
    """Read an edit list in the file's order: closings, speeds, ferries, additions.

    Raises:
        SpeedTableError: the file cannot be read, or an entry is wrong; the message names it.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpeedTableError(f"the edit list {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpeedTableError(f"the edit list {path.name} is not valid TOML: {error}") from error
    unknown = sorted(set(document) - set(KEYS))
    if unknown:
        raise SpeedTableError(f"{path.name}: unknown entry [[{unknown[0]}]]; known are {', '.join(KEYS)}")
    edits = []
    for action in KEYS:
        entries = document.get(action, [])
        if not isinstance(entries, list):
            raise SpeedTableError(f"{path.name}: write [[{action}]] with two brackets")
        for number, entry in enumerate(entries, start=1):
            edits.append(_edit(action, entry, where=f"{path.name}, {action} {number}", speeds=speeds))
    if not edits:
        raise SpeedTableError(f"the edit list {path.name} holds no edits")
    return edits


def _edit(action: str, entry: dict[str, Any], *, where: str, speeds: SpeedTable) -> Edit:
    """Return one checked edit."""
    unknown = sorted(set(entry) - KEYS[action])
    if unknown:
        raise SpeedTableError(
            f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(KEYS[action]))}"
        )
    reason = str(entry.get("reason", ""))
    if action == "add":
        return _addition(entry, where=where, speeds=speeds, reason=reason)
    way = entry.get("way")
    if not isinstance(way, int) or isinstance(way, bool):
        raise SpeedTableError(f"{where}: way is {way!r}; the number of an OpenStreetMap way is needed")
    if action == "close":
        profiles = entry.get("profiles", list(PROFILES))
        if not isinstance(profiles, list) or not profiles or set(profiles) - set(PROFILES):
            raise SpeedTableError(f"{where}: profiles is {profiles!r}; known are {', '.join(PROFILES)}")
        return Edit(action, way=way, profiles=tuple(p for p in PROFILES if p in profiles), reason=reason)
    if action == "speed":
        return Edit(action, way=way, metres_per_hour=_speeds(entry.get("kmh"), where=where), reason=reason)
    duration, wait = _minutes(entry, "duration_min", where), _minutes(entry, "wait_min", where)
    return Edit(action, way=way, duration_ms=duration, wait_ms=wait, reason=reason)


def _speeds(value: object, *, where: str) -> tuple[tuple[str, int], ...]:
    """Return profile speeds in metres per hour."""
    if not isinstance(value, dict) or not value or set(value) - set(ROAD_PROFILES):
        raise SpeedTableError(f"{where}: kmh needs speeds for {', '.join(ROAD_PROFILES)}")
    for profile, speed in value.items():
        if not isinstance(speed, int | float) or isinstance(speed, bool) or not 0.5 <= speed <= 200:
            raise SpeedTableError(f"{where}: kmh.{profile} is {speed!r}; a speed lies between 0.5 and 200")
    return tuple((profile, round(value[profile] * 1000)) for profile in ROAD_PROFILES if profile in value)


def _minutes(entry: dict[str, Any], key: str, where: str) -> int:
    """Return minutes as milliseconds."""
    value = entry.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1440:
        raise SpeedTableError(f"{where}: {key} is {value!r}; minutes from 0 to 1440 are needed")
    return round(value * 60_000)


def _addition(entry: dict[str, Any], *, where: str, speeds: SpeedTable, reason: str) -> Edit:
    """Return a checked new road."""
    road_class = entry.get("class")
    if road_class not in speeds.roads:
        raise SpeedTableError(
            f"{where}: class is {road_class!r}; known are {', '.join(sorted(speeds.roads))}"
        )
    points = entry.get("points")
    if not isinstance(points, list) or len(points) < 2:
        raise SpeedTableError(f"{where}: points needs at least two pairs [longitude, latitude]")
    placed = []
    for number, pair in enumerate(points, start=1):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, int | float) for p in pair)):
            raise SpeedTableError(f"{where}: point {number} is {pair!r}; [longitude, latitude] is needed")
        try:
            placed.append(check_point(float(pair[0]), float(pair[1]), what=f"{where}: point {number}"))
        except CoordinateError as error:
            raise SpeedTableError(str(error)) from error
    for key in ("bridge", "oneway"):
        if not isinstance(entry.get(key, False), bool):
            raise SpeedTableError(f"{where}: {key} is {entry[key]!r}; true or false is needed")
    own = dict(_speeds(entry["kmh"], where=where)) if "kmh" in entry else {}
    by_class = {**speeds.roads[road_class], **own}
    return Edit(
        "add",
        name=str(entry.get("name", "")),
        road_class=road_class,
        bridge=entry.get("bridge", False),
        oneway=entry.get("oneway", False),
        points=tuple(placed),
        metres_per_hour=tuple((p, by_class[p]) for p in ROAD_PROFILES if p in by_class),
        reason=reason,
    )

"""What a map page hands to its script: where tiles lie, what to draw, and every word it may show."""

from collections.abc import Sequence
from typing import Any

from admissions.schools.views import SchoolChoice
from gis.service import Point, Route
from web import formats
from web.i18n import gettext as _

TILES = "/ban-do/{version}/{{z}}/{{x}}/{{y}}.mvt"
FERRY = "ferry"
"""The mode of a leg over water, by car ferry or by passenger boat; every other leg is on land."""
MOST_MARKS = 150
"""More marks than this make a phone slow; the map then starts without them and the list does the work."""


def map_words() -> dict[str, str]:
    """Return the words of the map's own buttons and messages."""
    return {
        "zoomIn": _("Phóng to"),
        "zoomOut": _("Thu nhỏ"),
        "attribution": _("Nguồn bản đồ"),
        "gesture": _("Dùng hai ngón tay để di chuyển bản đồ"),
        "gestureDesktop": _("Giữ phím Ctrl và lăn chuột để phóng to, thu nhỏ"),
        "home": _("Nhà"),
        "failed": _("Bản đồ chưa tải được. Danh sách trên trang này có đủ các trường."),
        "map": _("Bản đồ"),
    }


def base_map(*, version_id: int, around: Sequence[SchoolChoice]) -> dict[str, Any]:
    """Return what every map needs; without a home the first view shows all of ``around``."""
    lons, lats = [one.lon for one in around], [one.lat for one in around]
    return {
        "tiles": TILES.format(version=version_id),
        "bounds": [min(lons), min(lats), max(lons), max(lats)] if around else None,
        "attribution": _("Dữ liệu đường: OpenStreetMap"),
        "words": map_words(),
        "home": None,
        "pick": None,
        "schools": [],
        "legs": [],
    }


def home_pin(point: Point) -> dict[str, float]:
    """Return a point for the script."""
    return {"lon": point.lon, "lat": point.lat}


def school_mark(
    choice: SchoolChoice, mark: str, address: str, level: int, *, chosen: bool = False
) -> dict[str, Any]:
    """Return one school for the script; its shape tells the level, its mark the place in the list."""
    travel = choice.travel
    return {
        "lon": choice.lon,
        "lat": choice.lat,
        "name": choice.title,
        "minutes": formats.travel(travel.time_s, travel.length_m, travel.profile) if travel else "",
        "mark": mark,
        "address": address,
        "shape": "round" if level == 1 else "square",
        "chosen": chosen,
    }


def leg_data(route: Route | None, profile: str) -> list[dict[str, Any]]:
    """Return the legs of a way for the script; only legs over water carry words, the rest would crowd the map."""
    if route is None:
        return []
    means = _("đò") if profile == "boat" else _("phà")
    return [
        {
            "line": [[round(lon, 6), round(lat, 6)] for lon, lat in leg.line],
            "water": leg.mode == FERRY,
            "words": f"{formats.duration(leg.time_s)} {means}" if leg.mode == FERRY else "",
        }
        for leg in route.legs
        if len(leg.line) > 1
    ]

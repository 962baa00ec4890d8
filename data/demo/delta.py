"""Invents further communes for the sizes m and l."""

import zlib


def popularity_of(code: str) -> float:
    """Return the popularity of a school of no stated one: between -3 and 7 minutes, most of them near 0."""
    drawn = zlib.crc32(code.encode()) % 1000
    return 7.0 - drawn / 40.0 if drawn < 120 else (drawn - 500) % 7 - 3.0

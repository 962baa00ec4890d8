"""Lottery numbers: one per student, the same at every school, derived from a published seed.

Number = HMAC-SHA256(key: the seed's bytes, message: the student's id in UTF-8), read as a big-endian integer;
lower is better. It depends on nothing but seed and id, so restarting an application changes nothing.
"""

import hmac
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

_SEED = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")


def seed_bytes(seed_hex: str) -> bytes:
    """Return the bytes of a seed written in hex; raises ValueError for anything but pairs of hex digits."""
    if not _SEED.match(seed_hex):
        raise ValueError("a seed is written as pairs of hexadecimal digits")
    return bytes.fromhex(seed_hex)


def lottery_digests(seed_hex: str, ids: Iterable[str]) -> list[bytes]:
    """Return each id's 32-byte number, in the order of ``ids``."""
    key = seed_bytes(seed_hex)
    return [hmac.digest(key, student.encode("utf-8"), "sha256") for student in ids]


def lottery_numbers(seed_hex: str, ids: Iterable[str]) -> dict[str, int]:
    """Return each id's lottery number; lower is better."""
    ids = list(ids)
    digests = lottery_digests(seed_hex, ids)
    return {student: int.from_bytes(digest, "big") for student, digest in zip(ids, digests, strict=True)}


def ranks_of_digests(digests: Sequence[bytes]) -> npt.NDArray[np.int64]:
    """Return each digest's place (0 best); shape (n,). Sorts by the first 8 bytes unless two are equal there."""
    heads = np.frombuffer(b"".join(digest[:8] for digest in digests), dtype=">u8").astype(np.uint64)
    order = np.argsort(heads, kind="stable")
    if np.any(heads[order[1:]] == heads[order[:-1]]):
        order = np.array(sorted(range(len(digests)), key=digests.__getitem__), dtype=np.int64)
    ranks = np.empty(len(digests), dtype=np.int64)
    ranks[order] = np.arange(len(digests))
    return ranks

"""Commit before the draw, reveal after it: Merkle trees over what a round freezes, and the seed made of two halves.

Before a lottery the office publishes the root over policy, seats and applications. Each receipt carries its path,
so that a family can see that its own application is inside without seeing another's. The seed joins an office
nonce, committed by its hash, with a public drawing that nobody could know before.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocation.canonical import canonical_json

_LEAF, _NODE, _SEED = b"\x00", b"\x01", b"dungtuyen-seed/1\x00"


@dataclass(frozen=True)
class Step:
    """One neighbour on the way from a leaf to the root: its hash in hex, and whether it stands to the left."""

    sha256: str
    is_left: bool


def leaf_hash(salt: bytes, document: Mapping[str, object]) -> bytes:
    """Return the hash of a salted document; the salt, known to the family alone, keeps it from being guessed.

    Leaves and nodes are hashed with different first bytes, so that no node can be passed off as a leaf (RFC 6962).
    """
    if len(salt) < 16:
        raise ValueError("a salt of at least 16 bytes keeps a leaf from being guessed")
    return hashlib.sha256(_LEAF + hashlib.sha256(salt).digest() + canonical_json(document)).digest()


class MerkleTree:
    """A tree over leaf hashes in ascending order; an odd last node moves up unchanged."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise ValueError("a tree needs at least one leaf")
        if len(set(leaves)) != len(leaves):
            raise ValueError("two leaves are the same")
        self._levels = [sorted(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            above = [_join(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            self._levels.append(above + below[len(above) * 2 :])
        self._place = {leaf: place for place, leaf in enumerate(self._levels[0])}

    @property
    def root(self) -> str:
        """The hash that is published, in hex."""
        return self._levels[-1][0].hex()

    def path(self, leaf: bytes) -> list[Step]:
        """Return the neighbours from a leaf up to the root. Raises KeyError for a leaf that is not in the tree."""
        place = self._place[leaf]
        steps = []
        for level in self._levels[:-1]:
            neighbour = place ^ 1
            if neighbour < len(level):
                steps.append(Step(level[neighbour].hex(), neighbour < place))
            place //= 2
        return steps


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def is_inside(leaf: bytes, path: Sequence[Step], root: str) -> bool:
    """Whether a path leads from a leaf to a published root."""
    found = leaf
    for step in path:
        neighbour = bytes.fromhex(step.sha256)
        found = _join(neighbour, found) if step.is_left else _join(found, neighbour)
    return hmac.compare_digest(found.hex(), root)


def nonce_commitment(nonce: bytes) -> str:
    """Return the hash of the office's nonce, published before the drawing."""
    if len(nonce) < 32:
        raise ValueError("a nonce of at least 32 bytes cannot be searched for")
    return hashlib.sha256(nonce).hexdigest()


def make_seed(nonce: bytes, drawing: str, root: str, *, commitment: str) -> str:
    """Return the lottery's seed in hex, from the revealed nonce, the public drawing and the committed inputs.

    Args:
        drawing: what was drawn, exactly as the minutes record it.
        root: the Merkle root published before the drawing.
        commitment: the published hash of the nonce.

    Raises:
        ValueError: the nonce is not the one that was committed.
    """
    if not hmac.compare_digest(nonce_commitment(nonce), commitment):
        raise ValueError("the nonce is not the one whose hash was published")
    message = _SEED + bytes.fromhex(root) + canonical_json(drawing)
    return hmac.new(nonce, message, hashlib.sha256).hexdigest()

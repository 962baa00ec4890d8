"""Codes and seeds that nobody may guess, from one injectable source.

The service draws them from the operating system. The demo derives them from its seed, so that the same seed
gives byte-identical published results; that source is refused outside the demo (``admissions/demo``).
"""

import hashlib
import hmac
import secrets
from typing import Protocol

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 signs without 0/O, 1/I/L: read aloud over a telephone without mistakes. Ten of them carry 49 bits."""


class CodeSource(Protocol):
    """Gives 32 bytes for a purpose and a subject; the subject only matters to a seeded source."""

    def token(self, purpose: str, subject: str) -> bytes: ...


class RandomCodes:
    """The service's source: the operating system's random numbers."""

    def token(self, purpose: str, subject: str) -> bytes:
        """Return 32 fresh random bytes, whatever the arguments."""
        return secrets.token_bytes(32)


class SeededCodes:
    """The demo's source: the same seed, purpose and subject give the same bytes."""

    def __init__(self, seed: int) -> None:
        self._key = f"demo:{seed}".encode()

    def token(self, purpose: str, subject: str) -> bytes:
        """Return HMAC-SHA256 of purpose and subject under the seed."""
        return hmac.new(self._key, f"{purpose}\0{subject}".encode(), hashlib.sha256).digest()


def spell(token: bytes, length: int = 10) -> str:
    """Return ``length`` signs of ``ALPHABET`` spelled from ``token`` (bias below 1e-60 for 32 bytes)."""
    number = int.from_bytes(token, "big")
    signs = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)


def application_code(source: CodeSource, subject: str) -> str:
    """Return a new application code (mã hồ sơ) such as ``7KQ4M-XW2P9``; with the birth date it opens the result."""
    signs = spell(source.token("application", subject))
    return f"{signs[:5]}-{signs[5:]}"


def normalise_code(typed: str) -> str:
    """Return a typed application code in its stored form: capitals, one dash in the middle, nothing else."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return f"{signs[:5]}-{signs[5:]}" if len(signs) == 10 else signs


def receipt_id(source: CodeSource, subject: str) -> str:
    """Return a new receipt id: the application's name in instances and public data; opens nothing by itself."""
    return "r" + source.token("receipt", subject).hex()[:24]


def lottery_seed(source: CodeSource, subject: str) -> str:
    """Return a new lottery seed, 64 hex digits."""
    return source.token("lottery", subject).hex()


def session_token(source: CodeSource, subject: str) -> str:
    """Return a new session token, 256 bits in hex; only its SHA-256 is stored."""
    return source.token("session", subject).hex()


def token_hash(token: str) -> str:
    """Return what is stored of a session token."""
    return hashlib.sha256(token.encode()).hexdigest()

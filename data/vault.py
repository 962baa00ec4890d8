"""Keys of one installation, and what is done with them: encrypt, decrypt, look up without decrypting.

Identity numbers, telephone numbers and e-mail addresses are stored under AES-256-GCM with the id of their key,
and found again through an HMAC-SHA-256 index. The keys lie in a file outside the database (mode 0600).
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.settings import Settings, get_settings

NONCE_BYTES = 12


class VaultError(Exception):
    """The key file is absent, readable by others, or does not fit what is to be decrypted."""


@dataclass(frozen=True)
class Vault:
    """The installation's keys. ``keys`` maps key id to 32 bytes; ``current`` names the one used to encrypt."""

    keys: dict[str, bytes]
    current: str
    index_key: bytes
    signing_key: bytes

    def encrypt(self, plain: str) -> bytes:
        """Return key id, nonce and ciphertext of ``plain`` as one value."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plain.encode(), self.current.encode())
        return self.current.encode() + b":" + nonce + sealed

    def decrypt(self, stored: bytes) -> str:
        """Return what ``encrypt`` was given.

        Raises:
            VaultError: the key is not in the file, or the value was altered.
        """
        key_id, _, rest = bytes(stored).partition(b":")
        key = self.keys.get(key_id.decode("ascii", "replace"))
        if key is None:
            raise VaultError("a stored value was encrypted with a key that the key file does not hold")
        try:
            return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], key_id).decode()
        except InvalidTag as wrong:
            raise VaultError("a stored value does not fit its key: altered, or another installation's") from wrong

    def index(self, plain: str) -> str:
        """Return the blind index of ``plain`` for equality look-up: 64 hex digits."""
        return hmac.new(self.index_key, plain.encode(), hashlib.sha256).hexdigest()

    def sign(self, purpose: str, value: str) -> str:
        """Return a signature of ``value`` that only this installation can make, 64 hex digits."""
        return hmac.new(self.signing_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def make_key_file(path: Path) -> None:
    """Write fresh keys to ``path``, mode 0600, whole or not at all; an existing file is left alone."""
    content = {
        "current": "k1",
        "keys": {"k1": secrets.token_hex(32)},
        "index_key": secrets.token_hex(32),
        "signing_key": secrets.token_hex(32),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def open_vault(path: Path) -> Vault:
    """Read the keys at ``path``.

    Raises:
        VaultError: the file is absent, unreadable, readable by others, or not a key file.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise VaultError(f"{path} can be read by other users; run: chmod 600 {path}")
        content = json.loads(path.read_text())
        return Vault(
            keys={name: bytes.fromhex(key) for name, key in content["keys"].items()},
            current=content["current"],
            index_key=bytes.fromhex(content["index_key"]),
            signing_key=bytes.fromhex(content["signing_key"]),
        )
    except (OSError, ValueError, KeyError) as wrong:
        raise VaultError(f"the key file {path} cannot be used ({type(wrong).__name__})") from wrong


@cache
def _vault_at(path: Path) -> Vault:
    return open_vault(path)


def get_vault(settings: Settings | None = None) -> Vault:
    """Return this installation's keys; outside production a missing file is made under ``var``.

    Raises:
        VaultError: production without a key file, or a file that cannot be used.
    """
    settings = settings or get_settings()
    if settings.key_file is not None:
        return _vault_at(settings.key_file)
    if settings.environment == "production":
        raise VaultError("production needs DUNGTUYEN_KEY_FILE; keys under var/ are for demo and tests")
    path = settings.var_dir / "keys.json"
    if not path.exists():
        make_key_file(path)
    return _vault_at(path)

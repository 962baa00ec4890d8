"""Running other programs during set-up, and telling in one line why one failed."""

import errno
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOG_FILE = ROOT / "var" / "setup.log"

NO_ROOM_SIGNS = ("No space left", "enough free space", "ENOSPC", "Disk quota exceeded", "os error 28")
NO_NETWORK_SIGNS = (
    "dns error",
    "error sending request",
    "Temporary failure resolving",
    "Could not resolve",
    "Could not connect",
    "Failed to fetch",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ETIMEDOUT",
    "Network is unreachable",
    "Name or service not known",
    "Connection refused",
    "timed out",
    "certificate",
    "CERT_",
)


class SetupError(Exception):
    """A step of the set-up failed; the message is one line that says why and what to do."""


def plain_cause(text: str) -> str:
    """Return the last telling line of a program's complaint."""
    lines = [line.strip(" \t│╰─▶×") for line in text.splitlines() if line.strip(" \t│╰─▶×")]
    telling = [
        line for line in lines if re.search(r"(?i)\b(E:|err|error|fatal|panic|failed|could not|cannot)", line)
    ]
    return (telling or lines or ["no reason given"])[-1][:240]


def run(
    command: Sequence[str | Path], *, doing: str, environment: Mapping[str, str], cwd: Path = ROOT
) -> str:
    """Run a program of the set-up and return everything it printed, which also goes to ``var/setup.log``.

    An interrupt stops the program with us, so no step goes on in the background.

    Raises:
        SetupError: it failed; the line tells a full disk and a missing network from the rest.
    """
    words = [str(part) for part in command]
    try:
        done = subprocess.run(
            words,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{doing} failed: {words[0]} cannot be run ({error.strerror})") from error
    write_log(f"$ {' '.join(words)}\n{done.stdout}")
    if done.returncode == 0:
        return done.stdout
    raise failure(doing, done.stdout)


def failure(doing: str, output: str) -> SetupError:
    """Return the error for a program that printed ``output`` before it failed."""
    if any(sign in output for sign in NO_ROOM_SIGNS):
        return SetupError(
            f"{doing} failed: no room left on the disk; free about 3 GB and run the same command again"
        )
    if any(sign.lower() in output.lower() for sign in NO_NETWORK_SIGNS):
        return SetupError(
            f"{doing} failed: nothing could be fetched ({plain_cause(output)}); check the network or the package "
            "index of this machine and run the same command again"
        )
    return SetupError(f"{doing} failed: {plain_cause(output)} (more in {LOG_FILE.relative_to(ROOT)})")


def write_log(text: str) -> None:
    """Append ``text`` to the log of the set-up. A log that cannot be written must not stop the step."""
    try:
        LOG_FILE.parent.mkdir(parents=True, exist_ok=True)
        with open(LOG_FILE, "a", errors="replace") as log:
            log.write(text.rstrip() + "\n")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        print(f"({LOG_FILE} cannot be written: {error.strerror})", file=sys.stderr)

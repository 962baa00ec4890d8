"""One process at a time for work that two must not do at once, such as setting up or building the demo.

The lock is the operating system's (``flock``), so it ends with its holder, however that ends. Standard
library only.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process does this work just now; the message is one line that says what to do."""

    def __init__(self, *, work: str, pid: int | None) -> None:
        self.work = work
        self.pid = pid
        who = f" (process {pid})" if pid else ""
        super().__init__(f"{work} is already running{who}: wait until it ends, or stop it, then try again")


@contextmanager
def exclusive(path: Path, *, work: str) -> Iterator[None]:
    """Hold the lock at ``path`` during the block.

    Args:
        path: the lock file; made when absent, never removed (removing it would let a third process in).
        work: what is being done, the subject of the message for a second process.

    Raises:
        AlreadyRunning: another process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise AlreadyRunning(work=work, pid=int(holder) if holder.isdigit() else None) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield

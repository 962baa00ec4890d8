"""Logging of the whole process: events with key-values on stderr, never anything about a person.

Events carry ids only. What slips in under a telling key is struck out here; a test reads the log of whole journeys.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PRIVATE_KEYS = frozenset(
    {
        "address", "birth_on", "body", "code", "email", "full_name", "guardian_name", "identity_number", "lat", "lon",
        "name", "password", "phone", "recipient", "student_code", "token", "username",
    }
)  # fmt: skip


def strike_out_private(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of private keys."""
    for key in PRIVATE_KEYS & event.keys():
        event[key] = "[struck out]"
    return event


def configure_logging(*, production: bool) -> None:
    """Send events to stderr: as JSON lines in production, readable elsewhere. Configured once per process."""
    if structlog.is_configured():
        return
    renderer = (
        structlog.processors.JSONRenderer() if production else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            strike_out_private,
            renderer,
        ],
        # Looked up at each event: whoever redirects stderr, such as a test, gets what is said meanwhile.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )

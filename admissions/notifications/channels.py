"""Ways in which a message leaves the house: a mail server, or a folder of ``.eml`` files."""

import os
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from data.settings import Settings

SMTP_TIMEOUT_S = 30


class ChannelError(Exception):
    """The message could not be handed over; it will be tried again. The text names no person."""


class Letter(NamedTuple):
    """One message ready to go. ``reference`` is the same at every try, so that a receiver can drop a repetition."""

    message_id: int
    reference: str
    recipient: str
    subject: str
    body: str
    written_at: datetime


class Channel(Protocol):
    """Hands letters over. ``group`` is how many may share one transaction: more than one only where a repetition
    overwrites instead of doubling."""

    group: int

    def send(self, letter: Letter) -> None: ...


def as_email(letter: Letter, sender: str) -> EmailMessage:
    """Return the letter as an e-mail; equal letters give equal bytes."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = letter.recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = f"<{letter.reference}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    return mail


class MailboxFolder:
    """Writes each letter to a file named by its message, whole or not at all; writing twice changes nothing."""

    group = 200

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write the letter to ``<folder>/<thousands>/<message>.eml``."""
        path = self._folder / f"{letter.message_id // 1000:04}" / f"{letter.message_id:07}.eml"
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(as_email(letter, self._sender).as_bytes())
            os.replace(draft, path)
        except OSError as wrong:
            raise ChannelError(f"cannot write to the mailbox folder: {wrong.strerror}") from wrong


class MailServer:
    """Hands letters to an SMTP server over one connection, opened anew after a fault."""

    group = 1

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_host is not None
        self._settings = settings
        self._connection: smtplib.SMTP | None = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            settings = self._settings
            connection = smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, timeout=SMTP_TIMEOUT_S)
            if settings.smtp_starttls:
                connection.starttls()
            if settings.smtp_user and settings.smtp_password:
                connection.login(settings.smtp_user, settings.smtp_password)
            self._connection = connection
        return self._connection

    def send(self, letter: Letter) -> None:
        """Hand the letter over; return only after the server has taken it."""
        try:
            self._connected().send_message(as_email(letter, self._settings.mail_from))
        except smtplib.SMTPRecipientsRefused as wrong:
            raise ChannelError("the mail server refused the address") from wrong
        except (smtplib.SMTPException, OSError) as wrong:
            self.close()
            raise ChannelError(f"the mail server failed ({type(wrong).__name__})") from wrong

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                # The server is gone already; there is nothing left to end.
                self._connection.close()
            self._connection = None


@contextmanager
def open_channel(settings: Settings) -> Iterator[Channel]:
    """Yield the configured channel: the mail server when one is named, else the mailbox folder."""
    if settings.smtp_host is None:
        yield MailboxFolder(settings.mailbox_dir, settings.mail_from)
        return
    server = MailServer(settings)
    try:
        yield server
    finally:
        server.close()

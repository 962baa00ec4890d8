"""Counters of attempts."""

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlmodel import Field, SQLModel


class AttemptCounter(SQLModel, table=True):
    """How often ``key`` was tried in the window that began at ``window_at``. Keys are hashed: no address is stored."""

    __tablename__ = "attempt_counter"

    key: str = Field(primary_key=True, sa_type=Text)
    window_at: datetime = Field(primary_key=True, sa_type=DateTime(timezone=True))
    attempts: int = 0

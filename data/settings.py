"""Settings of one installation, read from the environment (prefix ``DUNGTUYEN_``) and an optional ``.env`` file.

``DATABASE_URL`` alone has no prefix, because hosting platforms name it so. Without it the private
cluster under ``var/`` is used (``data/cluster.py``), which production refuses.
"""

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Everything an installation may set. Each field is documented in docs/operations.md; a test compares."""

    model_config = SettingsConfigDict(env_prefix="DUNGTUYEN_", env_file=".env", extra="ignore")

    environment: Literal["development", "demo", "production"] = "development"
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "DUNGTUYEN_DATABASE_URL")
    )
    var_dir: Path = ROOT / "var"
    """Where the private cluster, demo keys, mailbox and built demo files lie."""
    key_file: Path | None = None
    """File with the installation's secret keys (mode 0600). Absent: made under ``var_dir``, never in production."""

    office_name: str = "Sở Giáo dục và Đào tạo (dữ liệu minh họa)"
    hotline: str = "1900 0000"
    public_url: str = "http://127.0.0.1:8000"

    smtp_host: str | None = None
    """Absent: messages go to the mailbox folder under ``var_dir`` instead of a mail server."""
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_starttls: bool = False
    mail_from: str = "tuyen-sinh@dungtuyen.invalid"

    @property
    def mailbox_dir(self) -> Path:
        """Where messages are written when no mail server is configured."""
        return self.var_dir / "mailbox"

    @property
    def illustrative(self) -> bool:
        """Whether every page must say that what it shows is made-up data."""
        return self.environment == "demo"


@cache
def get_settings() -> Settings:
    """Return the settings of this process. Tests clear the cache after changing the environment."""
    return Settings()


def is_root() -> bool:
    """Whether this process runs as root, under which a database server must not run."""
    return os.geteuid() == 0

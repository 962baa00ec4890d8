"""Where this machine fetches packages from: what pip and uv are told in the environment and in pip's files.

uv does not read pip's settings, so they are handed on to it. What the machine sets for uv itself wins.
"""

import configparser
import os
import re
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "uv.lock"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class PackageSources:
    """The Python package index of this machine.

    ``index_url`` is None for the public one. ``certificates`` is a file of trusted certificates.
    """

    index_url: str | None
    find_links: tuple[str, ...]
    no_index: bool
    certificates: Path | None

    @property
    def is_public(self) -> bool:
        """Whether the addresses written in the lock can be used as they are."""
        return self.index_url is None and not self.no_index


def _locked_indexes() -> set[str]:
    """Return the indexes from which the lock was made: naming one of them says nothing new."""
    return set(re.findall(r'registry = "([^"]+?)/?"', LOCK.read_text(encoding="utf-8")))


def read_sources(environment: Mapping[str, str] = os.environ) -> PackageSources:
    """Return what the environment and pip's configuration files say, the environment first."""
    files = _pip_settings(environment)
    index_url = (
        environment.get("UV_DEFAULT_INDEX")
        or environment.get("UV_INDEX_URL")
        or environment.get("PIP_INDEX_URL")
        or files.get("index-url")
    )
    if index_url and index_url.rstrip("/") in _locked_indexes():
        index_url = None
    links = (
        environment.get("UV_FIND_LINKS") or environment.get("PIP_FIND_LINKS") or files.get("find-links") or ""
    )
    no_index = (
        environment.get("UV_NO_INDEX") or environment.get("PIP_NO_INDEX") or files.get("no-index") or ""
    )
    certificates = environment.get("SSL_CERT_FILE") or environment.get("PIP_CERT") or files.get("cert")
    if not certificates and SYSTEM_CERTIFICATES.exists():
        certificates = str(SYSTEM_CERTIFICATES)
    return PackageSources(
        index_url=index_url.rstrip("/") if index_url else None,
        find_links=tuple(links.replace(",", " ").split()),
        no_index=no_index.lower() in ("1", "true", "yes", "on"),
        certificates=Path(certificates) if certificates and Path(certificates).exists() else None,
    )


def _pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return pip's ``[global]`` and ``[install]`` settings; later files win, as in pip."""
    home = Path(environment.get("HOME", "/nonexistent"))
    configuration_home = Path(environment.get("XDG_CONFIG_HOME", home / ".config"))
    places = [
        Path(folder, "pip/pip.conf") for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
    ]
    places += [Path("/etc/pip.conf"), home / ".pip/pip.conf", configuration_home / "pip/pip.conf"]
    places += [Path(sysconfig.get_config_var("prefix") or "/usr", "pip.conf")]
    if environment.get("PIP_CONFIG_FILE"):
        places.append(Path(environment["PIP_CONFIG_FILE"]))
    settings: dict[str, str] = {}
    for place in places:
        parser = configparser.RawConfigParser()
        try:
            parser.read(place, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    return settings


def fetch_environment(sources: PackageSources, cache_dir: Path) -> dict[str, str]:
    """Return the environment for uv, node and npm: the machine's own, with the gaps filled.

    No Python is downloaded: the system's own must do. A home that cannot be written (a service account) gets
    its caches under ``cache_dir``.
    """
    filled: dict[str, str] = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    if sources.index_url:
        filled["UV_DEFAULT_INDEX"] = sources.index_url
    if sources.find_links and not sources.is_public:
        filled["UV_FIND_LINKS"] = ",".join(sources.find_links)
    if sources.no_index:
        filled["UV_NO_INDEX"] = "1"
    if sources.certificates:
        filled["SSL_CERT_FILE"] = filled["NODE_EXTRA_CA_CERTS"] = str(sources.certificates)
        filled["UV_SYSTEM_CERTS"] = "1"
    home = Path(os.environ.get("HOME", "/nonexistent"))
    if not os.access(home, os.W_OK):
        filled |= {"UV_CACHE_DIR": str(cache_dir / "uv"), "npm_config_cache": str(cache_dir / "npm")}
    environment = {**filled, **os.environ}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON"):
        environment.pop(name, None)
    return environment

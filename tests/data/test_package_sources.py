"""Where packages are fetched from is what the machine says; what is fetched is what the lock says."""

import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data.install import uv
from data.install.commands import SetupError
from data.install.sources import PackageSources, fetch_environment, read_sources
from data.settings import ROOT


def test_a_machine_that_says_nothing_uses_the_addresses_of_the_lock(tmp_path: Path) -> None:
    sources = read_sources({"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)})
    assert sources.is_public
    assert sources.find_links == ()


def test_the_public_index_written_out_is_still_the_public_index(tmp_path: Path) -> None:
    spelled = {"HOME": str(tmp_path), "PIP_INDEX_URL": "https://pypi.org/simple/"}
    assert read_sources(spelled).is_public


def test_pips_files_are_read_as_pip_reads_them(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    certificates = tmp_path / "certificates.pem"
    certificates.touch()
    (tmp_path / ".config/pip/pip.conf").write_text(
        f"[global]\nindex-url = https://mirror.invalid/simple/\ncert = {certificates}\n[install]\nfind_links = /a /b\n"
    )
    sources = read_sources({"HOME": str(tmp_path)})
    assert sources == PackageSources("https://mirror.invalid/simple", ("/a", "/b"), False, certificates)


def test_the_environment_wins_over_files_and_uvs_own_setting_over_pips(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://file.invalid/simple\n")
    settings = {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(file)}
    assert read_sources(settings).index_url == "https://file.invalid/simple"
    settings["PIP_INDEX_URL"] = "https://pip.invalid/simple"
    assert read_sources(settings).index_url == "https://pip.invalid/simple"
    settings["UV_DEFAULT_INDEX"] = "https://uv.invalid/simple"
    assert read_sources(settings).index_url == "https://uv.invalid/simple"


def test_a_broken_pip_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_bytes(b"\xff\xfe not an ini file")
    assert read_sources({"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}).is_public


def test_uv_and_npm_are_told_what_pip_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("UV_", "SSL_", "NODE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VIRTUAL_ENV", "/another")
    monkeypatch.setenv("HOME", "/nonexistent")
    sources = PackageSources("https://mirror.invalid/simple", ("/wheels",), False, tmp_path / "ca.pem")
    environment = fetch_environment(sources, tmp_path / "cache")
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
    assert environment["UV_FIND_LINKS"] == "/wheels"
    assert environment["SSL_CERT_FILE"] == environment["NODE_EXTRA_CA_CERTS"] == str(tmp_path / "ca.pem")
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"
    assert environment["UV_CACHE_DIR"] == str(tmp_path / "cache/uv")
    assert "VIRTUAL_ENV" not in environment


@pytest.mark.parametrize(
    ("system", "machine", "libc", "ending"),
    [
        ("linux", "x86_64", "glibc", "manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        ("linux", "aarch64", "glibc", "aarch64.whl"),
        ("linux", "x86_64", "", "musllinux_1_1_x86_64.whl"),
        ("darwin", "arm64", "", "macosx_11_0_arm64.whl"),
        ("darwin", "x86_64", "", "macosx_10_12_x86_64.whl"),
    ],
)
def test_the_lock_holds_a_uv_for_each_kind_of_machine(
    system: str, machine: str, libc: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    version, wheel = uv.locked_wheel(ROOT / "uv.lock")
    assert wheel.filename.startswith(f"uv-{version}-py3-none-") and wheel.filename.endswith(ending)
    assert len(wheel.sha256) == 64


def test_a_machine_for_which_there_is_no_uv_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "vax")
    with pytest.raises(SetupError, match=r"no ready-made uv for .* vax: install uv yourself"):
        uv.locked_wheel(ROOT / "uv.lock")


def wheel_bytes() -> bytes:
    """Return a wheel that holds nothing but a program called uv."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", "#!/bin/sh\necho uv 1\n")
    return buffer.getvalue()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A package index on the loopback: its address, and the folder of the one wheel that it offers."""
    page = tmp_path / "index/simple/uv/index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="../../files/uv-1-py3-none-any.whl#sha256=abc">uv</a>')
    files = tmp_path / "index/files"
    files.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing on the test run's terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "index"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/simple", files
    server.shutdown()
    server.server_close()


def fetch_from(index_url: str, wheel: uv.Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fetch ``wheel`` for a machine that has no uv and names this index."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(uv, "locked_wheel", lambda lock: ("1", wheel))
    return uv.get_uv(folder, PackageSources(index_url, (), False, None))


def test_uv_is_fetched_from_the_machines_own_index_once(
    index: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, files = index
    content = wheel_bytes()
    (files / "uv-1-py3-none-any.whl").write_bytes(content)
    wheel = uv.Wheel("http://127.0.0.1:1/uv-1-py3-none-any.whl", hashlib.sha256(content).hexdigest())
    program = fetch_from(url, wheel, tmp_path / "var", monkeypatch)
    assert os.access(program, os.X_OK)
    (files / "uv-1-py3-none-any.whl").unlink()
    assert fetch_from(url, wheel, tmp_path / "var", monkeypatch) == program
    assert [path.name for path in program.parent.iterdir()] == ["uv-1"]


def test_a_uv_whose_bytes_are_not_those_of_the_lock_is_never_run(
    index: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, files = index
    (files / "uv-1-py3-none-any.whl").write_bytes(wheel_bytes())
    wheel = uv.Wheel(f"{url}/../files/uv-1-py3-none-any.whl", "0" * 64)
    with pytest.raises(SetupError, match="its bytes are not those of the lock"):
        fetch_from(url, wheel, tmp_path / "var", monkeypatch)
    assert not (tmp_path / "var").exists()


def test_without_any_place_to_fetch_uv_from_one_line_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = uv.Wheel("http://127.0.0.1:1/uv-1-py3-none-any.whl", "0" * 64)
    with pytest.raises(SetupError, match=r"uv could not be fetched \(.*refused.*\): check the network"):
        fetch_from("http://127.0.0.1:1/simple", wheel, tmp_path / "var", monkeypatch)


def test_a_local_folder_of_wheels_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = wheel_bytes()
    (tmp_path / "uv-1-py3-none-any.whl").write_bytes(content)
    wheel = uv.Wheel("http://127.0.0.1:1/uv-1-py3-none-any.whl", hashlib.sha256(content).hexdigest())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(uv, "locked_wheel", lambda lock: ("1", wheel))
    sources = PackageSources(None, (str(tmp_path),), True, None)
    assert os.access(uv.get_uv(tmp_path / "var", sources), os.X_OK)

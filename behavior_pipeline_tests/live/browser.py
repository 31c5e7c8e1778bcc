"""Headless Chromium: the rendered page as text and as a picture."""

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

PICTURES = "BEHAVIOR_PIPELINE_TEST_PICTURES"
SECONDS = 120
RENDER_MS = 25_000
SIZE = (1600, 1000)


def chromium() -> str | None:
    """Return the browser's path, or None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def pictures_folder(default: Path) -> Path:
    """Return where pictures are kept: the folder that the environment names, else the given one."""
    folder = Path(os.environ.get(PICTURES) or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def rendered(url: str, profile: Path) -> str:
    """Return the page's DOM as the browser has made it."""
    return _chromium(profile, "--dump-dom", url).stdout.decode()


def picture(url: str, path: Path, profile: Path, *, dark: bool = False) -> Path:
    """Write a picture of the page."""
    shade = ["--blink-settings=preferredColorScheme=0"] if dark else []
    _chromium(
        profile,
        *shade,
        f"--screenshot={path}",
        "--hide-scrollbars",
        f"--window-size={SIZE[0]},{SIZE[1]}",
        url,
    )
    return path


def variety(path: Path) -> int:
    """Return to how many of 1000 parts a picture's pixels can be packed: a blank page has next to none."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG"), path
    pixels, place = b"", 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        pixels += data[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += 12 + length
    plain = zlib.decompress(pixels)
    return round(1000 * len(zlib.compress(plain)) / len(plain))


def _chromium(profile: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    path = chromium()
    assert path is not None
    fixed = [
        path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        f"--user-data-dir={profile}", f"--virtual-time-budget={RENDER_MS}",
    ]  # fmt: skip
    return subprocess.run([*fixed, *arguments], check=True, capture_output=True, timeout=SECONDS)

"""Headless Chromium, driven over its DevTools protocol: the rendered page as text and as a picture."""

import base64
import itertools
import json
import os
import shutil
import struct
import subprocess
import time
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PICTURES = "KEEP_PICTURES"
UP_SECONDS, RENDER_SECONDS, SETTLE_SECONDS = 60, 90, 3
SIZE = (1600, 1000)


def chromium() -> str | None:
    """Return the browser's path, or None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def pictures_folder(default: Path) -> Path:
    """Return where pictures are kept: the folder that the environment names, else the given one."""
    folder = Path(os.environ.get(PICTURES) or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Page:
    """One tab."""

    link: ClientConnection
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a DevTools command; events in between are passed over."""
        number = next(self.numbers)
        self.link.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            reply: dict[str, Any] = json.loads(self.link.recv(timeout=RENDER_SECONDS))
            if reply.get("id") == number:
                assert "error" not in reply, reply["error"]
                result: dict[str, Any] = reply["result"]
                return result

    def open(self, url: str, *, words: Sequence[str], dark: bool = False) -> list[str]:
        """Open a page, wait until it shows some words, and return those that it does not show in time."""
        shade = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=shade)
        self.call("Page.navigate", url=url)
        return self.wait_for(words)

    def wait_for(self, words: Sequence[str]) -> list[str]:
        """Wait until the page shows some words, and return those that it does not show in time."""
        until = time.monotonic() + RENDER_SECONDS
        while (missing := self._missing(words)) and time.monotonic() < until:
            time.sleep(0.5)
        time.sleep(SETTLE_SECONDS)  # plots move in
        return missing

    def click(self, label: str) -> None:
        """Click the button with a label and bring it to the top: plots are drawn where they are seen."""
        script = (
            f"(it => {{ it.click(); it.scrollIntoView({{block: 'start'}}); }})"
            f"([...document.querySelectorAll('button')].find(it => it.innerText.trim() == {label!r}))"
        )
        self.call("Runtime.evaluate", expression=script)

    def _missing(self, words: Sequence[str]) -> list[str]:
        shown = self.dom().lower()
        return [word for word in words if word.lower() not in shown]

    def dom(self) -> str:
        """Return the page's HTML as it is now."""
        script = "document.documentElement ? document.documentElement.outerHTML : ''"
        return str(self.call("Runtime.evaluate", expression=script)["result"].get("value", ""))

    def picture(self, path: Path, *, whole: bool = False) -> Path:
        """Write a picture of the window, or of the whole page."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))
        return path


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """Start a browser with one tab."""
    path = chromium()
    assert path is not None
    command = [
        path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        f"--user-data-dir={profile}", "--remote-debugging-port=0", f"--window-size={SIZE[0]},{SIZE[1]}",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_tab(profile), max_size=None) as link:
            yield Page(link)
    finally:
        process.terminate()
        process.wait(UP_SECONDS)


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


def _tab(profile: Path) -> str:
    """Return the address of the browser's first tab."""
    port_file, until = profile / "DevToolsActivePort", time.monotonic() + UP_SECONDS
    while not port_file.is_file() or not port_file.read_text().strip():
        assert time.monotonic() < until, "the browser did not start"
        time.sleep(0.1)
    port = int(port_file.read_text().splitlines()[0])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=UP_SECONDS) as answer:
        tabs = json.load(answer)
    return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")

"""A real browser, where one is installed: what it makes of a page, and a picture of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import NamedTuple

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTH = 680  # pixels of CSS
_SCALE = 1.5
_COLOURS = 64  # the few of an emoji too


class Laid(NamedTuple):
    """`height` in pixels of CSS; `wide`: what is wider than its place."""

    height: int
    wide: list[str]


def laid_out(page: Path) -> Laid:
    """A page of tests.standins.screen, in a window of a desktop's channel."""
    dom = _run(page, "--dump-dom")
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title is not None
    height, *wide = unescape(title[1]).split()
    return Laid(int(height), wide)


def picture(page: Path, target: Path, height: int) -> None:
    """The page as a small PNG. `height` in pixels of CSS."""
    from PIL import Image

    _run(page, f"--screenshot={target}", f"--force-device-scale-factor={_SCALE}", height=height)
    with Image.open(target) as shot:
        small = shot.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(target, optimize=True)


def _run(page: Path, *does: str, height: int = 600) -> str:
    assert PROGRAM is not None
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    command = [PROGRAM, *quiet, f"--user-data-dir={page.parent / 'profile'}", f"--window-size={WIDTH},{height}"]
    done = subprocess.run([*command, *does, page.as_uri()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout

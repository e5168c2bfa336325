"""Takes the README's screenshots from a new demo: `.venv/bin/python docs/screenshots.py`

Needs requirements-dev.txt and an installed Chromium.
"""

import base64
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1120, "height": 760}
QUALITY = 76  # of WebP, at which letters stay sharp
SHOTS = {  # file name: who signs in, and what they open
    "invite": (
        "Paula Petersen",
        "/invite/?task=WEB-12&role=guest&email=kim@kjaer-design.example&first_name=Kim&last_name=Kjær",
    ),
    "attention": ("Lea Lead", "/attention/"),
    "audit": ("Anton Auditor", "/audit/"),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as data, demo(Path(data)) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (who, page) in SHOTS.items():
            picture = HERE / f"{name}.webp"
            picture.write_bytes(shot(browser, address, who, page))
            print(f"{picture}: {picture.stat().st_size:,} bytes")
        browser.close()


@contextmanager
def demo(data: Path) -> Iterator[str]:
    """Run a new demo, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "demo", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout or ():
            if "Ctrl-C" in line:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def shot(browser: Browser, address: str, who: str, path: str) -> bytes:
    """The page as this person sees it, as WebP."""
    context = browser.new_context(viewport=SIZE, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.locator("main button").click()
    page.get_by_role("button", name=who).click()
    page.goto(f"{address}{path}")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    found = context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    context.close()
    return base64.b64decode(found["data"])


if __name__ == "__main__":
    main()

"""What a first visit to `/invite/`, with an empty cache, sends over the wire in each language.

    .venv/bin/python -m tests.bench.cold_form

Real gunicorn, a real browser, a stand-in in a process of its own.
"""

from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests import served

LANGUAGES = ("en", "de")
AIM_BYTES, AIM_REQUESTS = 28_000, 6
CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None
)
Answer = tuple[str, float, int]  # its URL, its bytes on the wire, its status


def visit(browser: Browser, address: str, cookies: httpx.Cookies) -> list[Answer]:
    """Every answer to a browser that has nothing but its session."""
    seen: list[tuple[str, dict[str, Any]]] = []
    context = browser.new_context()
    context.add_cookies([{"name": one.name, "value": one.value or "", "url": address} for one in cookies.jar])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    for event in ("responseReceived", "loadingFinished"):
        wire.on(f"Network.{event}", lambda told, event=event: seen.append((event, told)))
    wire.send("Network.enable")
    page.goto(f"{address}/invite/", wait_until="networkidle")
    sizes = {
        told["requestId"]: told["encodedDataLength"] for event, told in seen if event == "loadingFinished"
    }
    answers = [(told["requestId"], told["response"]) for event, told in seen if event == "responseReceived"]
    return [
        (answer["url"].removeprefix(address), sizes[number], answer["status"])
        for number, answer in answers
        if sizes[number]  # an icon shown twice comes from memory the second time
    ]


def report(language: str, answers: list[Answer]) -> None:
    whole = sum(size for _, size, _ in answers)
    print(f"\n{f'a cold /invite/ in {language}':48} | status | bytes on the wire |")
    for url, size, status in answers:
        print(f"{url:48} | {status:6} | {size:17,.0f} |")
    kept = whole <= AIM_BYTES and len(answers) <= AIM_REQUESTS
    print(f"{f'{len(answers)} requests':48} |        | {whole:17,.0f} |")
    print(f"aim: {AIM_BYTES:,} bytes in {AIM_REQUESTS} requests at most: {'yes' if kept else 'NO'}")


def choose(http: httpx.Client, language: str) -> None:
    token = served.hidden_field(http.get("/account/").text, "csrfmiddlewaretoken")
    http.post("/account/language/", data={"language": language, "csrfmiddlewaretoken": token})


def main() -> None:
    with served.standin() as root, served.portal(root) as address, sync_playwright() as playwright:
        http = httpx.Client(base_url=address, timeout=60, headers={"Origin": address})
        served.sign_in(http, address)
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for language in LANGUAGES:
            choose(http, language)
            report(language, visit(browser, address, http.cookies))
        browser.close()


if __name__ == "__main__":
    main()

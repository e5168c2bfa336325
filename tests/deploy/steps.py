"""What a manager does with a desk that was just installed: a browser that is signed in sends the forms."""

import re

import httpx

from tests import served

TASK = "WEB-12"


def invite(browser: httpx.Client, email: str) -> None:
    """Invite a guest; the page then says that it was sent."""
    page = browser.get("/invite/", params={"task": TASK, "email": email}).text
    role = re.search(r'name="role"[^>]*value="([^"]+)"[^>]*checked', page)
    assert role, page
    form = {name: served.hidden_field(page, name) for name in ("csrfmiddlewaretoken", "key")}
    sent = browser.post("/invite/", data=form | {"task": TASK, "email": email, "role": role[1]})
    assert sent.status_code == 302, sent.text
    assert 'data-state="sent"' in browser.get(sent.headers["Location"]).text


def queue(browser: httpx.Client, *emails: str) -> str:
    """Have guests invited in the background; returns the address of the batch's page."""
    page = browser.get("/invite/many/").text
    form = {"csrfmiddlewaretoken": served.hidden_field(page, "csrfmiddlewaretoken")}
    form |= {"task": TASK, "role": "guest"}
    checked = browser.post("/invite/many/", data=form | {"lines": "\n".join(emails)}).text
    form |= {name: served.hidden_field(checked, name) for name in ("key", "checked", "previewed")}
    sent = browser.post("/invite/many/send/", data=form)
    assert sent.status_code == 302, sent.text
    return sent.headers["Location"]

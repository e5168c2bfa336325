"""gunicorn on a Unix socket, behind a proxy with TLS."""

import httpx

from tests import served

PUBLIC = "https://invite.studio.example"


def test_the_proxy_on_a_socket_is_believed_about_https_and_the_client(tmp_path):
    socket = str(tmp_path / "web.socket")
    server = [*served.GUNICORN, "--bind", f"unix:{socket}"]
    proxy = served.Proxy("http://invite.studio.example", socket=socket)
    browser = httpx.Client(base_url=PUBLIC, mounts={PUBLIC: proxy}, timeout=30)
    with served.database() as database:
        env = served.production_environment(PUBLIC, "http://127.0.0.1:9", DATABASE_URL=database)
        served.prepare(env)
        with served.serving(server, env, "http://localhost/livez", socket):
            shown = browser.get("/login/")
            assert shown.status_code == 200  # and no redirect to itself
            assert "max-age" in shown.headers["Strict-Transport-Security"]
            assert "Secure" in shown.headers["Set-Cookie"]
            sent = [
                browser.get("/login/callback/", params={"state": "x"}, headers={"X-Forwarded-For": address})
                for address in ["203.0.113.7"] * 61 + ["203.0.113.8"]
            ]
    assert [answer.status_code for answer in sent[-3:]] == [302, 429, 302]

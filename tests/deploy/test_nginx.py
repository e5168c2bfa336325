"""The desk behind nginx with TLS, as deploy/nginx.conf has it: an invitation is sent through it."""

import datetime
import re
import shutil
import ssl
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import served
from tests.deploy import steps

HERE = Path(__file__).resolve().parents[2]
CONFIGURATION = (HERE / "deploy" / "nginx.conf").read_text()
HOST = "localhost"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(not NGINX, reason="needs nginx")


def certificate(directory):
    """A certificate for HOST that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def configuration(directory, http, https, upstream):
    """The file with this machine's ports and paths, in the frame that a distribution has around it."""
    desk = re.sub(r" *listen \[::\].*\n", "", CONFIGURATION)
    desk = desk.replace("listen 80;", f"listen 127.0.0.1:{http};")
    desk = desk.replace("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;")
    desk = desk.replace("127.0.0.1:8001", f"127.0.0.1:{upstream}").replace("invite.studio.example", HOST)
    for path in ("/etc/ssl/invitation-desk", "/var/log/nginx"):
        desk = desk.replace(path, str(directory))
    temporary = "\n".join(
        f"{name}_temp_path {directory}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    logs = f"access_log {directory}/access.log;\nerror_log {directory}/error.log info;"
    return f"pid {directory}/pid;\nevents {{}}\nhttp {{\n{logs}\n{temporary}\n{desk}\n}}\n"


@contextmanager
def nginx(directory, *ports):
    file = directory / "nginx.conf"
    file.write_text(configuration(directory, *ports))
    process = subprocess.Popen([NGINX, "-p", directory, "-c", file, "-g", "daemon off;"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(browser, path):
    end = time.monotonic() + 20
    while True:
        try:
            return browser.get(path)
        except httpx.TransportError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_an_invitation_is_sent_through_nginx(tmp_path):
    http, https, upstream = (served.free_port() for _ in range(3))
    address = f"https://{HOST}:{https}"
    certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=tmp_path / "fullchain.pem")
    with served.standin() as awork, served.database() as database:
        env = served.production_environment(address, awork, DATABASE_URL=database)
        served.prepare(env)
        with served.gunicorn(env, upstream), nginx(tmp_path, http, https, upstream):
            browser = httpx.Client(base_url=address, verify=trusted, timeout=30, headers={"Origin": address})
            wait_for(browser, "/livez")
            served.sign_in(browser, address)
            steps.invite(browser, "carla@kunde.example")
            assert browser.get("/metrics").status_code == 404
            insecure = httpx.get(f"http://127.0.0.1:{http}/invite/?task=WEB-12")
            assert insecure.headers["Location"] == f"https://{HOST}/invite/?task=WEB-12"
    written = (tmp_path / "invitation-desk.log").read_text()
    assert "GET /invite/ HTTP" in written
    assert "carla" not in written
    assert "code=" not in written


def test_no_log_of_nginx_holds_a_query_string(tmp_path):
    http, https, nobody = (served.free_port() for _ in range(3))
    certificate(tmp_path)
    with nginx(tmp_path, http, https, nobody):
        browser = httpx.Client(verify=False, params={"code": "hush"})  # noqa: S501  # its own certificate
        address = f"https://{HOST}:{https}"
        assert wait_for(browser, f"{address}/login/callback/").status_code == 502
        assert browser.get(f"http://127.0.0.1:{http}/login/callback/").status_code == 301
        assert browser.get(f"{address}/", headers={"X-Long": "x" * 80_000}).status_code == 400
    logs = {path.name: path.read_text() for path in tmp_path.glob("*.log")}
    assert logs["invitation-desk.log"].count("GET /login/callback/ HTTP") == 2
    assert [name for name, text in logs.items() if "hush" in text] == []

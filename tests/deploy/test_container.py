"""Containerfile and compose.yaml, as far as they can be checked without an image; the image where it can be.

Building it needs buildah and the base image, which isn't downloaded here: IMAGE_BASE names another one.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import get_commands

HERE = Path(__file__).resolve().parents[2]
CONTAINERFILE = (HERE / "Containerfile").read_text().replace("\\\n", "")
COMPOSE = (HERE / "compose.yaml").read_text()
IGNORED = (HERE / ".containerignore").read_text().split()
SETTINGS = set(re.findall(r"^([A-Z_]+)=", (HERE / ".env.example").read_text(), re.MULTILINE))
BASE = os.environ.get("IMAGE_BASE") or re.search(r"^ARG BASE=(\S+)$", CONTAINERFILE, re.MULTILINE)[1]


def instructions(name):
    return re.findall(rf"^{name} (.+)$", CONTAINERFILE, re.MULTILINE)


def copied():
    """What is copied from here."""
    commands = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    return {source for *sources, _ in commands for source in sources}


def section(name):
    """The lines of a top-level key of compose.yaml."""
    return re.search(rf"^{name}:.*\n((?:[ \n].*\n?)*)", COMPOSE, re.MULTILINE)[1]


def test_what_is_copied_is_here_and_nothing_else_is_sent():
    assert {name for name in copied() if not (HERE / name).exists()} == set()
    assert {name.split("/")[0] for name in copied()} == {
        line.removeprefix("!") for line in IGNORED if line.startswith("!")
    }
    assert "*" in IGNORED


def test_packages_are_the_pinned_ones():
    assert [
        line for line in instructions("RUN") if "pip install" in line and "--require-hashes" not in line
    ] == []
    assert "requirements.txt" in copied()


def test_the_container_runs_without_root():
    user = instructions("USER")[-1]
    assert int(user) > 0
    assert f"--uid {user} " in CONTAINERFILE
    assert CONTAINERFILE.rindex("\nUSER ") > CONTAINERFILE.rindex("\nRUN ")


def test_every_variable_is_a_setting():
    desk = section("x-desk")
    named = set(re.findall(r"^    ([A-Z_]+): ", desk, re.MULTILINE))
    assert {name.removesuffix("_FILE") for name in named} - SETTINGS == set()
    assert "PORTAL_URL" in named
    build = set(re.findall(r"\b([A-Z_]+)=", " ".join(instructions("RUN")))) - {"DEBIAN_FRONTEND"}
    assert build - SETTINGS == set()


def test_secrets_are_files_and_have_no_default():
    files = set(re.findall(r"_FILE: /run/secrets/(\w+)$", COMPOSE, re.MULTILINE))
    assert set(re.findall(r"file: \./secrets/(\w+)$", section("secrets"), re.MULTILINE)) == files
    given = set(re.findall(r"^    ([A-Z_]+): ", COMPOSE, re.MULTILINE))
    assert given & {"SECRET_KEY", "TOKEN_KEYS", "AUDIT_KEY", "METRICS_TOKEN", "DATABASE_URL"} == set()
    assert re.findall(r"\$\{\w+(?!\w*:\?)[^}]*\}", COMPOSE) == []
    for name in files:
        assert f"secrets/{name}" in (HERE / "OPERATIONS.md").read_text(), name


def test_every_command_exists():
    commands = re.findall(r'"manage\.py", "(\w+)"', COMPOSE)
    assert set(commands) == {"migrate", "work"}
    assert set(commands) <= set(get_commands())
    assert '"deploy/gunicorn.conf.py"' in instructions("CMD")[-1]


def test_one_port_from_gunicorn_to_nginx():
    port = instructions("EXPOSE")[-1]
    assert f'"0.0.0.0:{port}"' in instructions("CMD")[-1]
    assert f"127.0.0.1:{port}:{port}" in COMPOSE
    assert f"http://127.0.0.1:{port}/readyz" in COMPOSE
    assert f"http://127.0.0.1:{port};" in (HERE / "deploy" / "nginx.conf").read_text()


def test_the_network_of_the_proxy_is_trusted():
    trusted = re.search(r"TRUSTED_PROXIES: (\S+)", COMPOSE)[1]
    assert f"subnet: {trusted}\n" in section("networks")


def buildah(*arguments, **options):
    return subprocess.run(["buildah", *arguments], cwd=HERE, capture_output=True, text=True, **options)


def has_base():
    return (
        bool(shutil.which("buildah")) and not buildah("inspect", "--type=image", BASE, check=False).returncode
    )


@pytest.mark.skipif(not has_base(), reason="needs buildah and the base image")
def test_the_image_holds_the_desk_and_nothing_else():
    image = f"desk-test-{uuid4().hex[:8]}"
    built = buildah(
        "bud", "--isolation=chroot", f"--build-arg=BASE={BASE}", "-t", image, "-f", "Containerfile", "."
    )
    assert built.returncode == 0, built.stderr
    container = buildah("from", image, check=True).stdout.strip()
    try:
        run = ["run", "--isolation=chroot", container, "--"]
        assert buildah(*run, "id", "-u", check=True).stdout.strip() == instructions("USER")[-1]
        held = set(buildah(*run, "ls", "-A", check=True).stdout.split())
        assert held == {name.split("/")[0] for name in copied()} | {".venv", "collected"}
        assert "staticfiles.json" in buildah(*run, "ls", "collected", check=True).stdout
        assert buildah(*run, "touch", "collected/new").returncode
        missing = buildah(*run, "python", "manage.py", "check")
        assert "  SECRET_KEY: is required" in missing.stderr
        assert buildah(*run, "pg_dump", "--version").returncode == 0
    finally:
        buildah("rm", container)
        buildah("rmi", image)

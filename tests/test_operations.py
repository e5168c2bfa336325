"""The commands of OPERATIONS.md run as they stand, and what the pages for operators name is there."""

import re
import shlex

import pytest
from django.core.management import CommandError, get_commands, load_command_class
from django.urls import resolve

from tests import operations
from tests.operations import HERE

# Commands that are not run, by how they begin, and why.
NOT_RUN = {
    "apt-get": "reaches out to a package index",
    "adduser": "the machine has the user",
    "python3 -m venv": "the machine has the packages",
    ".venv/bin/pip": "reaches out to a package index",
    ".venv/bin/uv": "reaches out to a package index",
    "systemctl": "there is no systemd",
    "nginx": "the certificate is missing",
    "runuser -u postgres": "there is no server",
    "docker": "reaches out to an image registry",
    "curl": "reaches out to the public address",
}
# What has to be there first, which the text says in words.
BEFORE = {
    "Drill": """
        cp /var/backups/invitation-desk/desk-2026-11-28.backup .
        deploy/manage audit_checkpoint > checkpoints.txt
    """,
}
INLINE_NOT_RUN = {
    "…": "stands for all of them",
    "work": "runs until it is ended; `work --once` is run",
    "restore FILE": "is run as the drill",
}
ARGUMENTS = {"EMAIL|AWORK_USER_ID ROLE": "ada@studio.example auditor"}
EXIT_CODES = {"rotate_audit_key": 1}  # there is one key only
PAGES = ("README.md", "OPERATIONS.md", "CONTRIBUTING.md", "SECURITY.md", ".env.example")
FOLDERS = ("/etc", "/srv", "/var", "/run", "/tmp")  # noqa: S108  # addresses begin otherwise
# Of a library and of systemd, and placeholders.
OTHER_NAMES = {
    *("PROMETHEUS_MULTIPROC_DIR", "AF_INET", "AF_UNIX"),
    *("PUBLIC_KEY", "AWORK_USER_ID", "NAME_FILE", "DATE_FORMAT"),
}


def script_of(commands):
    """A shell script that runs these commands, and the inline ones as soon as the desk is installed."""
    lines, section = [], "Install"
    for command in commands:
        if section == "Install" != command.section:
            lines.append(run_inline())
        if command.section != section:
            lines.append(BEFORE.get(command.section, ""))
        section = command.section
        lines += [command.text, "test $? = 0"]  # `sh -e` goes on after a failure before `&&`
    return "\n".join(lines)


def run_inline():
    return f"""(
        set -a; . /etc/invitation-desk/environment; set +a
        export DJANGO_SETTINGS_MODULE=portal.settings
        .venv/bin/python -m tests.operations_inline {shlex.join(inline())}
    )"""


def inline():
    """The inline commands that are run, with arguments for their placeholders."""
    found = [one for one in operations.inline_commands() if one not in INLINE_NOT_RUN]
    for placeholder, value in ARGUMENTS.items():
        found = [one.replace(placeholder, value) for one in found]
    return [one for one in found if is_complete(one)]


def is_complete(command):
    """Whether it has all arguments that it needs; else the text only mentions it."""
    name, *arguments = shlex.split(command)
    try:
        parser_of(name).parse_args(arguments)
    except CommandError:
        return False
    return True


def parser_of(name):
    command = load_command_class(get_commands()[name], name)
    return command.create_parser("manage.py", name)


def test_each_command_runs_as_it_stands():
    if not operations.can_have_a_machine():
        pytest.skip("needs to be root, and mount namespaces")
    first: dict[str, operations.Command] = {}  # a command that stands there twice is run once
    for command in operations.commands():
        first.setdefault(command.text, command)
    done = operations.run(
        script_of([one for one in first.values() if not one.text.startswith(tuple(NOT_RUN))])
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"[-4000:]
    assert re.findall(r"^exit code of (.+): (\d)$", done.stdout, re.MULTILINE) == [
        (one, str(EXIT_CODES.get(one, 0))) for one in inline()
    ], done.stdout
    assert done.stdout.count(": intact, ") == 2  # in the drill too


def test_no_command_is_left_out_for_nothing():
    texts = [one.text for one in operations.commands()]
    assert [start for start in NOT_RUN if not any(text.startswith(start) for text in texts)] == []
    assert [one for one in INLINE_NOT_RUN if one not in operations.inline_commands()] == []


def test_each_management_command_that_is_mentioned_takes_these_arguments():
    mentioned = {
        one for page in PAGES for one in re.findall(r"`(?:deploy/|)manage(?:\.py)? ([^`]+)`", text(page))
    }
    for command in mentioned - {"…"}:
        name, *arguments = shlex.split(command)
        options = {option for action in parser_of(name)._actions for option in action.option_strings}
        assert {one for one in arguments if one.startswith("-")} <= options, command


def text(page):
    return (HERE / page).read_text()


def test_each_address_that_is_mentioned_exists():
    for page in PAGES:
        for address in re.findall(r"`(/[^`\s]*)`", text(page)):
            if not address.startswith(FOLDERS) and address != "/":
                assert resolve(address.partition("?")[0]), address


def test_each_file_that_is_mentioned_exists():
    names = {
        name
        for page in PAGES
        for name in re.findall(r"`((?:deploy|portal|invites|tests|\.ci)/[\w./-]+)`", text(page))
    }
    assert {name for name in names if not (HERE / name).exists()} == set()


def test_each_setting_that_is_mentioned_exists():
    known = set(re.findall(r"^([A-Z_]+)=", text(".env.example"), re.MULTILINE))
    deployed = [path for path in (HERE / "deploy").iterdir() if path.is_file()]
    for page in [*(HERE / name for name in PAGES), *deployed]:
        found = set(re.findall(r"(?<![\w/.$])[A-Z]+(?:_[A-Z]+)+(?![\w.])", page.read_text()))
        unknown = {name for name in found if name.removesuffix("_FILE") not in known}
        assert unknown <= OTHER_NAMES, page.name

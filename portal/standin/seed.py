"""The seed data: two workspaces with users, roles, projects and tasks, the same at each start."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from uuid import UUID

from portal.standin.entities import Assignment, Project, Role, StandinUser, Task, Workspace, stable_id

MAIN = stable_id("workspace", "nordlicht")
OTHER = stable_id("workspace", "suedwind")
SEEDED_AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HOUR = 3600

PLAN = frozenset(
    {
        ("project-planning-data", "read"),
        ("project-planning-data", "write"),
        ("project-master-data", "read"),
        ("task-data", "write"),
    }
)
LIST_ROLES_AND_USERS = frozenset({("workspace-manage-config", "read"), ("user-master-data", "read")})
MANAGE_PROJECTS = frozenset({("project-master-data", "manage")})
MANAGE_USERS = frozenset({("user-manage-config", "read"), ("user-manage-config", "write")})

ROLES = [
    (MAIN, "admin", "Admin", {"is_admin": True}),
    (MAIN, "manager", "Project manager", {"features": PLAN}),
    (MAIN, "lead", "Team lead", {"features": PLAN | LIST_ROLES_AND_USERS | MANAGE_PROJECTS}),
    (MAIN, "member", "Kreative & Entwickler", {"features": PLAN}),
    (MAIN, "office", "Office manager", {"features": PLAN | MANAGE_USERS}),
    (MAIN, "guest", "Guest", {"is_guest": True}),
    (MAIN, "agent", "Agent", {"is_agent": True, "features": PLAN}),
    (MAIN, "archived", "Freelancer (old)", {"is_archived": True}),
    (OTHER, "other-admin", "Admin", {"is_admin": True}),
    (OTHER, "other-member", "Member", {"features": PLAN}),
]


def _(text: str) -> str:
    """Mark for translation; `gettext_noop` would load the settings, which the demo sets after this."""
    return text


# handle, first name, last name, role, description, further fields
USERS = [
    ("ada", "Ada", "Ahrens", "admin", _("administrator: sets policy and desk roles"), {"gender": "female"}),
    ("lea", "Lea", "Lead", "member", _("lead: sees all invitations"), {"gender": "female"}),
    (
        "anton",
        "Anton",
        "Auditor",
        "member",
        _("auditor: reads and verifies the audit log"),
        {"gender": "male"},
    ),
    (
        "mona",
        "Mona",
        "Mäder",
        "lead",
        _("manager who may list awork's roles and users"),
        {"gender": "female"},
    ),
    (
        "paula",
        "Paula",
        "Petersen",
        "manager",
        _("manager: invites, sees her invitations"),
        {"gender": "female"},
    ),
    ("paul", "Paul", "O'Neill", "member", _("manager"), {"gender": "male"}),
    ("jonas", "Jonas", "Jürgens <b>", "member", _("manager"), {"gender": "male", "language": "de-DE"}),
    ("zoe", "Zoë", "Łukasz & Co", "member", _("manager"), {}),
    ("gustav", "Gustav", "Gast", "guest", _("guest in one project: can't sign in"), {"gender": "male"}),
    ("dora", "Dora", "Dahl", "member", _("deactivated: can't sign in"), {"is_deactivated": True}),
    ("bruno", "Bruno", "Brandt", "member", _("blocked: can't sign in"), {"is_blocked": True}),
    ("otto", "Otto", "Ostwind", "other-admin", _("from another workspace: can't sign in"), {}),
    ("olga", "Olga", "Osterloh", "other-member", _("from another workspace: can't sign in"), {}),
]
PLANNERS = ("ada", "mona", "paula", "paul", "jonas", "zoe")
OTHER_USERS = {"otto", "olga"}

# key, name, workspace, members (of private projects)
PROJECTS: list[tuple[str, str, UUID, tuple[str, ...]]] = [
    ("WEB", "Website Relaunch", MAIN, ()),
    ("APP", "App „Fjord“ für Müller & Söhne", MAIN, ()),
    ("CAF", "O'Connor's Café <Re-Branding>", MAIN, ()),
    ("KEY", "Konfidentiell", MAIN, ("ada", "mona")),
    ("SUD", "Südwind Kampagne", OTHER, ()),
    ("OST", "Ostsee-Messe", OTHER, ()),
]
ONE_ASSIGNEE = ("POD", "Podcast „Nordwind“")  # its tasks have one assignee
VERBS = ["Write", "Review", "Translate", "Design", "Prüfe", "Entwirf", "Plan", "Test"]
THINGS = [
    "copy",
    "landing page",
    "Überschriften",
    "press kit",
    "checkout <b>button</b>",
    "Q&A",
    "client's logo",
    "Straßenplakat",
    "newsletter",
    "image gallery",
    "SEO texts",
]
STATUSES = [
    ("To do", "todo"),
    ("In Arbeit", "progress"),
    ("Review", "review"),
    ("Done", "done"),
    ("Stuck", "stuck"),
]
SEATS = 50


@dataclass(frozen=True)
class SeedData:
    """All records by id; `texts` maps tasks to what a search matches, `keys` maps keys to tasks."""

    workspaces: dict[UUID, Workspace] = field(default_factory=dict)
    roles: dict[UUID, Role] = field(default_factory=dict)
    people: dict[UUID, StandinUser] = field(default_factory=dict)
    projects: dict[UUID, Project] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    texts: dict[UUID, str] = field(default_factory=dict)
    keys: dict[str, UUID] = field(default_factory=dict)


def user_id(handle: str) -> UUID:
    """The id of a seeded user."""
    return stable_id("person", handle)


def seed_data(tasks: int) -> SeedData:
    """Build the seed data, with this many tasks in all."""
    seed = SeedData()
    add_workspaces(seed)
    add_users(seed)
    for key, name, workspace, members in PROJECTS:
        project = Project(
            stable_id("project", key),
            workspace,
            key,
            name,
            frozenset(map(user_id, members)),
            is_private=bool(members),
            created_by=user_id(members[0]) if members else None,
        )
        seed.projects[project.id] = project
    key, name = ONE_ASSIGNEE
    podcast = Project(stable_id("project", key), MAIN, key, name, allows_several=False)
    seed.projects[podcast.id] = podcast
    named = named_tasks()
    taken = {(task.project_id, task.number) for task in named}
    for task in [*named, *generated_tasks(tasks - len(named), taken)]:
        add_task(seed, task)
    return seed


def add_workspaces(seed: SeedData) -> None:
    """Add both workspaces and their roles; the other workspace has no guest role."""
    seed.workspaces[MAIN] = Workspace(MAIN, "Nordlicht Studio", "nordlicht", SEATS)
    seed.workspaces[OTHER] = Workspace(OTHER, "Südwind Agentur", "suedwind", SEATS)
    for workspace, handle, name, fields in ROLES:
        role = Role(stable_id("role", handle), workspace, name, **fields)  # type: ignore[arg-type]
        seed.roles[role.id] = role


def add_users(seed: SeedData) -> None:
    """Add the users, with addresses derived from their handles."""
    for handle, first, last, role, about, fields in USERS:
        domain = "suedwind" if handle in OTHER_USERS else "nordlicht"
        seed.people[user_id(handle)] = StandinUser(
            user_id(handle),
            OTHER if handle in OTHER_USERS else MAIN,
            stable_id("role", role),
            first,
            last,
            f"{handle}@{domain}.example",
            handle,
            about,
            **fields,  # type: ignore[arg-type]
        )


def add_task(seed: SeedData, task: Task) -> None:
    """Add a task, its key and its search text."""
    project = seed.projects.get(task.project_id) if task.project_id else None
    key = f"{project.key}-{task.number}" if project else ""
    seed.tasks[task.id] = task
    seed.texts[task.id] = f"{key} {task.name} {project.name if project else ''}".casefold()
    if key:
        seed.keys[key] = task.id


def named_tasks() -> list[Task]:
    """The tasks that tests and the README refer to; the most recently updated ones."""
    ada, paul, paula, gustav = user_id("ada"), user_id("paul"), user_id("paula"), user_id("gustav")
    return [
        make_task(
            "WEB", 12, "Write copy", 0, (Assignment(ada, 4 * HOUR), Assignment(paul)), planned=6 * HOUR
        ),
        make_task(
            "WEB", 13, "Launch & <b>announce</b> O'Connor's site", 1, (Assignment(paula),), planned=2 * HOUR
        ),
        make_task("WEB", 14, "Nobody's task", 0, ()),
        make_task("WEB", 15, "Kick-off", 3, (Assignment(ada), Assignment(paula, HOUR))),
        make_task("CAF", 7, "Fotos für die Speisekarte", 1, (Assignment(gustav), Assignment(paul, 2 * HOUR))),
        make_task("KEY", 1, "Vertraulicher Entwurf", 0, (Assignment(ada),)),
        make_task("", 0, "Private: Geschenk für Jürgen", 0, (Assignment(paula),), owner="paula"),
        make_task("", 0, "Private: salary talks", 0, (Assignment(ada),), owner="ada"),
        make_task("POD", 1, "Record the first episode", 0, (Assignment(paul, 2 * HOUR),)),
        make_task("POD", 2, "Find a title", 0, ()),
        make_task("SUD", 1, "Südwind briefing", 0, (Assignment(user_id("olga")),), owner="otto"),
    ]


def make_task(
    key: str,
    number: int,
    name: str,
    status: int,
    assignees: tuple[Assignment, ...],
    *,
    planned: int = 0,
    owner: str = "mona",
) -> Task:
    """A task of the project with this key, or a private one if the key is empty."""
    workspace = OTHER if owner in OTHER_USERS else MAIN
    return Task(
        stable_id("task", f"{key}-{number}" if key else name),
        workspace,
        name,
        number,
        stable_id("project", key) if key else None,
        user_id(owner),
        *STATUSES[status],
        SEEDED_AT + timedelta(days=1, seconds=-number),
        planned,
        assignees,
    )


def generated_tasks(count: int, taken: set[tuple[UUID | None, int]]) -> list[Task]:
    """Generated tasks, spread over projects and statuses."""
    projects = cycle(
        [
            (key, stable_id("project", key), workspace, members or PLANNERS)
            for key, _, workspace, members in PROJECTS
        ]
    )
    ids = {handle: user_id(handle) for handle, *_ in USERS}
    generated: list[Task] = []
    number = 0
    while len(generated) < count:
        key, project, workspace, members = next(projects)
        number += key == PROJECTS[0][0]
        if (project, number) in taken:
            continue
        index = len(generated)
        handles = ("otto", "olga") if workspace == OTHER else members
        first, second = ids[handles[index % len(handles)]], ids[handles[(index + 1) % len(handles)]]
        assignees = (Assignment(first, HOUR), Assignment(second)) if index % 3 else (Assignment(first),)
        generated.append(
            Task(
                stable_id("task", f"{key}-{number}"),
                workspace,
                f"{VERBS[index % len(VERBS)]} {THINGS[index // 3 % len(THINGS)]} {number}",
                number,
                project,
                first,
                *STATUSES[index // 5 % len(STATUSES)],
                SEEDED_AT - timedelta(minutes=index),
                3 * HOUR,
                assignees,
            )
        )
    return generated

"""The beginning of every stand-in world: two workspaces, their people, projects and tasks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from uuid import UUID

from portal.standin.records import Assignment, Person, Project, Role, Task, Workspace, named

MAIN = named("workspace", "nordlicht")
OTHER = named("workspace", "suedwind")
BEGINNING = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HOUR = 3600

PLANNER = frozenset(
    {
        ("project-planning-data", "read"),
        ("project-planning-data", "write"),
        ("project-master-data", "read"),
        ("task-data", "write"),
    }
)
DIRECTORY = frozenset({("workspace-manage-config", "read"), ("user-master-data", "read")})
OFFICE = frozenset({("user-manage-config", "read"), ("user-manage-config", "write")})

ROLES = [
    (MAIN, "admin", "Admin", {"is_admin": True}),
    (MAIN, "manager", "Project manager", {"features": PLANNER}),
    (MAIN, "lead", "Team lead", {"features": PLANNER | DIRECTORY}),
    (MAIN, "member", "Kreative & Entwickler", {"features": PLANNER}),
    (MAIN, "office", "Office manager", {"features": PLANNER | OFFICE}),
    (MAIN, "guest", "Guest", {"is_guest": True}),
    (MAIN, "agent", "Agent", {"is_agent": True, "features": PLANNER}),
    (MAIN, "archived", "Freelancer (old)", {"is_archived": True}),
    (OTHER, "other-admin", "Admin", {"is_admin": True}),
    (OTHER, "other-member", "Member", {"features": PLANNER}),
]

# handle, first name, last name, role, what they are, further fields
CAST = [
    ("ada", "Ada", "Ahrens", "admin", "administrator", {"gender": "female"}),
    ("mona", "Mona", "Mäder", "lead", "manager who may list roles and users", {"gender": "female"}),
    ("paula", "Paula", "Petersen", "manager", "manager without role rights", {"gender": "female"}),
    ("paul", "Paul", "O'Neill", "member", "colleague", {"gender": "male"}),
    ("jonas", "Jonas", "Jürgens <b>", "member", "colleague", {"gender": "male"}),
    ("zoe", "Zoë", "Łukasz & Co", "member", "colleague", {}),
    ("gustav", "Gustav", "Gast", "guest", "guest in one project", {"gender": "male"}),
    ("dora", "Dora", "Dahl", "member", "deactivated", {"is_deactivated": True}),
    ("bruno", "Bruno", "Brandt", "member", "blocked", {"is_blocked": True}),
    ("otto", "Otto", "Ostwind", "other-admin", "administrator of another workspace", {}),
    ("olga", "Olga", "Osterloh", "other-member", "member of another workspace", {}),
]
TEAM = ("ada", "mona", "paula", "paul", "jonas", "zoe")
OUTSIDE = {"otto", "olga"}

# key, name, workspace, members of a private one
PROJECTS: list[tuple[str, str, UUID, tuple[str, ...]]] = [
    ("WEB", "Website Relaunch", MAIN, ()),
    ("APP", "App „Fjord“ für Müller & Söhne", MAIN, ()),
    ("CAF", "O'Connor's Café <Re-Branding>", MAIN, ()),
    ("KEY", "Konfidentiell", MAIN, ("ada", "mona")),
    ("SUD", "Südwind Kampagne", OTHER, ()),
    ("OST", "Ostsee-Messe", OTHER, ()),
]
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
class Beginning:
    """All records by id; `texts` are what a search looks through, `keys` lead to tasks."""

    workspaces: dict[UUID, Workspace] = field(default_factory=dict)
    roles: dict[UUID, Role] = field(default_factory=dict)
    people: dict[UUID, Person] = field(default_factory=dict)
    projects: dict[UUID, Project] = field(default_factory=dict)
    tasks: dict[UUID, Task] = field(default_factory=dict)
    texts: dict[UUID, str] = field(default_factory=dict)
    keys: dict[str, UUID] = field(default_factory=dict)


def who(handle: str) -> UUID:
    """The id of a member of the cast."""
    return named("person", handle)


def begin(tasks: int) -> Beginning:
    """The world as it starts, with `tasks` tasks in all, the same at each start."""
    world = Beginning()
    add_workspaces(world)
    add_people(world)
    for key, name, workspace, members in PROJECTS:
        project = Project(
            named("project", key), workspace, key, name, frozenset(map(who, members)), bool(members)
        )
        world.projects[project.id] = project
    story = story_tasks()
    for task in [*story, *many_tasks(tasks - len(story), {(task.project_id, task.number) for task in story})]:
        add_task(world, task)
    return world


def add_workspaces(world: Beginning) -> None:
    """Both workspaces and their roles; the other one is too young for a guest role."""
    world.workspaces[MAIN] = Workspace(MAIN, "Nordlicht Studio", "nordlicht", SEATS)
    world.workspaces[OTHER] = Workspace(OTHER, "Südwind Agentur", "suedwind", SEATS)
    for workspace, handle, name, fields in ROLES:
        role = Role(named("role", handle), workspace, name, **fields)  # type: ignore[arg-type]
        world.roles[role.id] = role


def add_people(world: Beginning) -> None:
    """The cast, each with an address that follows from the handle."""
    for handle, first, last, role, about, fields in CAST:
        home = "suedwind" if handle in OUTSIDE else "nordlicht"
        world.people[who(handle)] = Person(
            who(handle),
            OTHER if handle in OUTSIDE else MAIN,
            named("role", role),
            first,
            last,
            f"{handle}@{home}.example",
            handle,
            about,
            **fields,  # type: ignore[arg-type]
        )


def add_task(world: Beginning, task: Task) -> None:
    """File the task, its key, and its text for the search."""
    project = world.projects.get(task.project_id) if task.project_id else None
    key = f"{project.key}-{task.number}" if project else ""
    world.tasks[task.id] = task
    world.texts[task.id] = f"{key} {task.name} {project.name if project else ''}".casefold()
    if key:
        world.keys[key] = task.id


def story_tasks() -> list[Task]:
    """The tasks that people and tests know by name; the most recently changed ones."""
    ada, paul, paula, gustav = who("ada"), who("paul"), who("paula"), who("gustav")
    return [
        one("WEB", 12, "Write copy", 0, (Assignment(ada, 4 * HOUR), Assignment(paul)), planned=6 * HOUR),
        one("WEB", 13, "Launch & <b>announce</b> O'Connor's site", 1, (Assignment(paula),), planned=2 * HOUR),
        one("WEB", 14, "Nobody's task", 0, ()),
        one("WEB", 15, "Kick-off", 3, (Assignment(ada), Assignment(paula, HOUR))),
        one("CAF", 7, "Fotos für die Speisekarte", 1, (Assignment(gustav), Assignment(paul, 2 * HOUR))),
        one("KEY", 1, "Vertraulicher Entwurf", 0, (Assignment(ada),)),
        one("", 0, "Private: Geschenk für Jürgen", 0, (Assignment(paula),), owner="paula"),
        one("", 0, "Private: salary talks", 0, (Assignment(ada),), owner="ada"),
        one("SUD", 1, "Südwind briefing", 0, (Assignment(who("olga")),), owner="otto"),
    ]


def one(
    key: str,
    number: int,
    name: str,
    status: int,
    assignees: tuple[Assignment, ...],
    *,
    planned: int = 0,
    owner: str = "mona",
) -> Task:
    """A task by the key of its project; no key makes it private."""
    workspace = OTHER if owner in OUTSIDE else MAIN
    return Task(
        named("task", f"{key}-{number}" if key else name),
        workspace,
        name,
        number,
        named("project", key) if key else None,
        who(owner),
        *STATUSES[status],
        BEGINNING + timedelta(days=1, seconds=-number),
        planned,
        assignees,
    )


def many_tasks(count: int, taken: set[tuple[UUID | None, int]]) -> list[Task]:
    """Tasks in bulk, spread over the projects, every seventh done or so."""
    projects = cycle(
        [(key, named("project", key), workspace, members or TEAM) for key, _, workspace, members in PROJECTS]
    )
    people = {handle: who(handle) for handle, *_ in CAST}
    made: list[Task] = []
    number = 0
    while len(made) < count:
        key, project, workspace, members = next(projects)
        number += key == PROJECTS[0][0]
        if (project, number) in taken:
            continue
        index = len(made)
        team = ("otto", "olga") if workspace == OTHER else members
        first, second = people[team[index % len(team)]], people[team[(index + 1) % len(team)]]
        assignees = (Assignment(first, HOUR), Assignment(second)) if index % 3 else (Assignment(first),)
        made.append(
            Task(
                named("task", f"{key}-{number}"),
                workspace,
                f"{VERBS[index % len(VERBS)]} {THINGS[index // 3 % len(THINGS)]} {number}",
                number,
                project,
                first,
                *STATUSES[index // 5 % len(STATUSES)],
                BEGINNING - timedelta(minutes=index),
                3 * HOUR,
                assignees,
            )
        )
    return made

"""Every migration after the previous release is additive."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Q

from tests.upgrade.additive import problems
from tests.upgrade.previous import MIGRATIONS

# Other operations that the previous release survives: app, migration and number of the operation, and why.
EXCEPTIONS: dict[tuple[str, str, int], str] = {}
TEXT = {"max_length": 10}


def test_every_new_operation_is_additive():
    loader = MigrationLoader(None)
    released = loader.project_state(list(MIGRATIONS.items()))
    found, used = [], set()
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        if name <= MIGRATIONS.get(app, "9999"):
            continue
        for number, operation in enumerate(migration.operations):
            said = list(problems(operation, app, released))
            used |= {(app, name, number)} if said else set()
            found += [f"{app} {name}: {operation.describe()}: {one}" for one in said]
    assert used == set(EXCEPTIONS), found


@pytest.fixture
def state():
    """The previous release: a model `invites.thing` with two text columns, and `portal.session`."""
    fields = [("name", models.CharField(**TEXT)), ("kind", models.CharField(**TEXT, db_default=""))]
    state = ProjectState()
    state.add_model(ModelState("invites", "Thing", fields))
    state.add_model(ModelState("portal", "Session", []))
    return state


def add(field):
    return migrations.AddField("thing", "added", field)


def alter(field, name="name"):
    return migrations.AlterField("thing", name, field)


REFERRING = models.ForeignKey("portal.Session", models.CASCADE, null=True)
NO_OP = migrations.RunPython.noop


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("thing", "name"),
        migrations.RenameField("thing", "name", "title"),
        migrations.DeleteModel("Thing"),
        migrations.RenameModel("Thing", "Item"),
        migrations.AlterModelTable("Thing", "items"),
        migrations.AddConstraint("thing", models.CheckConstraint(condition=~Q(name=""), name="named")),
        migrations.AlterUniqueTogether("thing", {("name", "kind")}),
        migrations.RunPython(NO_OP),
        migrations.RunSQL("SELECT 1"),
        migrations.SeparateDatabaseAndState([migrations.RemoveField("thing", "name")]),
        migrations.CreateModel("Other", [("of", REFERRING)]),
        add(models.CharField(**TEXT)),
        add(models.CharField(**TEXT, default="x")),
        add(models.CharField(**TEXT, unique=True, db_default="x")),
        add(REFERRING),
        alter(models.CharField(max_length=9)),
        alter(models.TextField()),
        alter(models.CharField(**TEXT, null=True)),
        alter(models.CharField(**TEXT, unique=True)),
        alter(models.CharField(**TEXT), "kind"),
        alter(models.CharField(**TEXT), "newer"),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_the_previous_release_does_not_survive_is_found(operation, state):
    assert len(list(problems(operation, "invites", state))) == 1


@pytest.mark.parametrize(
    "operation",
    [
        add(models.CharField(**TEXT, db_default="x")),
        add(models.CharField(**TEXT, null=True, unique=True)),
        add(models.ForeignKey("portal.User", models.PROTECT, null=True)),
        add(models.ForeignKey("portal.Session", models.DO_NOTHING, null=True, db_constraint=False)),
        alter(models.CharField(max_length=20, help_text="longer")),
        migrations.AddIndex("thing", models.Index(fields=["name"], name="by_name")),
        migrations.RunPython(NO_OP, NO_OP),
        migrations.AddConstraint("new", models.CheckConstraint(condition=~Q(name=""), name="named")),
        migrations.RemoveField("new", "name"),
        migrations.DeleteModel("New"),
        migrations.CreateModel("Other", [("of", models.ForeignKey("invites.New", models.CASCADE))]),
        alter(models.CharField(**TEXT, null=True), "newer"),
        migrations.CreateModel("Other", [("name", models.CharField(**TEXT))]),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "name")]),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_it_does_not_notice_passes(operation, state):
    assert list(problems(operation, "invites", state)) == []

"""Somebody who does things, and something to do them to."""

from uuid import UUID

import pytest
from django.test import Client

from invites.audit.snapshot import Snapshot
from portal.actor import Actor
from portal.models import User, Workspace

WORKSPACE = UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def paula() -> Actor:
    return Actor(
        workspace=WORKSPACE,
        id=UUID("22222222-2222-4222-8222-222222222222"),
        name="Paula Planer",
        email="paula@nordlicht.example",
        ip_address="192.0.2.7",
        user_agent="Browser/1.0",
    )


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot(
        invitation=UUID("33333333-3333-4333-8333-333333333333"),
        task_id=UUID("44444444-4444-4444-8444-444444444444"),
        task_key="WEB-12",
        task_name="Write <b>copy</b> for Größe",
        project_id=UUID("55555555-5555-4555-8555-555555555555"),
        project_name="Website",
        role_id=UUID("66666666-6666-4666-8666-666666666666"),
        role_name="Guest",
        email="Carla@kunde.example",
        first_name="Carla",
        last_name="Creative",
        gender="female",
    )


@pytest.fixture
def administrator(db: None, paula: Actor) -> User:
    """Paula, signed in before, who may read the log."""
    workspace = Workspace.objects.create(id=WORKSPACE, name="Nordlicht Studio")
    return User.objects.create(
        awork_id=paula.id,
        workspace=workspace,
        first_name="Paula",
        last_name="Planer",
        email=paula.email,
        role="administrator",
    )


@pytest.fixture
def reader(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client

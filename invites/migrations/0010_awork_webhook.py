import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invites", "0012_attention"),
        ("portal", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AworkUpdates",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("awork_id", models.UUIDField(null=True)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("new_digest", models.CharField(blank=True, max_length=64)),
                ("connected_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
                ("event", models.CharField(blank=True, max_length=40)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.workspace"
                    ),
                ),
            ],
        ),
    ]

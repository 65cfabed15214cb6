"""When a user last looked at the letters of the cabinet; whoever is known has seen them all."""

from django.db import migrations, models
from django.utils import timezone


def all_are_seen(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    users.update(letters_seen_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="letters_seen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(all_are_seen, migrations.RunPython.noop),
    ]

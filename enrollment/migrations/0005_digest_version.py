"""Rows of before this migration hold digests of version 1, whatever the latest version is when it
runs: the column is filled with 1 first, and only then takes the latest by default.
"""

from django.db import migrations, models

import enrollment.models.party


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0004_evidence")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="digest_version",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AlterField(
            model_name="party",
            name="digest_version",
            field=models.PositiveSmallIntegerField(
                default=enrollment.models.party.party_version, editable=False
            ),
        ),
        migrations.AddField(
            model_name="learner",
            name="digest_version",
            field=models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AlterField(
            model_name="learner",
            name="digest_version",
            field=models.PositiveSmallIntegerField(
                default=enrollment.models.party.learner_version, editable=False
            ),
        ),
    ]

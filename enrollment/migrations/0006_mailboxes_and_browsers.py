"""When a mailbox first showed life; one open request for halves a browser and e-mail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_digest_version")]

    operations = [
        migrations.AddField(
            model_name="party",
            name="email_seen_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RemoveConstraint(
            model_name="halvesrequest",
            name="a_person_has_one_open_halves_request_in_a_cohort",
        ),
        migrations.AddConstraint(
            model_name="halvesrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ("asked", "proposed", "agreed")),
                    models.Q(("origin_browser", ""), _negated=True),
                ),
                fields=("email", "cohort", "origin_browser"),
                name="a_browser_has_one_open_halves_request_an_email",
            ),
        ),
    ]

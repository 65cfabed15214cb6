"""Personal invites to the groups of cohorts."""

import offer_site.encryption
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("telegram", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="telegramupdate",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("start", "the link was opened"),
                    ("press", "a button was pressed"),
                    ("text", "something was written"),
                    ("left", "the bot was blocked"),
                    ("joined", "somebody came to a group"),
                    ("departed", "somebody left a group"),
                    ("other", "something else"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="GroupInvite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("about_kind", models.CharField(max_length=40, verbose_name="about")),
                ("about_key", models.CharField(max_length=64, verbose_name="key")),
                ("group", models.BigIntegerField(verbose_name="group")),
                ("label", models.CharField(max_length=32, verbose_name="name of the invite")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("made", "made"),
                            ("closing", "being shut"),
                            ("closed", "shut"),
                            ("dead", "dead"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("link", offer_site.encryption.EncryptedTextField(blank=True, verbose_name="link")),
                (
                    "link_digest",
                    models.CharField(blank=True, db_index=True, editable=False, max_length=64),
                ),
                ("former_user", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("queued_at", models.DateTimeField(verbose_name="queued at")),
                ("expires_at", models.DateTimeField(verbose_name="ends at")),
                ("made_at", models.DateTimeField(blank=True, null=True, verbose_name="made at")),
                ("user", models.BigIntegerField(blank=True, null=True, verbose_name="who came")),
                ("joined_at", models.DateTimeField(blank=True, null=True, verbose_name="came at")),
                (
                    "shut_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="access shut at"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="put out at"),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("next_attempt_at", models.DateTimeField(verbose_name="next attempt at")),
                (
                    "lease_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="being sent until"),
                ),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
            ],
            options={
                "verbose_name": "invite to a group",
                "verbose_name_plural": "invites to groups",
                "ordering": ["-queued_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("shut_at", None)),
                        fields=("about_kind", "about_key"),
                        name="a_subject_has_one_standing_invite",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shut_at", None),
                            ("state__in", ["closing", "closed", "dead"]),
                            _connector="OR",
                        ),
                        name="a_shut_invite_is_on_its_way_out",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("joined_at", None), ("user", None)),
                            models.Q(("joined_at__isnull", False), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="who_came_by_an_invite_came_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "dead"), _negated=True),
                            models.Q(("last_error", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_dead_invite_says_why",
                    ),
                ],
            },
        ),
    ]

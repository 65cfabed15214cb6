"""Lessons and works of a cohort, curators of students, attendance and results."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", '0013_consents_again'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="enrollment",
            options={
                "ordering": ["-opened_at"],
                "permissions": [("all_enrollment", "Can see the students of every curator")],
                "verbose_name": "enrollment",
                "verbose_name_plural": "enrollments",
            },
        ),
        migrations.AddField(
            model_name="cohort",
            name="telegram_group",
            field=models.BigIntegerField(
                blank=True,
                help_text="The number of the group. Our bot must be its administrator.",
                null=True,
                unique=True,
                verbose_name="Telegram group",
            ),
        ),
        migrations.CreateModel(
            name="ProgrammeItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lesson", "lesson"),
                            ("assignment", "assignment"),
                            ("report", "report"),
                        ],
                        max_length=12,
                        verbose_name="what it is",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("title_kk", models.CharField(max_length=120, verbose_name="title in Kazakh")),
                ("title_ru", models.CharField(max_length=120, verbose_name="title in Russian")),
                (
                    "text_kk",
                    models.CharField(blank=True, max_length=600, verbose_name="text in Kazakh"),
                ),
                (
                    "text_ru",
                    models.CharField(blank=True, max_length=600, verbose_name="text in Russian"),
                ),
                (
                    "day",
                    models.DateField(
                        help_text="Of a lesson: when it is held. Of a work: until 24:00 of that day.",
                        verbose_name="day",
                    ),
                ),
                (
                    "begins_at",
                    models.TimeField(
                        blank=True,
                        help_text="The hour of a lesson, in Almaty.",
                        null=True,
                        verbose_name="begins at",
                    ),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="enrollment.cohort",
                        verbose_name="cohort",
                    ),
                ),
            ],
            options={
                "verbose_name": "lesson or work",
                "verbose_name_plural": "lessons and works",
                "ordering": ["cohort", "day", "kind", "number"],
            },
        ),
        migrations.CreateModel(
            name="StudyResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mark",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("attended", "attended"),
                            ("absent", "absent"),
                            ("accepted", "accepted"),
                            ("returned", "sent back to mend"),
                        ],
                        max_length=12,
                        verbose_name="mark",
                    ),
                ),
                (
                    "points",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="points"),
                ),
                ("comment", models.CharField(blank=True, max_length=600, verbose_name="comment")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("by", models.CharField(max_length=80, verbose_name="by")),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="enrollment.enrollment",
                        verbose_name="enrollment",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="enrollment.programmeitem",
                        verbose_name="lesson or work",
                    ),
                ),
            ],
            options={
                "verbose_name": "attendance or result",
                "verbose_name_plural": "attendance and results",
            },
        ),
        migrations.CreateModel(
            name="CuratorAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begun_at", models.DateTimeField(verbose_name="begun at")),
                ("begun_by", models.CharField(max_length=80, verbose_name="begun by")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                ("ended_by", models.CharField(blank=True, max_length=80, verbose_name="ended by")),
                (
                    "curator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="curator",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="curator_assignments",
                        to="enrollment.enrollment",
                        verbose_name="enrollment",
                    ),
                ),
            ],
            options={
                "verbose_name": "curator of a student",
                "verbose_name_plural": "curators of students",
                "ordering": ["-begun_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("enrollment",),
                        name="a_student_has_one_curator_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", "")),
                            models.Q(
                                ("ended_at__gte", models.F("begun_at")),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="an_ended_assignment_says_when_and_by_whom",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="programmeitem",
            constraint=models.UniqueConstraint(
                fields=("cohort", "kind", "number"), name="a_programme_has_one_item_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="programmeitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["lesson", "assignment", "report"])),
                name="an_item_is_a_lesson_or_a_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="programmeitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("begins_at", None), ("kind", "lesson"), _connector="OR"),
                name="only_a_lesson_has_an_hour",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyresult",
            constraint=models.UniqueConstraint(
                fields=("enrollment", "item"), name="a_student_has_one_result_an_item"
            ),
        ),
        migrations.AddConstraint(
            model_name="studyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mark", ""),
                    ("mark__in", ["attended", "absent", "accepted", "returned"]),
                    _connector="OR",
                ),
                name="a_result_is_a_known_mark",
            ),
        ),
        migrations.AddConstraint(
            model_name="studyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("points", None),
                    models.Q(("mark", "accepted"), ("points__lte", 10)),
                    _connector="OR",
                ),
                name="only_an_accepted_work_has_points",
            ),
        ),
    ]

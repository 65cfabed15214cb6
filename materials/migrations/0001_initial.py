"""Course materials, and every opening of one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("enrollment", "0014_programme"),
    ]

    operations = [
        migrations.CreateModel(
            name="Material",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "document",
                    models.CharField(
                        blank=True, editable=False, max_length=120, verbose_name="document"
                    ),
                ),
                ("document_type", models.CharField(blank=True, editable=False, max_length=40)),
                (
                    "document_sha256",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=64,
                        verbose_name="SHA-256 of the document",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("link", "link"), ("video", "video by link"), ("file", "file")],
                        max_length=8,
                        verbose_name="what it is",
                    ),
                ),
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
                ("address", models.URLField(blank=True, max_length=500, verbose_name="address")),
                ("opens_on", models.DateField(blank=True, null=True, verbose_name="opens on")),
                ("added_at", models.DateTimeField(verbose_name="added at")),
                ("added_by", models.CharField(max_length=80, verbose_name="added by")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="taken back at"),
                ),
                (
                    "withdrawn_by",
                    models.CharField(blank=True, max_length=80, verbose_name="taken back by"),
                ),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials",
                        to="enrollment.cohort",
                        verbose_name="cohort",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="materials",
                        to="enrollment.programmeitem",
                        verbose_name="lesson or work",
                    ),
                ),
            ],
            options={
                "verbose_name": "material",
                "verbose_name_plural": "materials",
                "ordering": ["cohort", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MaterialOpening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number of the day")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "address_digest",
                    models.CharField(max_length=64, verbose_name="digest of the address"),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="enrollment.enrollment",
                        verbose_name="enrollment",
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="materials.material",
                        verbose_name="material",
                    ),
                ),
            ],
            options={
                "verbose_name": "opening of a material",
                "verbose_name_plural": "openings of materials",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("address", ""), ("kind", "file"), models.Q(("document", ""), _negated=True)
                    ),
                    models.Q(
                        ("document", ""),
                        ("kind__in", ["link", "video"]),
                        models.Q(("address", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_material_is_a_file_or_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", "")),
                    models.Q(
                        ("withdrawn_at__gte", models.F("added_at")),
                        models.Q(("withdrawn_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_material_taken_back_says_when_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="materialopening",
            constraint=models.UniqueConstraint(
                fields=("enrollment", "day", "number"),
                name="a_student_opens_materials_by_number_a_day",
            ),
        ),
    ]

"""A result counts how often it was recorded, and names the version of the work that it answers."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def name_what_was_answered(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until now a result answered the last version that had come before it."""
    works = apps.get_model("enrollment", "StudentWork").objects.filter(
        enrollment=OuterRef("enrollment"), item=OuterRef("item"), handed_in_at__lte=OuterRef("at")
    )
    last = Subquery(works.order_by("-version").values("version")[:1])
    answered = Coalesce(last, 0)
    apps.get_model("enrollment", "StudyResult").objects.update(work_version=answered)


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0023_why_a_beginning_was_corrected'),
    ]

    operations = [
        migrations.AddField(
            model_name='studyresult',
            name='version',
            field=models.PositiveIntegerField(default=1, verbose_name='how often it was recorded'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='studyresult',
            name='work_version',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='answers version'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='studyresult',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='versions_of_a_result_begin_with_one'),
        ),
        migrations.RunPython(name_what_was_answered, migrations.RunPython.noop),
    ]

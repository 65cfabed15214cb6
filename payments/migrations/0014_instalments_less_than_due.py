"""Why a bank approved less than is due."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0027_reports_that_say_how_much'),
        ('payments', '0013_files_brought_by_one'),
    ]

    operations = [
        migrations.AddField(
            model_name='installmentapplication',
            name='why_less',
            field=models.CharField(blank=True, max_length=300, verbose_name='why less than is due'),
        ),
        migrations.AddConstraint(
            model_name='installmentapplication',
            constraint=models.CheckConstraint(condition=models.Q(('why_less', ''), ('decision', 'approved'), _connector='OR'), name='only_an_approval_is_less_than_is_due'),
        ),
    ]

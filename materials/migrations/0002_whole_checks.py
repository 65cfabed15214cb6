"""A material that is taken back says when: NULL passed the CHECK."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0019_withdrawals_and_whole_checks'),
        ('materials', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='material',
            name='a_material_taken_back_says_when_and_by_whom',
        ),
        migrations.AddConstraint(
            model_name='material',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', '')), models.Q(('withdrawn_at__gte', models.F('added_at')), ('withdrawn_at__isnull', False), models.Q(('withdrawn_by', ''), _negated=True)), _connector='OR'), name='a_material_taken_back_says_when_and_by_whom'),
        ),
    ]

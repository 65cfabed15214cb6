"""An approval of instalments cannot lack its sum: NULL passed the CHECK."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0019_withdrawals_and_whole_checks'),
        ('payments', '0010_claims'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='installmentapplication',
            name='an_approval_has_its_sum_and_document',
        ),
        migrations.AddConstraint(
            model_name='installmentapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'approved'), _negated=True), models.Q(('approved_sum__gt', 0), ('approved_sum__isnull', False), models.Q(('document', ''), _negated=True)), _connector='OR'), name='an_approval_has_its_sum_and_document'),
        ),
    ]

"""For how many months a bank gives instalments, and which attempts somebody else made."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0014_instalments_less_than_due"),
    ]

    operations = [
        migrations.AddField(
            model_name='installmentbank',
            name='months',
            field=models.PositiveSmallIntegerField(blank=True, help_text='The longest term. Buyers read the price by so many months; left empty, no sum a month.', null=True, validators=[MinValueValidator(1), MaxValueValidator(60)], verbose_name='months'),
        ),
        migrations.AddConstraint(
            model_name='installmentbank',
            constraint=models.CheckConstraint(condition=models.Q(('months', None), models.Q(('months__isnull', False), ('months__range', (1, 60))), _connector='OR'), name='a_bank_gives_from_one_month_to_sixty'),
        ),
        migrations.AddField(
            model_name='payment',
            name='for_another',
            field=models.BooleanField(default=False, verbose_name='by somebody who pays for another'),
        ),
    ]

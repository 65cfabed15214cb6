"""Reports say how much was paid, and a receipt may stand for a number."""

import offer_site.money
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0026_days_put_off'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='paymentreport',
            name='a_report_names_its_document',
        ),
        migrations.RemoveConstraint(
            model_name='paymentreport',
            name='a_transfer_or_instalment_is_reported_with_its_document',
        ),
        migrations.AddField(
            model_name='paymentreport',
            name='amount',
            field=offer_site.money.ReportedMoneyField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='amount paid'),
        ),
        migrations.AddField(
            model_name='paymentreport',
            name='why_other',
            field=models.CharField(blank=True, max_length=300, verbose_name='why the amount is another one'),
        ),
        migrations.AlterField(
            model_name='paymentreport',
            name='kind',
            field=models.CharField(choices=[('transfer', 'bank transfer'), ('kaspi', 'Kaspi Pay or Kaspi Red'), ('card', 'bank card'), ('installment', 'instalments through a bank')], max_length=12, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='paymentreport',
            name='number',
            field=models.CharField(blank=True, max_length=60, verbose_name='number of the document'),
        ),
        migrations.AddConstraint(
            model_name='paymentreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number', ''), _negated=True), models.Q(('document', ''), _negated=True), _connector='OR'), name='a_report_names_its_document'),
        ),
        migrations.AddConstraint(
            model_name='paymentreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', None), ('why_other', '')), models.Q(('amount__gt', 0), ('amount__isnull', False)), _connector='OR'), name='another_amount_is_explained_where_one_is_named'),
        ),
        migrations.AddConstraint(
            model_name='paymentreport',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['kaspi', 'card']), models.Q(('document', ''), _negated=True), _connector='OR'), name='a_transfer_or_instalment_is_reported_with_its_document'),
        ),
    ]

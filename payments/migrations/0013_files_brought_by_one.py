"""Who has compared with the bank a file that one person brought, and the balances it told."""

import offer_site.money
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0012_no_term_without_a_demand"),
    ]

    operations = [
        migrations.AddField(
            model_name='kaspiregistry',
            name='asks_for_look',
            field=models.BooleanField(default=False, verbose_name='a second person compares it with the bank'),
        ),
        migrations.AddField(
            model_name='kaspiregistry',
            name='seen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='compared with the bank at'),
        ),
        migrations.AddField(
            model_name='kaspiregistry',
            name='seen_by',
            field=models.CharField(blank=True, max_length=80, verbose_name='compared by'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='asks_for_look',
            field=models.BooleanField(default=False, verbose_name='a second person compares it with the bank'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='closing',
            field=offer_site.money.ReportedMoneyField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='closing balance'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='opening',
            field=offer_site.money.ReportedMoneyField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='opening balance'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='seen_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='compared with the bank at'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='seen_by',
            field=models.CharField(blank=True, max_length=80, verbose_name='compared by'),
        ),
        migrations.AlterField(
            model_name='statementline',
            name='doubt',
            field=models.CharField(blank=True, choices=[('aggregate', 'one sum for the payments of many'), ('unapproved', 'typed in by hand, a second person has not approved it'), ('typed-already', 'probably typed in by hand before'), ('contradiction', 'the file says two things about it'), ('taken-back', 'the bank took it back'), ('file-disagrees', 'the sums of its file do not agree'), ('not-at-bank', 'not found at the bank'), ('named-by-many', 'a code of ours, from a payer of one sum for many'), ('known-already', 'probably the same as money that is known'), ('wrong-currency', 'another currency than tenge'), ('no-code', 'no order code in the purpose'), ('unknown-code', 'no order with this code'), ('several-orders', 'the codes of several orders'), ('nothing-due', 'nothing is due for the order'), ('wrong-amount', 'another amount than is due'), ('another-day', 'another day than that of the order'), ('not-taken', 'no place is free, the learner is enrolled already, or the offer is withdrawn'), ('unseen-file', 'a second person has not compared its statement with the bank'), ('another-payer', 'another payer than the buyer')], max_length=20, verbose_name='why it waits'),
        ),
        migrations.AddIndex(
            model_name='statementfile',
            index=models.Index(fields=['account', 'until'], name='statements_by_last_day'),
        ),
        migrations.AddConstraint(
            model_name='kaspiregistry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seen_at__isnull', True), ('seen_by', '')), models.Q(('seen_at__isnull', False), models.Q(('seen_by', ''), _negated=True), models.Q(('seen_by', models.F('by')), _negated=True)), _connector='OR'), name='a_registry_is_seen_by_another_person'),
        ),
        migrations.AddConstraint(
            model_name='statementfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seen_at__isnull', True), ('seen_by', '')), models.Q(('seen_at__isnull', False), models.Q(('seen_by', ''), _negated=True), models.Q(('seen_by', models.F('by')), _negated=True)), _connector='OR'), name='a_statement_is_seen_by_another_person'),
        ),
    ]

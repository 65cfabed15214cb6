"""The two sides of the contract are one list now; no row changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0021_silence_and_talks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='claim',
            name='filed_by',
            field=models.CharField(choices=[('academy', 'the academy'), ('user', 'the user')], max_length=8, verbose_name='whose claim'),
        ),
        migrations.AlterField(
            model_name='claimanswer',
            name='given_by',
            field=models.CharField(choices=[('academy', 'the academy'), ('user', 'the user')], max_length=8, verbose_name='whose answer'),
        ),
        migrations.AlterField(
            model_name='claimfile',
            name='sent_by',
            field=models.CharField(choices=[('academy', 'the academy'), ('user', 'the user')], max_length=8, verbose_name='whose'),
        ),
        migrations.AlterField(
            model_name='forcemajeure',
            name='reported_by',
            field=models.CharField(choices=[('academy', 'the academy'), ('user', 'the user')], max_length=8, verbose_name='reported by'),
        ),
    ]

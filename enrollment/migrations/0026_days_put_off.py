"""Whose obligations a force majeure puts off, and the days that are no terms of the register."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat


def both_sides_until_now(apps, schema_editor):
    """Until now every open term moved, of whichever side; the days count for those that moved."""
    events = apps.get_model("enrollment", "ForceMajeure").objects
    events.filter(confirmed_at__isnull=False).update(hinders="both")
    moves = apps.get_model("enrollment", "DeadlineMove").objects.filter(
        because=Concat(Value("force-majeure "), Cast(OuterRef("event_id"), CharField())),
        days__gt=0,
        deadline__order=OuterRef("order"),
    )
    contracts = apps.get_model("enrollment", "ForceMajeureContract").objects
    of_users = contracts.filter(Exists(moves.filter(deadline__owed_by="user")))
    of_users.update(user_days=F("academy_days"))
    of_users_alone = contracts.exclude(Exists(moves.filter(deadline__owed_by="academy")))
    of_users_alone.update(academy_days=0)


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0025_answers_by_links'),
    ]

    operations = [
        migrations.AddField(
            model_name='forcemajeure',
            name='hinders',
            field=models.CharField(blank=True, choices=[('user', 'the user'), ('academy', 'the academy'), ('both', 'both sides')], default='', max_length=8, verbose_name='who is hindered'),
            preserve_default=False,
        ),
        migrations.RenameField(
            model_name='forcemajeurecontract',
            old_name='moved_days',
            new_name='academy_days',
        ),
        migrations.AlterField(
            model_name='forcemajeurecontract',
            name='academy_days',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='terms of the academy moved by, days'),
        ),
        migrations.AddField(
            model_name='forcemajeurecontract',
            name='user_days',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='terms of the user moved by, days'),
        ),
        migrations.RunPython(both_sides_until_now, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='forcemajeure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('hinders', '')), models.Q(('confirmed_at__isnull', False), ('hinders__in', ['user', 'academy', 'both'])), _connector='OR'), name='a_confirmed_force_majeure_says_whom_it_hinders'),
        ),
        migrations.CreateModel(
            name='DayPutOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('rest', 'the day of the rest'), ('performance', 'the day of performance')], max_length=12, verbose_name='what')),
                ('from_on', models.DateField(verbose_name='from the day')),
                ('to_on', models.DateField(verbose_name='to the day')),
                ('days', models.PositiveSmallIntegerField(verbose_name='days')),
                ('calendar_version', models.CharField(max_length=60, verbose_name='calendar')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.CharField(max_length=80, verbose_name='by')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days_put_off', to='enrollment.forcemajeurecontract', verbose_name='contract under force majeure')),
            ],
            options={
                'verbose_name': 'day put off by force majeure',
                'verbose_name_plural': 'days put off by force majeure',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('contract', 'what'), name='an_event_puts_a_day_of_a_contract_off_once'),
                    models.CheckConstraint(condition=models.Q(('what__in', ['rest', 'performance'])), name='a_day_put_off_is_of_the_rest_or_the_end'),
                    models.CheckConstraint(condition=models.Q(('days__gt', 0), ('to_on__gt', models.F('from_on'))), name='a_force_majeure_makes_a_day_later'),
                ],
            },
        ),
    ]

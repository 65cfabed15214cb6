"""The register of terms: what each is about, the day that was told, moves, reviews of the calendar.

Terms of before were told with their last day. Which of them were lifted stands in the journal.
"""

from datetime import date

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

VERBS = ('deadline.met', 'deadline.lifted', 'clarification.answered')


def tell_the_last_day(apps, schema_editor):
    apps.get_model('enrollment', 'Deadline').objects.update(told_on=F('due_on'))


def mark_what_was_lifted(apps, schema_editor):
    """A term that ended when the journal lifted one of its clause; of two, the one not met.

    At one moment a letter that left meets the academy's term and lifts the student's of the letter
    before it; an answer meets the student's and lifts the academy's.
    """
    Deadline = apps.get_model('enrollment', 'Deadline')
    Entry = apps.get_model('journal', 'Entry')
    told = {}
    for chain, clause, at, verb in Entry.objects.filter(verb__in=VERBS).values_list(
        'chain', 'clause', 'at', 'verb'
    ):
        told.setdefault((chain, clause, at), set()).add(verb)
    ended = Deadline.objects.filter(met_at__isnull=False, stopped_for='').select_related('order')
    lifted = []
    for deadline in ended:
        verbs = told.get((deadline.order.code, deadline.clause, deadline.met_at), set())
        if 'deadline.lifted' not in verbs:
            continue
        met_by = 'user' if 'clarification.answered' in verbs else 'academy'
        if 'deadline.met' not in verbs or deadline.owed_by != met_by:
            lifted.append(deadline.pk)
    Deadline.objects.filter(pk__in=lifted).update(was_lifted=True)


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0008_links_ended'),
        ('journal', '0003_seal'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar_version', models.CharField(max_length=60, verbose_name='calendar')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('outcome', models.CharField(choices=[('open', 'waits for a decision'), ('confirmed', 'confirmed'), ('rejected', 'rejected'), ('superseded', 'the calendar changed again')], default='open', max_length=10, verbose_name='decision')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decided_by', models.CharField(blank=True, max_length=80, verbose_name='decided by')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'review of deadlines',
                'verbose_name_plural': 'reviews of deadlines',
                'ordering': ['-proposed_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DeadlineMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('from_on', models.DateField(verbose_name='from the day')),
                ('to_on', models.DateField(verbose_name='to the day')),
                ('from_calendar', models.CharField(max_length=60, verbose_name='counted on the calendar')),
                ('to_calendar', models.CharField(max_length=60, verbose_name='moved on the calendar')),
                ('days', models.PositiveSmallIntegerField(default=0, verbose_name='days')),
                ('because', models.CharField(max_length=80, verbose_name='because of')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.CharField(max_length=80, verbose_name='by')),
            ],
            options={
                'verbose_name': 'move of a deadline',
                'verbose_name_plural': 'moves of deadlines',
                'ordering': ['deadline', 'number'],
            },
        ),
        migrations.CreateModel(
            name='ProposedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField(verbose_name='last day')),
                ('to_on', models.DateField(verbose_name='proposed last day')),
            ],
            options={
                'verbose_name': 'proposed day',
                'verbose_name_plural': 'proposed days',
                'ordering': ['review', 'from_on', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='deadline',
            name='about_key',
            field=models.CharField(blank=True, max_length=64, verbose_name='key'),
        ),
        migrations.AddField(
            model_name='deadline',
            name='about_kind',
            field=models.CharField(blank=True, max_length=40, verbose_name='about'),
        ),
        migrations.AddField(
            model_name='deadline',
            name='alarmed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='alarmed at'),
        ),
        migrations.AddField(
            model_name='deadline',
            name='told_on',
            field=models.DateField(default=date(2000, 1, 1), verbose_name='day that was told'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='deadline',
            name='warned_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='warned at'),
        ),
        migrations.AddField(
            model_name='deadline',
            name='was_lifted',
            field=models.BooleanField(default=False, verbose_name='lifted'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(condition=models.Q(('met_at', None)), fields=['due_before'], name='running_terms_by_their_day'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(('was_lifted', False), models.Q(('met_at__isnull', False), ('stopped_for', '')), _connector='OR'), name='a_lifted_term_says_when_and_is_not_stopped'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('about_key', ''), ('about_kind', '')), models.Q(models.Q(('about_kind', ''), _negated=True), models.Q(('about_key', ''), _negated=True)), _connector='OR'), name='a_term_names_what_it_is_about_by_kind_and_key'),
        ),
        migrations.AddConstraint(
            model_name='calendarreview',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', 'open')), fields=('outcome',), name='one_review_of_deadlines_waits_for_a_decision'),
        ),
        migrations.AddConstraint(
            model_name='calendarreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', ''), ('outcome', 'open'), ('reason', '')), models.Q(models.Q(('outcome', 'open'), _negated=True), ('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='a_decided_review_says_when_and_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='calendarreview',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['open', 'superseded']), models.Q(('reason', ''), _negated=True), _connector='OR'), name='a_review_is_confirmed_or_rejected_for_a_reason'),
        ),
        migrations.AddField(
            model_name='deadlinemove',
            name='deadline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='enrollment.deadline', verbose_name='deadline'),
        ),
        migrations.AddField(
            model_name='deadlinemove',
            name='review',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='enrollment.calendarreview', verbose_name='review of deadlines'),
        ),
        migrations.AddField(
            model_name='proposedday',
            name='deadline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposed_days', to='enrollment.deadline', verbose_name='deadline'),
        ),
        migrations.AddField(
            model_name='proposedday',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='enrollment.calendarreview', verbose_name='review of deadlines'),
        ),
        migrations.AddConstraint(
            model_name='deadlinemove',
            constraint=models.UniqueConstraint(fields=('deadline', 'number'), name='a_term_has_one_move_a_number'),
        ),
        migrations.AddConstraint(
            model_name='deadlinemove',
            constraint=models.UniqueConstraint(fields=('deadline', 'because'), name='a_cause_moves_a_term_once'),
        ),
        migrations.AddConstraint(
            model_name='deadlinemove',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('days__gt', 0), ('review', None)), models.Q(('days', 0), ('review__isnull', False)), _connector='OR'), name='a_term_is_moved_by_days_or_by_a_review'),
        ),
        migrations.AddConstraint(
            model_name='deadlinemove',
            constraint=models.CheckConstraint(condition=models.Q(('days', 0), ('to_on__gt', models.F('from_on')), _connector='OR'), name='a_force_majeure_makes_a_term_longer'),
        ),
        migrations.AddConstraint(
            model_name='proposedday',
            constraint=models.UniqueConstraint(fields=('review', 'deadline'), name='a_review_proposes_one_day_a_term'),
        ),
        migrations.AddConstraint(
            model_name='proposedday',
            constraint=models.CheckConstraint(condition=models.Q(('to_on', models.F('from_on')), _negated=True), name='a_proposed_day_is_another_day'),
        ),
        # Last: PostgreSQL alters no table whose rows were changed in the same transaction.
        migrations.RunPython(tell_the_last_day, migrations.RunPython.noop),
        migrations.RunPython(mark_what_was_lifted, migrations.RunPython.noop),
    ]

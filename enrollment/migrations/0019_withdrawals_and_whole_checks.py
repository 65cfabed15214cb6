"""The paper of a withdrawal, the breach of a demand of 11.6, and CHECKs that NULL passed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0018_students_works'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='breach',
            name='an_infringement_of_11_5_has_its_demand_and_no_other_breach_has',
        ),
        migrations.RemoveConstraint(
            model_name='clarification',
            name='an_answer_says_when_by_whom_and_how',
        ),
        migrations.RemoveConstraint(
            model_name='curatorassignment',
            name='an_ended_assignment_says_when_and_by_whom',
        ),
        migrations.RemoveConstraint(
            model_name='suspension',
            name='an_ended_suspension_says_when_and_by_whom',
        ),
        migrations.AddField(
            model_name='claim',
            name='breach',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='enrollment.breach', verbose_name='breach'),
        ),
        migrations.AddField(
            model_name='claim',
            name='withdrawal',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.claimfile', verbose_name='paper of the withdrawal'),
        ),
        migrations.AddConstraint(
            model_name='breach',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clause', '11.5'), ('demand__gt', 0), ('demand__isnull', False)), models.Q(models.Q(('clause', '11.5'), _negated=True), ('demand', None)), _connector='OR'), name='an_infringement_of_11_5_has_its_demand_and_no_other_breach_has'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawal', None), models.Q(('filed_by', 'user'), ('withdrawn_at__isnull', False)), _connector='OR'), name='only_a_withdrawn_claim_of_a_student_has_the_paper_of_it'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('breach', None), models.Q(('amount__isnull', False), ('filed_by', 'academy'), ('kind', 'infringement')), _connector='OR'), name='only_the_demand_of_11_6_names_a_breach'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('breach',), name='an_infringement_is_claimed_once'),
        ),
        migrations.AddConstraint(
            model_name='clarification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', ''), ('answered_how', '')), models.Q(('answered_at__gte', models.F('asked_at')), ('answered_at__isnull', False), models.Q(('answered_by', ''), _negated=True), models.Q(('answered_how', ''), _negated=True)), _connector='OR'), name='an_answer_says_when_by_whom_and_how'),
        ),
        migrations.AddConstraint(
            model_name='curatorassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', '')), models.Q(('ended_at__gte', models.F('begun_at')), ('ended_at__isnull', False), models.Q(('ended_by', ''), _negated=True)), _connector='OR'), name='an_ended_assignment_says_when_and_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', '')), models.Q(('ended_at__gte', models.F('begun_at')), ('ended_at__isnull', False), models.Q(('ended_by', ''), _negated=True)), _connector='OR'), name='an_ended_suspension_says_when_and_by_whom'),
        ),
    ]

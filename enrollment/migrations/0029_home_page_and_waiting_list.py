"""The home page that staff write, how long a lesson is, and who waits for sales."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0028_lessons_that_are_told_of'),
    ]

    operations = [
        migrations.CreateModel(
            name='HomePage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft', models.JSONField(blank=True, default=dict, verbose_name='draft')),
                ('changed_at', models.DateTimeField(verbose_name='changed at')),
                ('changed_by', models.CharField(max_length=80, verbose_name='changed by')),
                ('content', models.JSONField(blank=True, default=dict, verbose_name='published content')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('published_by', models.CharField(blank=True, max_length=80, verbose_name='published by')),
            ],
            options={
                'verbose_name': 'home page',
                'verbose_name_plural': 'home pages',
            },
        ),
        migrations.CreateModel(
            name='WaitingPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(choices=[('kk', 'Қазақша'), ('ru', 'Русский')], max_length=2, verbose_name='language')),
                ('consent_text', models.TextField(verbose_name='consent')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
            ],
            options={
                'verbose_name': 'who waits for sales',
                'verbose_name_plural': 'waiting list',
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='programmeitem',
            name='is_recorded',
            field=models.BooleanField(default=False, help_text='It is watched, and meets nobody live.', verbose_name='recorded lesson'),
        ),
        migrations.AddField(
            model_name='programmeitem',
            name='minutes',
            field=models.PositiveSmallIntegerField(blank=True, help_text='How long it takes a student; the home page says it. Empty: it says nothing.', null=True, verbose_name='minutes'),
        ),
        migrations.AlterField(
            model_name='package',
            name='features_kk',
            field=models.TextField(blank=True, help_text='One a line; a line that begins with “-” is not included, one with “+” names the package whose features it has.', verbose_name='what it has, in Kazakh'),
        ),
        migrations.AlterField(
            model_name='package',
            name='features_ru',
            field=models.TextField(blank=True, help_text='One a line; a line that begins with “-” is not included, one with “+” names the package whose features it has.', verbose_name='what it has, in Russian'),
        ),
        migrations.AddConstraint(
            model_name='programmeitem',
            constraint=models.CheckConstraint(condition=models.Q(('minutes', None), models.Q(('minutes__gte', 1), ('minutes__lte', 6000)), _connector='OR'), name='an_item_takes_some_minutes'),
        ),
        migrations.AddConstraint(
            model_name='programmeitem',
            constraint=models.CheckConstraint(condition=models.Q(('is_recorded', False), ('kind', 'lesson'), _connector='OR'), name='only_a_lesson_is_recorded'),
        ),
        migrations.AddField(
            model_name='homepage',
            name='course',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='home_page', to='enrollment.course', verbose_name='course'),
        ),
        migrations.AddField(
            model_name='waitingperson',
            name='besides',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.cohort', verbose_name='cohort that was sold out'),
        ),
        migrations.AddField(
            model_name='waitingperson',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='enrollment.course', verbose_name='course'),
        ),
        migrations.AddConstraint(
            model_name='homepage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('published_by', '')), models.Q(('published_at__isnull', False), models.Q(('published_by', ''), _negated=True)), _connector='OR'), name='a_published_home_page_says_when_and_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='waitingperson',
            constraint=models.UniqueConstraint(fields=('course', 'email'), name='an_email_waits_for_a_course_once'),
        ),
        migrations.AddConstraint(
            model_name='waitingperson',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('consent_text', ''), _negated=True)), name='who_waits_has_an_email_and_a_consent'),
        ),
    ]

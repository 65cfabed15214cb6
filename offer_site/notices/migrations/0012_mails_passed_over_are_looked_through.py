"""Who has looked through the mails that nobody will read by machine."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0011_mailbox_read_to_its_end"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mailboxplace",
            name="passed_over_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="last mail passed over came at"
            ),
        ),
        migrations.AddField(
            model_name="mailboxplace",
            name="looked_through_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="looked through at"
            ),
        ),
        migrations.AddField(
            model_name="mailboxplace",
            name="looked_through_by",
            field=models.CharField(
                blank=True, editable=False, max_length=80, verbose_name="looked through by"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailboxplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("looked_through_at__isnull", True), ("looked_through_by", "")),
                    models.Q(
                        ("looked_through_at__isnull", False),
                        ("passed_over_at__isnull", False),
                        models.Q(("looked_through_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="mails_passed_over_are_looked_through_by_somebody",
            ),
        ),
    ]

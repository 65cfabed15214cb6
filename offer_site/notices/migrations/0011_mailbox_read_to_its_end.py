"""Whether a mailbox was read to its end, and which mails nobody will read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0010_works_guardians_withdrawals"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailboxplace",
            name="whole_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailboxplace",
            name="passed_over_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]

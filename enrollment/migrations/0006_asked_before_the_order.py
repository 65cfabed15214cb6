"""What a buyer was asked about before the order and kept; orders of before were asked nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_digest_version")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="confirmed",
            field=models.JSONField(default=list, editable=False),
        ),
    ]

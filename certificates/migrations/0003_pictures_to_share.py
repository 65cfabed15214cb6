"""Pictures for a story and for a page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_evidence")]

    operations = [
        migrations.AlterField(
            model_name="certificatepicture",
            name="kind",
            field=models.CharField(
                choices=[
                    ("print", "picture for print, 300 dpi"),
                    ("post", "picture for a post"),
                    ("story", "picture for a story"),
                    ("screen", "picture for a page"),
                ],
                max_length=8,
                verbose_name="picture",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0007_asked_before_the_order")]

    operations = [
        migrations.AddField(
            model_name=model,
            name="links_ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        )
        for model in ("party", "invoice", "halvesrequest")
    ]

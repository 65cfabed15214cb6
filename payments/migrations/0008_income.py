from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_known_money")]

    operations = [
        migrations.AlterModelOptions(
            name="installmentapplication",
            options={
                "ordering": ["-stated_at", "-pk"],
                "permissions": [("income_installmentapplication", "Can see the income")],
                "verbose_name": "application for instalments",
                "verbose_name_plural": "applications for instalments",
            },
        )
    ]

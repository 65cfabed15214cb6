"""What a buyer was asked about before the order and kept, and companies that have no BIN.

Orders of before were asked nothing; companies of before all have a BIN.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0006_mailboxes_and_browsers")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="confirmed",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.RemoveConstraint(model_name="party", name="a_company_has_a_name_and_bin"),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=~Q(kind="company") | ~Q(company_name="") & (~Q(bin="") | ~Q(iin="")),
                name="a_company_has_a_name_and_a_number",
            ),
        ),
    ]

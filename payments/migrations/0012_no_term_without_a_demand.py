"""A case that the academy opened itself has no term of 10.2.3: nobody asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0023_why_a_beginning_was_corrected"),
        ("payments", "0011_whole_checks"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="refundcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deadline__isnull", True),
                    models.Q(("asked_by", "academy"), _negated=True),
                    _connector="OR",
                ),
                name="a_refund_case_that_nobody_asked_for_has_no_term",
            ),
        ),
    ]

"""A consent that was taken back may be given again; a withdrawal says where it came from."""

from django.db import migrations, models

WAYS = [
    ("checkout", "when the order was placed"),
    ("cabinet", "in the cabinet"),
    ("letter", "on the page that a letter leads to"),
    ("one-click", "by the button of a mail program"),
]


class Migration(migrations.Migration):
    dependencies = [("enrollment", '0012_claims')]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="number",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="number"),
        ),
        migrations.AddField(
            model_name="consent",
            name="way",
            field=models.CharField(
                choices=WAYS, default="checkout", max_length=10, verbose_name="way"
            ),
        ),
        migrations.AddField(
            model_name="consentwithdrawal",
            name="way",
            field=models.CharField(
                choices=WAYS, default="cabinet", max_length=10, verbose_name="way"
            ),
        ),
        migrations.AddField(
            model_name="consentwithdrawal",
            name="origin_digest",
            field=models.CharField(
                blank=True, default="", max_length=64, verbose_name="digest of the origin"
            ),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(
            model_name="consent", name="a_party_consents_once_a_purpose"
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                fields=("party", "purpose", "number"),
                name="consents_of_a_party_to_a_purpose_are_numbered",
            ),
        ),
    ]

"""What was answered by the link of a letter, with what its page showed."""

import django.db.models.deletion
from django.db import migrations, models

import enrollment.models.party
import offer_site.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0024_what_a_result_answers"),
        ("notices", "0011_mailbox_read_to_its_end"),
    ]

    operations = [
        migrations.AlterField(
            model_name="cohortmove",
            name="agreed_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("cabinet", "in the cabinet"),
                    ("link", "by the link in a letter"),
                    ("document", "by a document"),
                ],
                max_length=10,
                verbose_name="how it was agreed",
            ),
        ),
        migrations.CreateModel(
            name="LinkAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("move", "another cohort"),
                            ("ending", "end of the contract by agreement"),
                            ("claim", "proposal of an answer to a claim"),
                        ],
                        max_length=10,
                        verbose_name="what was proposed",
                    ),
                ),
                ("number", models.PositiveBigIntegerField(verbose_name="number")),
                ("accepts", models.BooleanField(verbose_name="accepted")),
                ("email", models.EmailField(max_length=254, verbose_name="sent to")),
                (
                    "sent_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="letter sent at"),
                ),
                (
                    "shown",
                    offer_site.encryption.EncryptedTextField(verbose_name="what the page showed"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("kk", "Қазақша"), ("ru", "Русский")],
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("origin_digest", models.CharField(editable=False, max_length=64)),
                (
                    "salt",
                    models.CharField(
                        default=enrollment.models.party.new_salt, editable=False, max_length=32
                    ),
                ),
                ("answered_at", models.DateTimeField(verbose_name="answered at")),
                ("answered_by", models.CharField(max_length=80, verbose_name="answered by")),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.notice",
                        verbose_name="letter with the link",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="link_answers",
                        to="enrollment.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer by the link of a letter",
                "verbose_name_plural": "answers by the links of letters",
                "ordering": ["-answered_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "subject", "number"),
                        name="a_proposal_is_answered_by_a_link_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("language__in", ["kk", "ru"]),
                            ("subject__in", ["move", "ending", "claim"]),
                            models.Q(("email", ""), _negated=True),
                            models.Q(("shown", ""), _negated=True),
                            models.Q(("origin_digest", ""), _negated=True),
                            models.Q(("answered_by", ""), _negated=True),
                        ),
                        name="an_answer_by_a_link_says_what_was_shown_and_where",
                    ),
                ],
            },
        ),
    ]

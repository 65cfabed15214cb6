"""The one letter to those who waited for sales."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0012_mails_passed_over_are_looked_through'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('order-placed', 'order placed'), ('contract-concluded', 'contract concluded'), ('order-lapsed', 'order lapsed'), ('order-reopened', 'order reopened'), ('report-received', 'report of a payment received'), ('clarification', 'question about the recipient'), ('invoice-placed', 'orders placed under an invoice'), ('invoice-reported', "report of an invoice's payment received"), ('invoice-lapsed', 'orders of an invoice lapsed'), ('certificate-ready', 'certificate ready'), ('sign-in-code', 'sign-in code'), ('halves-asked', 'halves asked for'), ('halves-declined', 'halves declined'), ('halves-proposed', 'halves proposed'), ('halves-agreed', 'halves agreed on'), ('rest-reminder', 'reminder of the rest'), ('rest-moved', 'another day of the rest'), ('rest-paid', 'the rest is paid'), ('access-suspended', 'access suspended'), ('access-restored', 'access restored'), ('breach-recorded', 'breach recorded'), ('breach-reviewed', 'breach reviewed'), ('ending-talks', 'talks about ending the contract'), ('ended-early', 'contract ended early'), ('email-corrected', 'e-mail corrected'), ('account-alarm', 'alarm of an account'), ('sessions-ended', 'signed out on all devices'), ('refund-decided', 'refund decided'), ('refund-sent', 'refund sent'), ('refund-corrected', 'refund told by mistake'), ('contract-ended', 'contract ended: there was no such payment'), ('rest-due-again', 'the rest is not paid after all'), ('payment-corrected', 'payment counted by mistake'), ('erasure-answered', 'wish to erase answered'), ('data-leaked', 'leak of personal data'), ('claim-filed', 'claim received'), ('claim-documents', 'documents asked for, for a claim'), ('claim-answered', 'claim answered'), ('claim-made', 'claim of the academy'), ('claim-withdrawn', 'claim withdrawn'), ('force-majeure', 'force majeure'), ('deadline-warning', 'warning of a term that ends'), ('deadline-alarm', 'alarm of a term that is over'), ('edition-coming', 'a later edition of the offer'), ('edition-answered', 'answer to a later edition'), ('move-proposed', 'another cohort proposed'), ('move-made', 'moved to another cohort'), ('journal-seal', 'seal of the journal'), ('term-near', 'reminder of a term'), ('term-over', 'a term is over'), ('terms-near', 'terms of the academy that end'), ('terms-over', 'terms of the academy that are over'), ('terms-moved', 'terms have another day'), ('written', 'letter written by staff'), ('letter-taken', 'letter from the cabinet received'), ('work-result', 'result of a work'), ('cohort-news', 'letter to a cohort'), ('cohort-offer', 'offer to a cohort (marketing)'), ('guardian-asked', 'guardian asked for consent'), ('guardian-consented', 'guardian consented'), ('sales-open', 'sales are open')], max_length=30, verbose_name='kind'),
        ),
    ]

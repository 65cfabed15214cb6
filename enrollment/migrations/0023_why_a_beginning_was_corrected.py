"""Why the first day of a force majeure was corrected stands on the event, where it is erased."""

from django.db import migrations

import offer_site.encryption


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0022_one_side'),
    ]

    operations = [
        migrations.AddField(
            model_name='forcemajeure',
            name='corrected_because',
            field=offer_site.encryption.EncryptedTextField(blank=True, default='', verbose_name='why its first day was corrected'),
            preserve_default=False,
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_evidence'),
    ]

    operations = [
        migrations.AlterField(
            model_name='providermessage',
            name='outcome',
            field=models.CharField(blank=True, choices=[('allowed', 'may be paid'), ('refused', 'may not be paid'), ('applied', 'receipt applied to its order'), ('unmatched', 'receipt waits for staff'), ('authorized', 'hold, no receipt yet'), ('declined', 'decline noted'), ('refunded', 'refund recorded, awaits its ground'), ('cancelled', 'hold released'), ('repeated', 'known already'), ('conflict', 'contradicts what is known'), ('unreadable', 'cannot be read'), ('unconfirmed', 'not confirmed by the bank')], max_length=12, verbose_name='outcome'),
        ),
        migrations.AlterField(
            model_name='reconciliationdifference',
            name='recorded_as',
            field=models.CharField(blank=True, choices=[('allowed', 'may be paid'), ('refused', 'may not be paid'), ('applied', 'receipt applied to its order'), ('unmatched', 'receipt waits for staff'), ('authorized', 'hold, no receipt yet'), ('declined', 'decline noted'), ('refunded', 'refund recorded, awaits its ground'), ('cancelled', 'hold released'), ('repeated', 'known already'), ('conflict', 'contradicts what is known'), ('unreadable', 'cannot be read'), ('unconfirmed', 'not confirmed by the bank')], max_length=12, verbose_name='recorded from the list as'),
        ),
    ]

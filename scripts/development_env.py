"""Print settings for a developer's machine, with keys made on the spot."""

import secrets

from cryptography.fernet import Fernet

print("DEBUG=1")
print(f"SECRET_KEY={secrets.token_urlsafe(50)}")
print(f"FIELD_KEYS={Fernet.generate_key().decode()}")

"""What the site reads from its environment is what .env.example explains."""

import re

from tests.processes import PROJECT


def test_every_setting_is_explained_and_no_other():
    read = set(
        re.findall(
            r"""env(?:\.\w+)?\(\s*"([A-Z_]+)\"""",
            (PROJECT / "offer_site" / "settings.py").read_text(),
        )
    )
    explained = re.findall(r"^#?([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == read

"""A post office that the site's letters go to."""

from tests.notices.conftest import post

__all__ = ["post"]

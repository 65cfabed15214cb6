"""What gunicorn does beside its command line;
it reads this file by itself when it is started in this folder.
"""

import gc

from django.urls import get_resolver
from gunicorn.workers.base import Worker


def post_worker_init(worker: Worker) -> None:
    """Import every view before the first visitor comes,
    and keep what is loaded out of later garbage collections.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()

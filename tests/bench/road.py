"""The main road as a bench walks it: what is prepared unmeasured, and the one request of each path."""

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from tests.bench.visitor import Answer, Visitor
from tests.sites import manage

Job = Callable[[], Answer]

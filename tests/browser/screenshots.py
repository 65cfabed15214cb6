"""`make screenshots`: pictures of every page, letter and paper in both languages, into var/screenshots.

    sh scripts/dev.sh screenshots                       all of them
    sh scripts/dev.sh screenshots order-awaiting admin  those whose names begin so
    sh scripts/dev.sh screenshots --compare FOLDER      which pictures of a folder differ from those in var/screenshots

The same code takes the same pictures twice, so that what differs between two folders is what was changed.
"""

import sys
from pathlib import Path
from time import perf_counter

from tests.browser.compare import differences
from tests.browser.pages import chromium
from tests.browser.still import a_scene, a_still_site
from tests.processes import PROJECT

PICTURES = PROJECT / "var" / "screenshots"
LANGUAGES = ("kk", "ru")


def main(words: list[str]) -> int:
    """Take the pictures named, or all; or compare. Return how the command ends."""
    if words[:1] == ["--compare"]:
        return compare(Path(words[1]))
    return take(words)


def take(wanted: list[str]) -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    began, failed = perf_counter(), []
    with a_still_site(), chromium() as browser:
        from tests.browser.camera import Camera
        from tests.browser.scenes import SCENES

        camera = Camera(browser, PICTURES)
        count = 0
        for scene in SCENES:
            if not scene.has_wanted(wanted):
                continue
            for language in LANGUAGES:
                try:
                    with a_scene(f"{scene.name}-{language}", at=scene.at) as clock:
                        for picture in scene.pictures(language, clock):
                            if picture.is_wanted(wanted):
                                count += len(list(picture.take(camera)))
                except Exception as error:  # one broken page hides no other
                    failed.append(f"{scene.name}-{language}: {error!r}")
                    print(failed[-1], flush=True)
            print(f"{scene.name} ({count} pictures, {perf_counter() - began:.0f} s)", flush=True)
    return 1 if failed else 0


def compare(other: Path) -> int:
    """Print a line a difference."""
    count = 0
    for count, difference in enumerate(differences(other, PICTURES, into=PICTURES / "differences"), start=1):
        print(difference)
    print(f"{count} of {len(list(PICTURES.glob('*.png')))} pictures differ")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

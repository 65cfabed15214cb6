"""`make screenshots`: pictures of every page, letter and paper, into var/screenshots.

    sh scripts/dev.sh screenshots                    all of them
    sh scripts/dev.sh screenshots order- admin       those whose names begin so
    sh scripts/dev.sh screenshots --compare FOLDER   what differs from another folder
    sh scripts/dev.sh screenshots --examine          what axe says of every page, and what scrolls

Each page is taken at a phone's and a desk's width in both themes; `index.html` shows them all.
The same code takes the same pictures twice: what differs between two folders was changed. Compare
whole sets: what a process draws by chance on first use shows in whichever scene comes first.
"""

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tests.browser.compare import differences
from tests.browser.contact_sheet import write_contact_sheet
from tests.browser.pages import chromium
from tests.browser.still import a_scene, a_still_site, no_time_passing
from tests.processes import PROJECT

if TYPE_CHECKING:
    from tests.browser.camera import Camera
    from tests.browser.scenes.scene import Scene

PICTURES = PROJECT / "var" / "screenshots"
LANGUAGES = ("kk", "ru")


def main(words: list[str]) -> int:
    """Take the pictures named, or all; or compare, or examine. Return how the command ends."""
    if words[:1] == ["--compare"]:
        return compare(Path(words[1]))
    if words[:1] == ["--examine"]:
        return examine(words[1:])
    return take(words)


def take(wanted: list[str]) -> int:
    """Photograph the scenes, and lay the pictures out on one page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not wanted:
        remove_pictures()
    with a_still_site(), chromium() as browser:
        # Only now: the models of Django are there when Django is set up.
        from tests.browser.camera import Camera

        broken = play(wanted, Camera(browser, PICTURES))
    sheet = write_contact_sheet(PICTURES)
    taken = len(list(PICTURES.glob("*.png")))
    print(f"{taken} pictures, all on {sheet.relative_to(PROJECT)}")
    print("\n".join(broken))
    return 1 if broken else 0


def examine(wanted: list[str]) -> int:
    """Print what is wrong with the pages of the scenes."""
    with a_still_site(), chromium() as browser:
        from tests.browser.examiner import Examiner

        examiner = Examiner(browser)
        faults = play(wanted, examiner) + examiner.found
    print("\n".join(faults))
    print(f"{len(faults)} findings")
    return 1 if faults else 0


def play(wanted: list[str], camera: "Camera") -> list[str]:
    """Play the scenes one after the other; name those that broke, which hide no other."""
    from tests.browser.scenes import SCENES

    began = perf_counter()
    broken = []
    for scene in SCENES:
        if not scene.has_wanted(wanted):
            continue
        for language in LANGUAGES:
            try:
                photograph(scene, language, wanted, camera)
            except Exception as error:
                broken.append(f"{scene.name} in {language}: {error!r}")
        print(f"{perf_counter() - began:4.0f} s  {scene.name}", flush=True)
    return broken


def photograph(scene: "Scene", language: str, wanted: list[str], camera: "Camera") -> None:
    with a_scene(scene.name, language=language, at=scene.at) as clock:
        with no_time_passing():
            pictures = scene.pictures(language, clock)
        for picture in pictures:
            if picture.is_wanted(wanted):
                picture.take(camera)


def remove_pictures() -> None:
    """Leave no picture of a scene that there is no more."""
    for picture in PICTURES.rglob("*.png"):
        picture.unlink()


def compare(other: Path) -> int:
    """Print a line a difference."""
    found = list(differences(other, PICTURES, into=PICTURES / "differences"))
    for difference in found:
        print(difference)
    print(f"{len(found)} of {len(list(PICTURES.glob('*.png')))} pictures differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

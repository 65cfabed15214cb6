"""`make screenshots`: pictures of every page, letter and paper, into var/screenshots.

    sh scripts/dev.sh screenshots                    all of them
    sh scripts/dev.sh screenshots order- admin       those whose names begin so
    sh scripts/dev.sh screenshots --compare FOLDER   what differs from another folder

The same code takes the same pictures twice: what differs between two folders was changed. Compare
whole sets: what a process draws by chance on first use shows in whichever scene comes first.
"""

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tests.browser.compare import differences
from tests.browser.pages import chromium
from tests.browser.still import a_scene, a_still_site, no_time_passing
from tests.processes import PROJECT

if TYPE_CHECKING:
    from tests.browser.camera import Camera
    from tests.browser.scenes.scene import Scene

PICTURES = PROJECT / "var" / "screenshots"
LANGUAGES = ("kk", "ru")


def main(words: list[str]) -> int:
    """Take the pictures named, or all; or compare. Return how the command ends."""
    if words[:1] == ["--compare"]:
        return compare(Path(words[1]))
    return take(words)


def take(wanted: list[str]) -> int:
    """Play the scenes one after the other; a broken one is named at the end, and hides no other."""
    began = perf_counter()
    broken = []
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not wanted:
        remove_pictures()
    with a_still_site(), chromium() as browser:
        # Only now: the models of Django are there when Django is set up.
        from tests.browser.camera import Camera
        from tests.browser.scenes import SCENES

        camera = Camera(browser, PICTURES)
        for scene in SCENES:
            if not scene.has_wanted(wanted):
                continue
            for language in LANGUAGES:
                try:
                    photograph(scene, language, wanted, camera)
                except Exception as error:
                    broken.append(f"{scene.name} in {language}: {error!r}")
            print(f"{perf_counter() - began:4.0f} s  {scene.name}", flush=True)
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES.relative_to(PROJECT)}")
    print("\n".join(broken))
    return 1 if broken else 0


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

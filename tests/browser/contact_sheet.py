"""One page that shows every picture, small, so that a set is looked through in a minute."""

from html import escape
from pathlib import Path

PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Pictures</title>
<style>
  body {{ font: 14px sans-serif; margin: 24px; background: #ddd; }}
  section {{ display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }}
  h2 {{ flex: 100%; margin: 40px 0 0; }}
  figure {{ margin: 0; }}
  img {{ height: 420px; max-width: 720px; object-fit: cover; object-position: top; }}
</style>
{sections}
"""
SECTION = "<section>\n<h2>{name}</h2>\n{figures}\n</section>"
FIGURE = (
    '<figure><a href="{file}"><img src="{file}" loading="lazy" alt=""></a>'
    "<figcaption>{words}</figcaption></figure>"
)


def write_contact_sheet(folder: Path) -> Path:
    """Write `index.html` beside the pictures, a section a scene; return its path."""
    scenes: dict[str, list[Path]] = {}
    for picture in sorted(folder.glob("*.png")):
        scenes.setdefault(scene_of(picture), []).append(picture)
    sections = [
        SECTION.format(name=escape(name), figures="\n".join(map(figure, pictures)))
        for name, pictures in scenes.items()
    ]
    sheet = folder / "index.html"
    sheet.write_text(PAGE.format(sections="\n".join(sections)))
    return sheet


def scene_of(picture: Path) -> str:
    """The name of a picture without language, width and theme."""
    for language in ("-kk", "-ru"):
        name, found, _rest = picture.stem.rpartition(language)
        if found:
            return name
    return picture.stem


def figure(picture: Path) -> str:
    words = picture.stem.removeprefix(scene_of(picture)).strip("-").replace("-", " ")
    return FIGURE.format(file=escape(picture.name), words=escape(words))

"""Letters and signs that the fonts of our papers draw; a test compares them with the fonts.

What a font lacks would be drawn by another font of the machine, or as a gap: the paper would depend
on where it was made (9.2, 9.3). So it is refused where it is typed, and named there.
"""

# A name is set in Literata, and in Onest too.
NAME_LETTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿıʻʼ"
    "ЁЂЃЄЅІЇЈЉЊЋЌЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјљњћќўџ"
    "ҐґҒғҖҗҚқҢңҮүҰұҺһӘәӨө"
)
# All other values are set in Onest alone.
VALUE_LETTERS = NAME_LETTERS | frozenset("ҔҕҘҙҜҝҠҡҤҥҪҫҲҳҶҷҸҹӀӁӂӏӐӑӒӓӔӕӖӗӜӝӞӟӢӣӤӥӦӧӪӫӮӯӰӱӲӳӴӵªº")
SIGNS = frozenset(
    " !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~¡¢£¥§¨©«®¯°±²³´¶·¸¹»¼½¾¿×÷–—‘’‚“”„•…‹›€₸№™−≈≠≤≥"
)


def undrawable_in_name(text: str) -> str:
    """The first letter or sign of a name that its fonts lack; empty when they draw it whole."""
    return _first_outside(text, NAME_LETTERS | SIGNS)


def undrawable(text: str) -> str:
    """The first letter or sign of another value that the papers' font lacks; empty if none."""
    return _first_outside(text, VALUE_LETTERS | SIGNS)


def _first_outside(text: str, drawn: frozenset[str]) -> str:
    return next((char for char in text if char not in drawn), "")

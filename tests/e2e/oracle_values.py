"""Values for the oracle: what a text is worth, how values compare, what LIKE matches.

    numeral(b"1.2e1")          -> Fraction(12)         None for text: b"007", b"5.", b" 1"
    shown(b"12.0")             -> b"12"                a number in plain digits; a text as it is
    parts(row, b"colours")     -> [b"red", b"blue"]    the row's values of a field, as shown; none where it is missing
    like(b"a%", b"abc", False) -> True
"""

import re
import sys
from fractions import Fraction

sys.set_int_max_str_digits(0)

NUMERAL = re.compile(rb"([+-]?)(0|[1-9][0-9]*)?(\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?\Z")
EXPONENT_MOST = 400


def numeral(text):
    """The number that a text is, exactly; None for what is text."""
    match = NUMERAL.match(text)
    if not match or (match.group(2) is None and match.group(3) is None):
        return None
    exponent = int(match.group(4) or 0)
    if abs(exponent) > EXPONENT_MOST:
        return None
    value = Fraction((b"%s%s" % (match.group(2) or b"0", match.group(3) or b"")).decode()) * Fraction(10) ** exponent
    return -value if match.group(1) == b"-" else value


number = numeral  # its older name


def canonical(value):
    """An exact decimal in plain shortest digits."""
    value = Fraction(value)
    digits, scaled = 0, value
    while scaled.denominator != 1:
        scaled *= 10
        digits += 1
    whole = str(abs(scaled.numerator)).rjust(digits + 1, "0")
    if digits:
        whole = whole[:-digits] + "." + whole[-digits:]
    return (("-" if value < 0 else "") + whole).encode()


def shown(text):
    """A stored text as every answer but ROWS shows it."""
    value = numeral(text)
    return text if value is None else canonical(value)


def value_order(text):
    """Sorts values: numbers by size, then text by its bytes."""
    value = numeral(text)
    return (0, value, b"") if value is not None else (1, 0, text)


# ---- rows ----


class Row(dict):
    """A row of a dataset that has fields of several values: field -> separator."""

    def __init__(self, fields, separators):
        super().__init__(fields)
        self.separators = separators


_shown = {}


def remembered(text):
    """shown(), once for each text."""
    found = _shown.get(text)
    if found is None:
        found = _shown[text] = shown(text)
    return found


def parts(row, field):
    """The row's values of a field, each once, as shown. Nothing between two separators is no value. What is a number as a whole is
    one before it is split."""
    text = row.get(field)
    if text is None:
        return []
    separator = getattr(row, "separators", {}).get(field)
    if separator is None:
        return [remembered(text)]
    return list(dict.fromkeys(remembered(part) for part in remembered(text).split(separator) if part))


# ---- literals of a query ----


class Number:
    """A number as it is written in the query: 7, 7.0, -0, +1e3."""

    def __init__(self, written):
        self.written = written.encode() if isinstance(written, str) else b"%d" % written
        self.value = Fraction(self.written.decode())
        self.text = canonical(self.value)


class Text:
    """A text in quotes, or a word. A numeral is a number, quoted or not."""

    def __init__(self, text):
        self.written = text
        self.value = numeral(text)
        self.text = shown(text)


def compares(operator, value, literal):
    """A value that some row has, against a literal."""
    if operator == "=":
        return value == literal.text
    left, right = (value, literal.text) if literal.value is None else (numeral(value), literal.value)
    if left is None:
        return False
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


# ---- LIKE ----


def _characters(text):
    """Of UTF-8; a byte that is no part of one is one itself."""
    return list(text.decode("utf-8", "surrogateescape"))


def like_pattern(pattern):
    """A pattern, as written, as a list: a character to be met, or "any" or "one" in a tuple. None: a backslash ends it."""
    found, characters = [], _characters(pattern)
    while characters:
        c = characters.pop(0)
        if c == "\\":
            if not characters:
                return None
            found.append(characters.pop(0))
        else:
            found.append({"%": ("any",), "_": ("one",)}.get(c, c))
    return found


def _folded(c):
    return c.lower() if "A" <= c <= "Z" else c


def like(pattern, value, folds):
    """By the table of which first i of the pattern match which first j of the value."""
    pattern, value = like_pattern(pattern), _characters(value)
    if folds:
        pattern = [_folded(c) if isinstance(c, str) else c for c in pattern]
        value = [_folded(c) for c in value]
    matches = [True] + [False] * len(value)
    for p in pattern:
        if p == ("any",):
            for j in range(1, len(value) + 1):
                matches[j] = matches[j] or matches[j - 1]
        else:
            matches = [False] + [matches[j] and p in (("one",), value[j]) for j in range(len(value))]
    return matches[-1]

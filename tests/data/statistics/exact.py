#!/usr/bin/env python3
"""Makes special_exact.inc, fisher.inc and chi2_exact.inc, where R has fewer digits than are wanted.

    python3 exact.py        in this directory; needs mpmath (1.3.0 was used)

All is computed with fractions or with 60 digits, and written with 17.
"""

from fractions import Fraction

import mpmath
from mpmath import mp, mpf

mp.dps = 60


def number(x):
    x = mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpf(x)
    if 0 < x < mpf("1e-330"):  # nearer to 0 than to any other double
        return "0.0"
    return "INFINITY" if mpmath.isinf(x) else mpmath.nstr(x, 17, min_fixed=-5, max_fixed=20)


def write_rows(file, rows):
    with open(file, "w") as out:
        out.write("/* Made by exact.py: see README.md. */\n" + "".join(row + "\n" for row in rows))


def chi2_tail(x, df):
    return mpmath.gammainc(mpf(df) / 2, mpf(x) / 2, regularized=True)


def normal_tail(z):
    return mpmath.erfc(mpf(z) / mpmath.sqrt(2)) / 2


def special_rows():
    for df in (1, 2, 3, 9, 29, 31, 33, 200, 9801):
        for part in (1e-8, 0.01, 0.25, 0.75, 1.0, 1.015625, 1.25, 2.0, 4.0):
            x = part * df
            yield f"CHI2_TAIL({x!r}, {df}, {number(chi2_tail(x, df))})"
        yield f"CHI2_TAIL(1300.0, {df}, {number(chi2_tail(1300, df))})"
    for z in (-30.0, -2.5, -1e-5, 1e-5, 0.25, 2.0, 5.5, 12.0, 25.0, 36.5):
        yield f"NORMAL_TAIL({z!r}, {number(normal_tail(z))})"
    for p in (5e-324, 1e-308, 1e-200, 1e-30, 1e-5, 0.0078125, 0.25, 0.3125, 0.4375, 0.49999999, 0.50000001, 0.625, 0.875, 0.9999999):
        z = mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * mpf(p)) if p > 1e-20 else mpmath.findroot(
            lambda t: mpmath.log(normal_tail(t)) - mpmath.log(mpf(p)), mpmath.sqrt(-2 * mpmath.log(mpf(p))))
        yield f"NORMAL_QUANTILE({p!r}, {number(-z)})"


def chances(a, b, c, d, odds):
    """Chances of the first cell's values, as parts of that of a: {value: chance}. Ends of the list that are under 1e-60 are left out."""
    white, black, drawn = a + b, c + d, a + c
    least, most = max(0, drawn - black), min(white, drawn)

    def ratio(x):
        return odds * (white - x) * (drawn - x) / (mpf(x + 1) * (black - drawn + x + 1))

    little = mpf("1e-60")
    found, chance, x = {a: mpf(1)}, mpf(1), a
    while x < most and (chance > little or ratio(x) > 1):
        chance, x = chance * ratio(x), x + 1
        found[x] = chance
    chance, x = mpf(1), a
    while x > least and (chance > little or ratio(x - 1) < 1):
        chance, x = chance / ratio(x - 1), x - 1
        found[x] = chance
    return found


def fisher_p(a, b, c, d):
    found = chances(a, b, c, d, mpf(1))
    return sum(chance for chance in found.values() if chance <= 1 + mpf("1e-7")) / sum(found.values())


def fisher_odds(a, b, c, d):
    if a == 0 or d == 0:
        return mpf(0)
    if b == 0 or c == 0:
        return mpf("inf")
    t = mpmath.log(mpf(a) * d / (mpf(b) * c))
    for _ in range(60):
        found = chances(a, b, c, d, mpmath.exp(t))
        total = sum(found.values())
        mean = sum((x - a) * chance for x, chance in found.items()) / total
        square = sum((x - a) ** 2 * chance for x, chance in found.items()) / total
        step = mean / (square - mean**2)
        t -= max(-2, min(2, step))
        if abs(step) < mpf("1e-30"):
            return mpmath.exp(t)
    raise ArithmeticError((a, b, c, d))


FISHER = [
    (3, 1, 1, 3), (1, 1, 1, 1), (1, 0, 0, 1), (0, 7, 5, 3), (7, 0, 3, 5), (7, 5, 0, 3), (4, 7, 5, 0), (10, 20, 30, 60), (10, 21, 30, 60),
    (2, 1, 1, 1), (1, 2, 3, 4), (12, 5, 3, 14), (1493, 1198, 557, 1278), (512, 313, 89, 19), (1364, 367, 126, 344), (5, 1, 1, 500),
    (1, 500, 500, 1), (3, 99997, 12, 99988), (1, 4, 7, 999988), (999988, 7, 4, 1), (50000, 50100, 49900, 50000), (250300, 249700, 249500, 250500),
    (260000, 240000, 240000, 260000), (200000, 300000, 499999, 1), (1, 999, 1, 998999), (30, 0, 4, 2000), (2, 249998, 249998, 2),
]


def fisher_rows():
    for table in FISHER:
        a, b, c, d = table
        yield f"FISHER({a}, {b}, {c}, {d}, {number(fisher_p(*table))}, {number(fisher_odds(*table))})"


MOST = 2**63 - 1
CHI2 = [
    ("all cells as large as can be", [[MOST, MOST], [MOST, MOST]]),
    ("large as can be, and some way off", [[MOST - 10**10, MOST], [MOST, MOST]]),
    ("huge, and some way off", [[MOST, MOST - 9 * 10**9], [MOST - 5 * 10**9, MOST]]),
    ("huge beside small", [[MOST, 3], [5, 2]]),
    ("huge, in three", [[4 * 10**18, 5 * 10**18 + 10**10, 6 * 10**18], [4 * 10**18 + 10**9, 5 * 10**18, 6 * 10**18]]),
    ("nearly all in one cell", [[10**9, 1, 0], [0, 1, 1]]),
    ("10^15 and more", [[10**15, 2 * 10**15 + 10**8], [3 * 10**15, 6 * 10**15]]),
    ("beyond all digits of a double", [[2**53 + 1, 2**53 - 1], [2**53 - 10**8, 2**53 + 10**8]]),
]


def chi2_rows():
    for name, table in CHI2:
        rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table)]
        total = sum(rows)
        statistic, residuals, nlow, cells, away = Fraction(0), [], 0, [], 0
        for i, row in enumerate(table):
            for j, count in enumerate(row):
                expected = Fraction(rows[i] * columns[j], total)
                away = abs(count - expected)
                statistic += away**2 / expected
                nlow += expected < 5
                variance = expected * Fraction(total - rows[i], total) * Fraction(total - columns[j], total)
                square = away**2 / variance
                sign = 1 if count >= expected else -1
                residuals.append(sign * mpmath.sqrt(mpf(square.numerator) / square.denominator))
                cells.append(count)
        df = (len(rows) - 1) * (len(columns) - 1)
        least = min(len(rows), len(columns)) - 1
        v = statistic / (total * least)
        yates = yates_p = "NAN"
        if len(rows) == len(columns) == 2:
            rest = max(away - Fraction(1, 2), 0)
            square = sum(rest**2 / Fraction(rows[i] * columns[j], total) for i in (0, 1) for j in (0, 1))
            yates, yates_p = number(square), number(chi2_tail(mpf(square.numerator) / square.denominator, 1))
        yield f'CHI2("{name}", {len(rows)}, {len(columns)}, CELLS({", ".join(f"{count}.0L" for count in cells)}),'
        wide = mpf(statistic.numerator) / statistic.denominator
        share = Fraction(nlow, len(cells))
        yield f"     {number(statistic)}, {df}, {number(chi2_tail(wide, df))}, {number(mpmath.sqrt(mpf(v.numerator) / v.denominator))}, {number(share)},"
        yield f"     {yates}, {yates_p}, NAN, NAN,"
        yield f"     RESIDUALS({', '.join(number(r) for r in residuals)}))"


write_rows("special_exact.inc", special_rows())
write_rows("fisher.inc", fisher_rows())
write_rows("chi2_exact.inc", chi2_rows())

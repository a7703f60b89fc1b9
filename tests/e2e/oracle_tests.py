"""Statistics for the oracle, by their definitions: chi-square, Fisher's exact test, residuals, column letters, Wilson's interval.

    chi2_test([[10, 20], [30, 5]])      -> {"statistic": ..., "df": 1, "p": ..., "v": ..., "low_expected": ..., "yates": {...}, "fisher": {...}}
    letters([[10, 20], [30, 5]], 0.05)  -> [["", "A"], ["B", ""]]

Tables are lists of rows. Rows and columns that total 0 are left out; with fewer than two left there is no answer.
"""

import math
from fractions import Fraction
from statistics import NormalDist

FISHER_MOST = 1000000
COLUMNS_MOST = 100


def chi2_tail(x, df):
    """P(chi-square with df > x), by the sums that it is for a whole number of degrees of freedom."""
    half = x / 2
    if df % 2:
        total = math.erfc(math.sqrt(half))
        term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5) if half else 0.0
        steps, start = (df - 1) // 2, 1.5
    else:
        total, term, steps, start = 0.0, math.exp(-half), df // 2, 1.0
    for k in range(steps):
        total += term
        term *= half / (start + k)
    return total


def _kept(table):
    """The rows and the columns that do not total 0: their numbers."""
    rows = [i for i, row in enumerate(table) if sum(row)]
    columns = [j for j in range(len(table[0]) if table else 0) if sum(row[j] for row in table)]
    return rows, columns


def _margins(table):
    rows = [sum(row) for row in table]
    columns = [sum(column) for column in zip(*table)]
    return rows, columns, sum(rows)


def _fisher(table):
    """Exactly: P of a table is proportional to a product of two binomial coefficients."""
    (a, b), (c, d) = table
    row, column, n = a + b, a + c, a + b + c + d
    lo, hi = max(0, row + column - n), min(row, column)
    weights = [math.comb(column, x) * math.comb(n - column, row - x) for x in range(lo, hi + 1)]
    observed = weights[a - lo]
    limit = observed * (Fraction(1) + Fraction(1, 10**7))
    p = float(Fraction(sum(w for w in weights if w <= limit), sum(weights)))
    return {"p": p, "odds_ratio": _odds_ratio(weights, lo, hi, a)}


def _odds_ratio(weights, lo, hi, a):
    """The conditional maximum-likelihood estimate: that under which a is the mean."""
    if a == lo:
        return 0.0
    if a == hi:
        return math.inf
    logs = [math.log(w) for w in weights]

    def mean(log_odds):
        terms = [log + log_odds * i for i, log in enumerate(logs)]
        most = max(terms)
        terms = [math.exp(term - most) for term in terms]
        return lo + sum(i * term for i, term in enumerate(terms)) / sum(terms)

    low, high = -800.0, 800.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < a else (low, middle)
    return math.exp((low + high) / 2)


def chi2_test(table, is_weighted=False):
    """None where there is nothing to test."""
    rows, columns = _kept(table)
    if len(rows) < 2 or len(columns) < 2:
        return None
    kept = [[Fraction(table[i][j]) for j in columns] for i in rows]
    row_totals, column_totals, n = _margins(kept)
    expected = [[r * c / n for c in column_totals] for r in row_totals]
    pairs = [(o, e) for observed, of_row in zip(kept, expected) for o, e in zip(observed, of_row)]
    statistic = float(sum((o - e) ** 2 / e for o, e in pairs))
    df = (len(rows) - 1) * (len(columns) - 1)
    found = {
        "statistic": statistic, "df": df, "p": chi2_tail(statistic, df),
        "v": math.sqrt(statistic / float(n) / (min(len(rows), len(columns)) - 1)),
        "low_expected": sum(e < 5 for _, e in pairs) / len(pairs), "yates": None, "fisher": None,
    }
    if len(rows) == len(columns) == 2 and not is_weighted:
        off = min([Fraction(1, 2)] + [abs(o - e) for o, e in pairs])
        corrected = float(sum((abs(o - e) - off) ** 2 / e for o, e in pairs))
        found["yates"] = {"statistic": corrected, "p": chi2_tail(corrected, 1)}
        if n <= FISHER_MOST:
            found["fisher"] = _fisher([[int(o) for o in row] for row in kept])
    return found


def residuals(table):
    """Adjusted standardized ones; null in rows and columns that are left out."""
    rows, columns = _kept(table)
    if len(rows) < 2 or len(columns) < 2:
        return None
    row_totals, column_totals, n = _margins(table)

    def residual(i, j):
        if i not in rows or j not in columns:
            return None
        r, c = Fraction(row_totals[i]), Fraction(column_totals[j])
        variance = r * c / n * (1 - r / n) * (1 - c / n)
        off = table[i][j] - r * c / n
        return math.copysign(math.sqrt(off * off / variance), off) if off else 0.0

    return [[residual(i, j) for j in range(len(table[0]))] for i in range(len(table))]


def letter(column):
    """A, B, ..., Z, AA, AB, ..."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def letters(table, alpha):
    rows, columns = _kept(table)
    if len(rows) < 2 or len(columns) < 2:
        return None
    bases = [float(sum(row[j] for row in table)) for j in range(len(table[0]))]
    found = [[[] for _ in row] for row in table]
    for i in rows:
        shares = {j: float(table[i][j]) / bases[j] for j in columns}
        compared = [j for j in columns if 0 < table[i][j] < sum(row[j] for row in table) and bases[j] >= 2]
        pairs = [(j, k) for j in compared for k in compared if j < k]
        for j, k in pairs:
            pooled = (float(table[i][j]) + float(table[i][k])) / (bases[j] + bases[k])
            z = (shares[j] - shares[k]) / math.sqrt(pooled * (1 - pooled) * (1 / bases[j] + 1 / bases[k]))
            if math.erfc(abs(z) / math.sqrt(2)) * len(pairs) < alpha:
                larger, smaller = (j, k) if z > 0 else (k, j)
                found[i][larger].append(smaller)
    return [[" ".join(letter(column) for column in sorted(cell)) for cell in row] for row in found]


def wilson(count, base, confidence):
    """The interval of a share, in percent; None of a base of 0."""
    if not base:
        return None, None
    count, base = float(count), float(base)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = count / base, z * z
    middle = (share + square / (2 * base)) / (1 + square / base)
    half = z / (1 + square / base) * math.sqrt(share * (1 - share) / base + square / (4 * base * base))
    return 100 * (middle - half), 100 * (middle + half)

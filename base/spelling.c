/*
 * Mistakes counted between names. in: a name that is none, and those there are; out: the nearest.
 *
 * The count is Damerau's and Levenshtein's in its restricted form (F. J. Damerau, 1964): no part is
 * changed twice. It is worked out row by row: how many mistakes make the first i characters of the one
 * name from the first j of the other. Two rows back is enough for characters that changed places.
 *
 * Example: "orgin" against "Origin": O is o, r, one left out, g, i, n: one mistake.
 */
#include "base/spelling.h"

#include "base/utf8.h"

enum { MOST_CHARS = 64 };

struct name {
    uint32_t chars[MOST_CHARS]; /* of ASCII in lower case */
    int nchars;
};

/* False: it is too long. */
static bool
name_read(struct slice text, struct name *name)
{
    name->nchars = 0;
    while (text.len > 0) {
        uint32_t code = utf8_take(&text);
        if (name->nchars == MOST_CHARS) {
            return false;
        }
        bool is_upper = code >= 'A' && code <= 'Z';
        name->chars[name->nchars++] = is_upper ? code + ('a' - 'A') : code;
    }
    return true;
}

static int
least(int a, int b)
{
    return a < b ? a : b;
}

static int
mistakes_between(const struct name *a, const struct name *b)
{
    int rows[3][MOST_CHARS + 1];
    for (int j = 0; j <= b->nchars; j++) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= a->nchars; i++) {
        const int *before = rows[(i - 1) % 3], *two_before = rows[(i + 1) % 3];
        int *row = rows[i % 3];
        row[0] = i;
        for (int j = 1; j <= b->nchars; j++) {
            uint32_t x = a->chars[i - 1], y = b->chars[j - 1];
            row[j] = least(least(before[j], row[j - 1]) + 1, before[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == b->chars[j - 2] && y == a->chars[i - 2]) {
                row[j] = least(row[j], two_before[j - 2] + 1);
            }
        }
    }
    return rows[a->nchars % 3][b->nchars];
}

/* How many mistakes a name may have and still be meant. */
static int
most_mistakes(int nchars)
{
    enum { USUAL = 2 };
    int third = nchars / 3, half = nchars / 2;
    return third > USUAL ? third : least(half, USUAL);
}

bool
spelling_nearest(const struct slice *names, size_t nnames, struct slice wrong, struct slice *out)
{
    struct name meant, name;
    if (!name_read(wrong, &meant)) {
        return false;
    }
    int most = most_mistakes(meant.nchars);
    bool found = false;
    for (size_t i = 0; i < nnames && most >= 0; i++) {
        if (!name_read(names[i], &name)) {
            continue;
        }
        int longer = name.nchars - meant.nchars;
        if (longer > most || -longer > most) {
            continue;
        }
        int mistakes = mistakes_between(&meant, &name);
        if (mistakes > most) {
            continue;
        }
        most = mistakes - 1; /* the next one has to be nearer */
        *out = names[i];
        found = true;
    }
    return found;
}

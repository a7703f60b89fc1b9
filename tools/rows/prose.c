/*
 * Tells prose from cells. in: a text, and the marks that would part it; out: whether it is prose.
 *
 * Sentences have a blank behind each comma, no cell that is empty, quoted or a number, three words
 * and more to a cell, also in the first line, where fields would be named; and they either go on in
 * small letters behind most commas, or most lines end with a point or a comma.
 */
#include "tools/rows/prose.h"

#include <ctype.h>
#include <string.h>

#include "base/number.h"

enum { RECORDS_MOST = 1000, WORDS_LEAST = 5, CELLS_OF_WORDS = 2 };

struct prose {
    size_t nrecords, ncells, nwords;
    size_t nbehind, nsmall; /* cells behind a comma; that begin with a small letter */
    size_t nsentences;      /* records that end as a sentence or a part of it */
};

static size_t
count_words(struct slice cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell.len; i++) {
        n += cell.ptr[i] != ' ' && (i == 0 || cell.ptr[i - 1] == ' ');
    }
    return n;
}

/* So many words to so many cells. */
static bool
is_wordy(size_t nwords, size_t ncells)
{
    return nwords * CELLS_OF_WORDS >= ncells * WORDS_LEAST;
}

/* False: it has a cell that no sentence has. */
static bool
prose_add(struct prose *prose, const struct csv_record *record)
{
    size_t nwords = 0;
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        bool is_behind = i > 0;
        if (cell.len < 2 || record->marks[i] || (is_behind && cell.ptr[0] != ' ')) {
            return false;
        }
        if (number_is_numeral(is_behind ? slice_of(cell.ptr + 1, cell.len - 1) : cell)) {
            return false;
        }
        nwords += count_words(cell);
        prose->nbehind += is_behind;
        prose->nsmall += is_behind && islower((unsigned char) cell.ptr[1]);
    }
    struct slice last = record->cells[record->ncells - 1];
    prose->nsentences += memchr(".!?:;", last.ptr[last.len - 1], 5) != NULL;
    prose->nwords += nwords;
    prose->ncells += record->ncells;
    return ++prose->nrecords > 1 || is_wordy(nwords, record->ncells);
}

bool
prose_is(struct slice text, bool at_end, struct csv_marks marks)
{
    struct prose prose = {0};
    if (marks.delimiter != ',' && marks.delimiter != ';') {
        return false;
    }
    struct csv *csv = csv_new(marks);
    bool may_be = true;
    for (size_t taken = 0; may_be && prose.nrecords < RECORDS_MOST;) {
        struct csv_record record;
        struct error bad = {0};
        size_t consumed;
        enum csv_status status = csv_next(csv, slice_of(text.ptr + taken, text.len - taken), at_end,
                                          &consumed, &record, &bad);
        taken += consumed;
        if (status == CSV_NEED_MORE) {
            break;
        }
        may_be = status == CSV_BAD || prose_add(&prose, &record);
    }
    csv_free(csv);
    return may_be && prose.nbehind && is_wordy(prose.nwords, prose.ncells) &&
           (prose.nsmall * 2 > prose.nbehind || prose.nsentences * 2 > prose.nrecords);
}

/*
 * What marks make of a CSV text: its first records, and how well the marks fit.
 *
 *     struct view view;
 *     view_best(&wishes, text, at_end, &view)
 *
 *     name;price\n        -> marks ';' and '"', records of 2 cells, score 1
 *     plum;1,50\n
 */
#ifndef QUIPU_TOOLS_ROWS_VIEW_H
#define QUIPU_TOOLS_ROWS_VIEW_H

#include "tools/rows/csv.h"

enum { VIEW_ANY = -1 }; /* a wish: there is none */

struct view_wishes {
    int delimiter, quote, escape; /* a byte; quote and escape: or 0 for none */
    bool is_trimmed;
};

struct view_record {
    uint64_t line;
    uint64_t nempty; /* empty lines before it */
    size_t ncells, nclean;
    bool is_bad;
    bool is_comment; /* it begins with "# " or "##", or is # alone */
    bool is_padded;  /* no cell but the first is filled, as of a title in a sheet */
    bool is_empty;   /* nor is that */
};

struct view {
    struct csv_marks marks;
    struct view_record *records;
    size_t nrecords, nbad;
    size_t ncells; /* the most frequent length */
    size_t first;  /* of that length */
    size_t nsame;  /* of that length */
    double
        consistency; /* the share of records of that length; less where lines stand before them */
    double score;
};

/* The view of the marks that fit best, of those that the wishes leave open; view_fini frees it. */
void view_best(const struct view_wishes *wishes, struct slice text, bool at_end, struct view *out);
void view_fini(struct view *view);
/* Whether it fits so well that it needs no wish. */
bool view_is_sure(const struct view *view);
/* How many cells each record has by these marks; 0: not all have the same, or there is but one. */
size_t view_ncells(struct csv_marks marks, struct slice text, bool at_end);
/* The same of the quoted cell that each record is, and the delimiter that parts all of them alike. */
size_t view_ncells_inside(struct csv_marks marks, struct slice text, bool at_end, char *delimiter);
/* How many words, parted by one blank or more, each line has; 0: as above. */
size_t view_nwords(struct slice text, bool at_end);

#endif

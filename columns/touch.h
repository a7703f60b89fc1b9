/*
 * Memory that will be needed, fetched together: what is read one by one waits for each.
 *
 *     struct touch touch = {0};
 *     touch_add(&touch, &table[hash % size]);         for all keys
 *     touch_all(&touch);                              their lines come, many at a time
 *
 * Lines are read, not prefetched: where gigabytes are in small pages, and more so in a virtual
 * machine, processors give prefetches up that need their page's address looked up first. Only what
 * may be read may be added.
 */
#ifndef QUIPU_COLUMNS_TOUCH_H
#define QUIPU_COLUMNS_TOUCH_H

enum { TOUCH_MOST = 256 };

struct touch {
    unsigned n;
    const void *lines[TOUCH_MOST];
};

static inline void
touch_all(struct touch *touch)
{
    for (unsigned i = 0; i < touch->n; i++) {
        (void) *(const volatile char *) touch->lines[i];
    }
    touch->n = 0;
}

static inline void
touch_add(struct touch *touch, const void *line)
{
    if (touch->n == TOUCH_MOST) {
        touch_all(touch);
    }
    touch->lines[touch->n++] = line;
}

#endif

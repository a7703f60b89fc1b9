/*
 * Hash slots, as the Redis Cluster specification defines them.
 * in: a key; out: its hash tag, its slot.
 *
 * Example: "{user1000}.following" and "{user1000}.followers" are in one slot, that of "user1000".
 */
#include "base/slot.h"

/* The remainder of a byte that is shifted out: CRCs are linear, so each of its bits adds its own.
 */
#define REMAINDER(i)                                                                               \
    (uint16_t)((((i) &1) ? 0x1021 : 0) ^ (((i) &2) ? 0x2042 : 0) ^ (((i) &4) ? 0x4084 : 0) ^       \
               (((i) &8) ? 0x8108 : 0) ^ (((i) &16) ? 0x1231 : 0) ^ (((i) &32) ? 0x2462 : 0) ^     \
               (((i) &64) ? 0x48c4 : 0) ^ (((i) &128) ? 0x9188 : 0))
#define FOUR(i) REMAINDER(i), REMAINDER((i) + 1), REMAINDER((i) + 2), REMAINDER((i) + 3)
#define SIXTEEN(i) FOUR(i), FOUR((i) + 4), FOUR((i) + 8), FOUR((i) + 12)
#define SIXTY_FOUR(i) SIXTEEN(i), SIXTEEN((i) + 16), SIXTEEN((i) + 32), SIXTEEN((i) + 48)

uint16_t
crc16(struct slice bytes)
{
    static const uint16_t REMAINDERS[256] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128),
                                             SIXTY_FOUR(192)};
    uint16_t crc = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        crc = (uint16_t) (crc << 8 ^ REMAINDERS[crc >> 8 ^ (unsigned char) bytes.ptr[i]]);
    }
    return crc;
}

struct slice
key_tag(struct slice key)
{
    const char *open = key.len ? memchr(key.ptr, '{', key.len) : NULL;
    size_t left = open ? key.len - (size_t) (open + 1 - key.ptr) : 0;
    const char *close = left ? memchr(open + 1, '}', left) : NULL;
    return close ? slice_of(open + 1, (size_t) (close - open) - 1) : slice_of("", 0);
}

unsigned
key_slot(struct slice key)
{
    struct slice tag = key_tag(key);
    return crc16(tag.len ? tag : key) % CLUSTER_SLOTS;
}

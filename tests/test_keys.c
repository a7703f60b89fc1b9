/*
 * Keys: partitions spread evenly over the cluster's slots, tags hash where they should, no name can
 * be read in two ways.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "executor/handle/keys.h"
#include "tests/suite.h"

START_TEST(tags_hash_to_the_middle_of_equal_ranges)
{
    static const unsigned counts[] = {1, 2, 3, 64, 100, 1000, CLUSTER_SLOTS};
    uint32_t *names = malloc(CLUSTER_SLOTS * sizeof *names);
    slot_names_init(names);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (unsigned p = 0; p < counts[i]; p++) {
            char tag[PARTITION_TAG_BYTES];
            unsigned slot = partition_tag(names, p, counts[i], tag);
            ck_assert_uint_eq(slot * counts[i] / CLUSTER_SLOTS, p);
            ck_assert_uint_eq(crc16(slice_of(tag + 1, 3)) % CLUSTER_SLOTS, slot);
            ck_assert(tag[0] == '{' && tag[4] == '}' && tag[5] == '\0');
        }
    }
    free(names);
}
END_TEST

START_TEST(names_are_escaped)
{
    struct strbuf out;
    strbuf_init(&out);
    key_append_field(&out, slice_lit("a=b:{c}%"));
    ck_assert_str_eq(out.ptr, "a%3Db%3A%7Bc%7D%25");
    strbuf_clear(&out);
    key_append_field(&out, slice_lit("rows"));
    ck_assert_str_eq(out.ptr, "%72ows");
    strbuf_clear(&out);
    key_append_value(&out, slice_lit("a=b:{c}%"));
    ck_assert_str_eq(out.ptr, "a=b:%7Bc%7D%25");
    strbuf_fini(&out);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tcase = tcase_create("keys");
    tcase_add_test(tcase, tags_hash_to_the_middle_of_equal_ranges);
    tcase_add_test(tcase, names_are_escaped);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}

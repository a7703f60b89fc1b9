/*
 * answer/ratio: exact fractions, the doubles nearest to them, their order. The doubles are those of
 * python's fractions and decimal.
 */
#include <check.h>
#include <stdlib.h>

#include "answer/ratio.h"
#include "tests/suite.h"

/* An integer of up to 256 bits. */
static struct wide
wide_of_text(const char *text)
{
    struct wide n = {{0}};
    for (const char *at = text + (*text == '-'); *at; at++) {
        ck_assert(wide_mul_small(n, 10, &n));
        ck_assert(wide_add(n, wide_of_uint64((uint64_t) (*at - '0')), &n));
    }
    return *text == '-' ? wide_negate(n) : n;
}

/* The sums of weights, values, squares; two scales; the variance and its root. */
static const struct {
    const char *weights, *sum, *squares;
    size_t value_scale, weight_scale;
    double variance, root;
} variance_rows[] = {
    {"3", "317", "572515", 0, 0, 0x1.0731555555555p+18, 0x1.03924a006a7c6p+9},
    {"5", "2608752", "2246333057828", 2, 0, 0x1.51aed7754b48dp+24, 0x1.2604b85329c83p+12},
    {"2163", "795036", "486461838", 0, 2, 0x1.6fc8b57c0c9f6p+16, 0x1.32d7d7a25c243p+8},
    {"2180517448506118280", "2283526507189943298367379666323267622",
     "75951278677477309752959895124676923190435474995814512690", 17, 17, 0x1.b9f4e51b077b9p+11,
     0x1.dbb0dbe5d9be7p+5},
    {"3", "-8023966015799658766034467992909489503",
     "48819712040482094755861581742749575835676328391099031660763024149916321497", 100, 0,
     0x1.7b475212e4d73p-422, 0x1.3799e995c0e87p-211},
    {"2955543223580861", "-391377610122014641062552209555033114060279294",
     "1203228888095137266129230590510755940019769750493608936497563062604327227986", 38, 10,
     0x1.6751cff7d0210p-55, 0x1.aceb4c75e1326p-28},
    {"221888090274117046179162", "-8821456303812946066219308521783157881301631494239",
     "794900634165586227488691166857368703279662891709586930326899248951234834671", 100, 20,
     0x1.063c185edfbbep-494, 0x1.03193f3322aa7p-247},
    {"2", "-4203803701491676231520083951839544726",
     "66441300600990070347565572759715257302901716193663632655965121145343461370", 0, 0,
     0x1.04d3dfef0e65dp+245, 0x1.6d6fb6bf84a62p+122},
    {"1000", "200703349807355281716137", "33680615416861895158672207692715167095526155519", 20, 0,
     0x1.a4ecd30480943p+11, 0x1.d03c069c1ca32p+5},
    {"1", "5", "25", 0, 0, -1, -1},       /* one row has none */
    {"99", "495", "2475", 0, 2, -1, -1},  /* 0.99 of weight */
    {"100", "500", "2500", 0, 2, -1, -1}, /* 1 of weight */
    {"101", "505", "2525", 0, 2, 0, 0},   /* a bit more, of one value */
    {"1", "1", "1", 0, 100, -1, -1},      /* 10^-100 of weight */
};

START_TEST(variance_is_rounded_once)
{
    struct ratio ratio;
    bool is_there = ratio_of_variance(
        &ratio, wide_of_text(variance_rows[_i].weights), wide_of_text(variance_rows[_i].sum),
        wide_of_text(variance_rows[_i].squares), variance_rows[_i].value_scale,
        variance_rows[_i].weight_scale);
    ck_assert_int_eq(is_there, variance_rows[_i].variance >= 0);
    if (is_there) {
        double variance = ratio_to_double(&ratio), root = ratio_to_sqrt(&ratio);
        ck_assert_msg(variance == variance_rows[_i].variance, "%a, not %a", variance,
                      variance_rows[_i].variance);
        ck_assert_msg(root == variance_rows[_i].root, "%a, not %a", root, variance_rows[_i].root);
    }
}
END_TEST

static const struct {
    const char *num, *den;
    size_t scale;
    double x;
} double_rows[] = {
    {"0", "7", 0, 0},
    {"1", "3", 0, 0x1.5555555555555p-2},
    {"-2", "3", 0, -0x1.5555555555555p-1},
    {"-2", "3", 1, -0x1.1111111111111p-4},
    {"5", "1", 0, 5},
    {"9007199254740993", "1", 0, 9007199254740992.0}, /* half to even */
    {"9007199254740995", "1", 0, 9007199254740996.0},
    {"1", "1", 100, 1e-100},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", "1", 100,
     5.78960446186581e-24},
    {"123456789012345678901234567890", "7", 60, 1.7636684144620811e-32},
};

START_TEST(double_is_the_nearest)
{
    struct ratio ratio;
    ratio_of(&ratio, wide_of_text(double_rows[_i].num), wide_of_text(double_rows[_i].den));
    ratio_divide10(&ratio, double_rows[_i].scale);
    double x = ratio_to_double(&ratio);
    ck_assert_msg(x == double_rows[_i].x, "%.17g, not %.17g", x, double_rows[_i].x);
}
END_TEST

/* Decimals; the order of the first and the second. */
static const struct {
    const char *a, *b;
    int order;
} compare_rows[] = {
    {"0", "-0", 0},
    {"1", "1", 0},
    {"1", "1.0000000000000000000000000000000000000000000001", -1},
    {"-1", "-1.0000000000000000000000000000000000000000000001", 1},
    {"-1", "1", -1},
    {"0", "-3", 1},
    {"12345678901234567890123456789012345678901234567890", "0.5", 1},
};

START_TEST(ratios_have_an_order)
{
    struct ratio a, b;
    ck_assert(ratio_of_decimal(&a, slice_str(compare_rows[_i].a)));
    ck_assert(ratio_of_decimal(&b, slice_str(compare_rows[_i].b)));
    ck_assert_int_eq(ratio_compare(&a, &b), compare_rows[_i].order);
    ck_assert_int_eq(ratio_compare(&b, &a), -compare_rows[_i].order);
    ratio_multiply10(&a, 2);
    ratio_divide10(&a, 2);
    ck_assert_int_eq(ratio_compare(&a, &b), compare_rows[_i].order);
}
END_TEST

START_TEST(long_decimals_are_refused)
{
    enum { LONGEST = 2000 };
    struct ratio ratio;
    char text[LONGEST];
    memset(text, '9', sizeof text);
    ck_assert(ratio_of_decimal(&ratio, slice_of(text, 600)));
    ck_assert(!ratio_of_decimal(&ratio, slice_of(text, 700)));
    ck_assert(!ratio_of_decimal(&ratio, slice_of(text, sizeof text)));
    text[1] = '.';
    ck_assert(!ratio_of_decimal(&ratio, slice_of(text, 700)));
    ck_assert(!ratio_of_decimal(&ratio, slice_of(text, sizeof text)));
}
END_TEST

START_TEST(short_ratios_are_known)
{
    static const struct {
        const char *text;
        bool is_short;
    } rows[] = {{"0", true},
                {"-17", true},
                {"9007199254740991", true},
                {"9007199254740992", false},
                {"0.5", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ratio ratio;
        ck_assert(ratio_of_decimal(&ratio, slice_str(rows[i].text)));
        ck_assert_int_eq(ratio_is_short(&ratio), rows[i].is_short);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ratio");
    TCase *tcase = tcase_create("ratio");
    tcase_add_loop_test(tcase, variance_is_rounded_once, 0,
                        sizeof variance_rows / sizeof *variance_rows);
    tcase_add_loop_test(tcase, double_is_the_nearest, 0, sizeof double_rows / sizeof *double_rows);
    tcase_add_loop_test(tcase, ratios_have_an_order, 0, sizeof compare_rows / sizeof *compare_rows);
    tcase_add_test(tcase, long_decimals_are_refused);
    tcase_add_test(tcase, short_ratios_are_known);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}

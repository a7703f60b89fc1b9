/*
 * base/wide: arithmetic against arithmetic in bytes, text, and quotients against Python's, which
 * rounds `a / b` and the square root of a fraction once (the rows are made of int / int, and of
 * comparing the fraction with the squares of the middles between doubles).
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wide.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static uint64_t seed = 20240611;

static uint64_t
random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Of any length up to most bits, either sign; runs of ones and zeros are likely. */
static struct wide
random_wide(unsigned most)
{
    struct wide n = {{0}};
    unsigned nbits = (unsigned) (random_u64() % (most + 1));
    uint64_t shape = random_u64() % 4;
    for (unsigned i = 0; i < nbits; i++) {
        bool bit = shape == 0 ? true : shape == 1 ? i == nbits - 1 : random_u64() & 1;
        n.word[i / 64] |= (uint64_t) bit << i % 64;
    }
    return random_u64() & 1 ? wide_negate(n) : n;
}

/* Decimal text as a wide, digit by digit. */
static struct wide
wide_of(const char *text)
{
    struct wide n = {{0}};
    bool negative = *text == '-';
    for (const char *at = text + negative; *at; at++) {
        ck_assert(wide_mul_small(n, 10, &n));
        ck_assert(wide_add(n, wide_of_uint64((uint64_t) (*at - '0')), &n));
    }
    return negative ? wide_negate(n) : n;
}

/* The reference: a sign and 80 bytes. */
enum { BYTES = 80 };
struct naive {
    bool negative;
    unsigned char byte[BYTES];
};

static struct naive
naive_of(struct wide n)
{
    struct naive naive = {.negative = n.word[3] >> 63};
    for (int i = 0, carry = naive.negative; i < 32; i++) {
        unsigned char byte = (unsigned char) (n.word[i / 8] >> i % 8 * 8);
        int value = naive.negative ? (unsigned char) ~byte + carry : byte;
        naive.byte[i] = (unsigned char) value;
        carry = naive.negative ? value >> 8 : 0;
    }
    return naive;
}

static bool
naive_fits(const struct naive *n)
{
    for (int i = 32; i < BYTES; i++) {
        if (n->byte[i]) {
            return false;
        }
    }
    return n->byte[31] < 0x80;
}

static bool
naive_is_zero(const struct naive *n)
{
    static const unsigned char zeros[BYTES];
    return memcmp(n->byte, zeros, BYTES) == 0;
}

static void
check_same(bool fits, struct wide n, const struct naive *expected)
{
    ck_assert_int_eq(fits, naive_fits(expected));
    if (fits) {
        struct naive naive = naive_of(n);
        ck_assert_mem_eq(naive.byte, expected->byte, BYTES);
        ck_assert(naive_is_zero(expected) || naive.negative == expected->negative);
    }
}

static int
naive_compare_magnitudes(const struct naive *a, const struct naive *b)
{
    for (int i = BYTES - 1; i >= 0; i--) {
        if (a->byte[i] != b->byte[i]) {
            return a->byte[i] < b->byte[i] ? -1 : 1;
        }
    }
    return 0;
}

static struct naive
naive_add(struct naive a, struct naive b)
{
    if (a.negative != b.negative && naive_compare_magnitudes(&a, &b) < 0) {
        struct naive swapped = a;
        a = b;
        b = swapped;
    }
    int carry = 0;
    for (int i = 0; i < BYTES; i++) {
        carry += a.byte[i] + (a.negative == b.negative ? b.byte[i] : -b.byte[i]);
        a.byte[i] = (unsigned char) carry;
        carry = carry < 0 ? -1 : carry >> 8;
    }
    return a;
}

static struct naive
naive_mul(const struct naive *a, const struct naive *b)
{
    struct naive product = {.negative = a->negative != b->negative};
    for (int i = 0; i < 32; i++) {
        unsigned carry = 0;
        for (int j = 0; i + j < BYTES; j++) {
            carry += product.byte[i + j] + (unsigned) a->byte[i] * (j < 32 ? b->byte[j] : 0);
            product.byte[i + j] = (unsigned char) carry;
            carry >>= 8;
        }
    }
    return product;
}

START_TEST(test_arithmetic)
{
    int noverflows = 0;
    for (int i = 0; i < 8000; i++) {
        struct wide a = random_wide(i % 2 ? 255 : 140), b = random_wide(i % 3 ? 255 : 120), out;
        struct naive x = naive_of(a), y = naive_of(b), minus_y = y;
        minus_y.negative = !y.negative;
        struct naive sum = naive_add(x, y), difference = naive_add(x, minus_y);
        struct naive product = naive_mul(&x, &y);
        bool fits = wide_add(a, b, &out);
        check_same(fits, out, &sum);
        noverflows += !fits;
        fits = wide_subtract(a, b, &out);
        check_same(fits, out, &difference);
        fits = wide_mul(a, b, &out);
        check_same(fits, out, &product);
        noverflows += !fits;
        fits = wide_mul_small(a, b.word[0], &out);
        struct naive small = naive_of(wide_of_uint64(b.word[0]));
        product = naive_mul(&x, &small);
        check_same(fits, out, &product);
        int order = naive_is_zero(&difference) ? 0 : difference.negative ? -1 : 1;
        ck_assert_int_eq(wide_compare(a, b), order);
        ck_assert_int_eq(wide_is_zero(a), naive_is_zero(&x));
        ck_assert_int_eq(wide_is_negative(a), x.negative);
    }
    ck_assert_int_gt(noverflows, 200);
}
END_TEST

START_TEST(test_edges)
{
    struct wide most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, INT64_MAX}}, out;
    struct wide one = wide_of_uint64(1);
    ck_assert(!wide_add(most, one, &out));
    ck_assert(!wide_subtract(wide_negate(most), one, &out)); /* -2^255 is no wide */
    ck_assert(!wide_add(wide_negate(most), wide_negate(one), &out));
    ck_assert(wide_add(most, wide_negate(most), &out) && wide_is_zero(out));
    ck_assert(wide_subtract(most, one, &out) && wide_compare(out, most) < 0);
    ck_assert(wide_compare(wide_of_int128(-1), one) < 0);
    ck_assert(!wide_scale10(one, 77, &out));
    ck_assert(!wide_scale10(one, 100000, &out));
    ck_assert(wide_scale10(wide_of_uint64(0), SIZE_MAX, &out) && wide_is_zero(out));
    for (size_t k = 0; k < 77; k++) {
        char text[80] = "-7";
        memset(text + 2, '0', k);
        if (k < 76) { /* 7e76 does not fit */
            ck_assert(wide_scale10(wide_of_int128(-7), k, &out));
            ck_assert_int_eq(wide_compare(out, wide_of(text)), 0);
        } else {
            ck_assert(!wide_scale10(wide_of_int128(-7), k, &out));
        }
    }
}
END_TEST

START_TEST(test_int128)
{
    const __int128 most = (__int128) (((unsigned __int128) 1 << 127) - 1), least = -most - 1;
    const __int128 rows[] = {0, 1, -1, INT64_MAX, INT64_MIN, UINT64_MAX, most, least, least + 1};
    for (int i = 0; i < NROWS(rows); i++) {
        __int128 back = 42;
        ck_assert(wide_to_int128(wide_of_int128(rows[i]), &back) && back == rows[i]);
        for (int j = 0; j < NROWS(rows); j++) {
            struct wide product, x = wide_of_int128(rows[i]), y = wide_of_int128(rows[j]);
            ck_assert(wide_mul(x, y, &product));
            ck_assert_int_eq(wide_compare(product, wide_mul_128x128(rows[i], rows[j])), 0);
            int order = (rows[i] > rows[j]) - (rows[i] < rows[j]);
            ck_assert_int_eq(wide_compare(x, y), order);
        }
    }
    struct wide beyond;
    __int128 untouched = 42;
    ck_assert(wide_add(wide_of_int128(most), wide_of_uint64(1), &beyond));
    ck_assert(!wide_to_int128(beyond, &untouched));
    ck_assert(wide_add(wide_of_int128(least), wide_of_int128(-1), &beyond));
    ck_assert(!wide_to_int128(beyond, &untouched));
    ck_assert(untouched == 42);
}
END_TEST

static const struct {
    const char *n;
    size_t scale;
    const char *text;
} print_rows[] = {
    {"0", 0, "0"},
    {"0", 7, "0"},
    {"7", 0, "7"},
    {"-7", 0, "-7"},
    {"70", 0, "70"},
    {"70", 1, "7"},
    {"70", 2, "0.7"},
    {"70", 3, "0.07"},
    {"-1250", 2, "-12.5"},
    {"-1200", 2, "-12"},
    {"1205", 2, "12.05"},
    {"1", 1, "0.1"},
    {"-1", 5, "-0.00001"},
    {"100000", 5, "1"},
    {"1000001", 5, "10.00001"},
    {"10000000000000000000", 0, "10000000000000000000"},
    {"10000000000000000000", 19, "1"},
    {"10000000000000000001", 19, "1.0000000000000000001"},
    {"99999999999999999999", 10, "9999999999.9999999999"},
    {"100000000000000000000000000000000000000000000000000000", 3,
     "100000000000000000000000000000000000000000000000000"},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", 0,
     "57896044618658097711785492504343953926634992332820282019728792003956564819967"},
    {"-57896044618658097711785492504343953926634992332820282019728792003956564819967", 76,
     "-5.7896044618658097711785492504343953926634992332820282019728792003956564819967"},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", 80,
     "0.00057896044618658097711785492504343953926634992332820282019728792003956564819967"},
};

START_TEST(test_print)
{
    struct strbuf text;
    strbuf_init(&text);
    wide_print_decimal(&text, wide_of(print_rows[_i].n), print_rows[_i].scale);
    ck_assert_str_eq(text.ptr, print_rows[_i].text);
    strbuf_fini(&text);
}
END_TEST

START_TEST(test_print_random)
{
    struct strbuf text;
    strbuf_init(&text);
    for (int i = 0; i < 5000; i++) {
        struct wide n = random_wide(255);
        strbuf_clear(&text);
        wide_print_decimal(&text, n, 0);
        ck_assert_int_eq(wide_compare(wide_of(text.ptr), n), 0);
    }
    strbuf_fini(&text);
}
END_TEST

static const struct {
    const char *number;
    size_t scale;
    const char *scaled; /* NULL: does not fit */
} parse_rows[] = {
    {"0", 0, "0"},
    {"0", 1000000, "0"},
    {"7", 0, "7"},
    {"-7", 3, "-7000"},
    {"2.5", 1, "25"},
    {"2.5", 4, "25000"},
    {"2.5", 0, NULL},
    {"-0.001", 3, "-1"},
    {"-0.001", 2, NULL},
    {"1", 38, "100000000000000000000000000000000000000"},
    {"1", 39, NULL},
    {"-1", 1000000, NULL},
    {"170141183460469231731687303715884105727", 0, "170141183460469231731687303715884105727"},
    {"170141183460469231731687303715884105728", 0, NULL},
    {"-170141183460469231731687303715884105728", 0, "-170141183460469231731687303715884105728"},
    {"-170141183460469231731687303715884105729", 0, NULL},
    {"1701411834604692317316873037158841057.27", 2, "170141183460469231731687303715884105727"},
    {"1701411834604692317316873037158841057.28", 2, NULL},
    {"17014118346046923173168730371588410572.7", 2, NULL},
    {"-17014118346046923173168730371588410572.8", 1, "-170141183460469231731687303715884105728"},
    {"340282366920938463463374607431768211456", 0, NULL},
    {"340282366920938463463374607431768211457", 0, NULL},
    {"999999999999999999999999999999999999999999999999999999999999", 0, NULL},
    {"0.00000000000000000000000000000000000001", 38, "1"},
};

START_TEST(test_parse)
{
    __int128 n = 42;
    bool fits = wide_parse_decimal(slice_str(parse_rows[_i].number), parse_rows[_i].scale, &n);
    ck_assert_int_eq(fits, parse_rows[_i].scaled != NULL);
    if (fits) {
        ck_assert_int_eq(wide_compare(wide_of_int128(n), wide_of(parse_rows[_i].scaled)), 0);
    } else {
        ck_assert(n == 42);
    }
}
END_TEST

START_TEST(test_decimals)
{
    ck_assert_uint_eq(decimals_of(slice_lit("0")), 0);
    ck_assert_uint_eq(decimals_of(slice_lit("-12")), 0);
    ck_assert_uint_eq(decimals_of(slice_lit("-12.5")), 1);
    ck_assert_uint_eq(decimals_of(slice_lit("0.001")), 3);
}
END_TEST

struct quotient_row {
    const char *num, *den;
    double nearest;
};

/* clang-format off */
static const struct quotient_row quotient_rows[] = {
    {"1", "3", 0x1.5555555555555p-2},
    {"2", "3", 0x1.5555555555555p-1},
    {"-2", "3", -0x1.5555555555555p-1},
    {"1", "-3", -0x1.5555555555555p-2},
    {"-1", "-3", 0x1.5555555555555p-2},
    {"0", "7", 0x0.0p+0},
    {"10000000000000000000000000000000000000000000000000000000000000000000000000000", "1", 0x1.61bcca7119916p+252},
    {"-10000000000000000000000000000000000000000000000000000000000000000000000000000", "3", -0x1.d7a66341776c8p+250},
    {"1", "10000000000000000000000000000000000000000000000000000000000000000000000000000", 0x1.7288e1271f513p-253},
    {"9007199254740993", "1", 0x1.0000000000000p+53},
    {"9007199254740995", "1", 0x1.0000000000002p+53},
    {"18014398509481986", "2", 0x1.0000000000000p+53},
    {"1606938044258990453947923680586147734807949174969684883144704", "1267650600228229401496703205376", 0x1.0000000000000p+100},
    {"1606938044258990453947923680586147734807949174969684883144705", "1267650600228229401496703205376", 0x1.0000000000001p+100},
    {"1606938044258990453947923680586147734807949174969684883144703", "1267650600228229401496703205376", 0x1.0000000000000p+100},
    {"1606938044258990810759846857076117999379441537343468978831360", "1237940039285380274899124224", 0x1.0000000000002p+110},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", "1", 0x1.0000000000000p+255},
    {"1", "57896044618658097711785492504343953926634992332820282019728792003956564819967", 0x1.0000000000000p-255},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", "57896044618658097711785492504343953926634992332820282019728792003956564819967", 0x1.0000000000000p+0},
    {"170141183460469231731687303715884105728", "3", 0x1.5555555555555p+125},
    {"340282366920938463463374607431768211455", "18446744073709551615", 0x1.0000000000000p+64},
    {"340282366920938463463374607431768211456", "18446744073709551615", 0x1.0000000000000p+64},
    {"1000000000000000000000000000001", "1000000000000000", 0x1.c6bf526340000p+49},
    {"18446744073709551615", "1", 0x1.0000000000000p+64},
    {"9223372036854775807", "9223372036854775809", 0x1.0000000000000p+0},
    {"5000000000000000000000000000000000000000000000000000000000000000000000000000", "70000000000000000000000000000000000000000", 0x1.b8366a3f82595p+115},
    {"-1478964072046283469367457248835193518083285930139495749689", "1706769459665267394205110646449863782159742009479128096359111805551778696351", -0x1.ff820eb153223p-61},
    {"-7137795854764737758284805715629951656860930313535699630991673072882685460792", "710504776312636619399358825", -0x1.b7ec941acf7a2p+162},
    {"-785102536", "322221234416555629", -0x1.4edfde7301c0bp-29},
    {"24477101631005479798775290824044040798", "711874287751948573", 0x1.dd2c966c0632fp+64},
    {"-2046273311639928", "219631", -0x1.15aa12442bf03p+33},
    {"-191943535314214272", "17736138445988525243", -0x1.629ef4bb6df25p-7},
    {"1476650518595313417036355031995602468468783718255230014606", "653483388004142819507538729207452209938894944742858739617351465660964055611", 0x1.4d778e2e97d1cp-59},
    {"167982866524806035", "6121634792987229953", 0x1.c197451b0a16cp-6},
    {"530253253157840792462930354063088251357940102194046786191", "325015", 0x1.171326cf42d65p+170},
    {"-183476033015039900348279037381", "218026102596232488504804853", -0x1.a4c4263abda4ep+9},
    {"1190234033861459867374043799528", "662519779718173262683171531185667324394852725058325419072190661976451354547", 0x1.48340617840d7p-149},
    {"-283912506072132033403204887906213998827075987001342369316", "1061347697478698394352210526204695325555", -0x1.db2dc5a1c4c0bp+57},
    {"303773842684011536560249477572418168856", "717333220005862757487467977475597440523", 0x1.b1a3da749d3bbp-2},
    {"1263356448113898794517711073257", "218611", 0x1.31f045267b1a7p+82},
    {"-432612155107391383649812416637921083909709725025739682206", "1445182284288601324011045532716390035880832783163942018319894669301858078543", -0x1.6168532759e66p-62},
    {"20846305240225796010667804758657269097714653384689360308988372699066178221899", "84891", 0x1.1ca442a63c738p+237},
    {"-254838238", "263479516228723795606983094657467114870997434013958706480149946430835771135", -0x1.a13642e2bdd6dp-220},
    {"-28406708209930527402427008822004022264928089365586319831342925504063521975032", "192921588154280273814680847970557224087003942340867391805736376370381286543", -0x1.267d5b8d7eb23p+7},
    {"-287448050889457819965844154774955279832", "560978605521268614450699325", -0x1.dd36ca67e3ebap+38},
    {"498562345447689526768296790635929396958610664091373220429", "581931877496664704424554817", 0x1.5a087d4f6e98fp+99},
    {"434652267091640657", "659176115726003187979966101261829701231", 0x1.8e93388c618e9p-71},
    {"567078302138873260", "14425703806876697385", 0x1.42079c27791f1p-5},
    {"-843985315", "10837172685248731063", -0x1.5683a97d76f19p-34},
    {"848095455078494514075241405737", "8959310995748146129", 0x1.60a3906398a5cp+36},
    {"16808982457421538803778994937438369862884246346085814223278288503589982359547", "497343", 0x1.3967c47725fa4p+234},
    {"353590455372933866665391737449", "461617066474892428076042813151863795051", 0x1.a51a6924f65a8p-31},
    {"24399697082207320702507265910950318388709631758621266472800446829779714837770", "999550051564028135", 0x1.f1c5b2de48f0cp+193},
    {"199507560523338427565009159055", "624969495968101231078706425013449176077", 0x1.5efe9a5eb044bp-32},
    {"849301062319987035576058594410", "1204158536946714034056818136092946793411244857430784278669913980272877534217", 0x1.01b3a3c48df25p-150},
    {"-1091344545748808498407103347700", "798003653179604858755212796093186357514616461713870722893533621270759669291", -0x1.f3af5c8b7f9f3p-150},
};

static const struct quotient_row root_rows[] = {
    {"2", "1", 0x1.6a09e667f3bcdp+0},
    {"1", "2", 0x1.6a09e667f3bcdp-1},
    {"4", "1", 0x1.0000000000000p+1},
    {"9", "4", 0x1.8000000000000p+0},
    {"0", "5", 0x0.0p+0},
    {"10000000000000000000000000000000000000000000000000000000000000000000000000000", "1", 0x1.2ced32a16a1b1p+126},
    {"1", "1000000000000000000000000000000000000000000000000000000000000000000000000000", 0x1.58576f7889ed6p-125},
    {"57896044618658097711785492504343953926634992332820282019728792003956564819967", "1", 0x1.6a09e667f3bcdp+127},
    {"1", "57896044618658097711785492504343953926634992332820282019728792003956564819967", 0x1.6a09e667f3bcdp-128},
    {"81129638414606663681390495662081", "1", 0x1.fffffffffffffp+52},
    {"81129638414606681695789005144065", "1", 0x1.0000000000000p+53},
    {"-3", "-7", 0x1.4f2ec413cb52bp-1},
    {"790854845690913590", "828330681066086665", 0x1.f448a9eb49ce1p-1},
    {"1059212372", "205182972484613938481302635", 0x1.38453376204e2p-29},
    {"957573545", "365880602200590165", 0x1.ad25ae82d363ap-15},
    {"222929016851511922", "130224458160643451171858063664897265443384945733473053241501380928759454321", 0x1.a39765bbf0145p-95},
    {"11734826015799975996285223069140321798236581052172163522730858480582322641115", "7563945588167363473", 0x1.fd14051b9e92fp+94},
    {"739652795", "534238143952964082542235463781056740488543875308259504742593398385967272871", 0x1.870220f274ac2p-110},
    {"23694593119035362183628543976703297081183385994450220952648083119738634166583", "471824810923148185", 0x1.6a0bf6563a2bfp+97},
    {"11079750380543639176605639929094309191400498749720364814135478926725752916953", "635257252726821532686396571913320037261004880784621079379217969654305569069", 0x1.0b4842a490a1ep+2},
    {"410012417", "341879", 0x1.150bd72b198bfp+5},
    {"25800844789905763801598274016750676404690869852665830184952852843318457806312", "867671328689294475826718871350697032294433001409802945618433131745948178491", 0x1.5cfebe0b8255cp+2},
    {"934989959704963595634394160998957022208692813812713568089", "35590349035926741166299045234697948764596586807352475673401817142472728157", 0x1.6038fb012c01bp-28},
    {"578958880741477085533529640699", "8797910923566038807", 0x1.f507cb6aa9c20p+17},
    {"130874107", "1495898633893861681627375684045324986102003565732309535436911236061265986581", 0x1.892a55f2b5c51p-112},
    {"382074210295154378225127736586489413078416721389136464523", "304112562308730438541841063", 0x1.fdb6df9454443p+49},
    {"448386903208273476978968243874870638096540204033018117098", "11216313757112533705", 0x1.5efab984a1e8ep+62},
    {"1166714284046073532468928544145638213672841387233931559190", "16959", 0x1.b1ec3d411620cp+87},
    {"325524437467791638", "840101891366722554936683477374419375021012608695285258034357582836707444461", 0x1.8f401a9a42464p-96},
    {"1088992454983685979828145427361", "1658311379493784452665695375866669786365479942891149798445874623998478397189", 0x1.efad638d73278p-76},
    {"953418929", "1041480711114768376103132861857483261952520461563465501744571976811247902879", 0x1.3df29fd622afbp-110},
    {"614945194446833631718563607860768834698648242248930773996", "341781964994256919", 0x1.26545e1475b3ep+65},
    {"5063193880054116673098252667931474884736522336293645353", "802673604436866962207102201", 0x1.20efd63b469d2p+46},
    {"1091011699333033598891294632552087582787681025090761394575", "1059953985525296338414849323905562563233849273433421933582682208054980718725", 0x1.16e03d0205bbep-30},
    {"2466261353595570099307337670409093178996231952423408615571711913488240845455", "695837", 0x1.6ee83f579c10fp+115},
    {"357611431", "1235878211074149950830619211", 0x1.27b989eeab194p-31},
    {"192011036985034345205005209908958939634452142519975477167", "744484561371759229", 0x1.bdbe758160b44p+63},
    {"764980237", "337221367264592751", 0x1.8f8994a3fbceep-15},
    {"1258645850812059240263193170967428406480097211405904950445", "717584165233875341", 0x1.229b4f9adac58p+65},
    {"640460644283772927", "692283", 0x1.d5a66e4cbc869p+19},
    {"902734658631864450917710153858228694623087103550206692329", "778397", 0x1.c2b6748fb5a9cp+84},
    {"143491054209457014082871829604048691186531654693686513870", "11072061002064028229", 0x1.8fad22b52017cp+61},
};
/* clang-format on */

START_TEST(test_quotient)
{
    const struct quotient_row *row = &quotient_rows[_i];
    double nearest = wide_divide_to_double(wide_of(row->num), wide_of(row->den));
    ck_assert_msg(nearest == row->nearest, "%s / %s: %a, not %a", row->num, row->den, nearest,
                  row->nearest);
}
END_TEST

START_TEST(test_root)
{
    const struct quotient_row *row = &root_rows[_i];
    double nearest = wide_divide_to_sqrt(wide_of(row->num), wide_of(row->den));
    ck_assert_msg(nearest == row->nearest, "root of %s / %s: %a, not %a", row->num, row->den,
                  nearest, row->nearest);
}
END_TEST

/*
 * A quotient is made around the middle of two doubles, of m and m + 1 in 53 bits: (2m + 1) * den,
 * with den shifted. The middle goes to the even one, anything beside it to its own side.
 */
START_TEST(test_middles)
{
    for (int i = 0; i < 20000; i++) {
        uint64_t m = random_u64() >> 11 | 1ull << 52;
        struct wide den = wide_of_int128((__int128) (random_u64() >> random_u64() % 63 | 1));
        struct wide num, one = wide_of_uint64(1);
        unsigned shift = (unsigned) (random_u64() % 120);
        ck_assert(wide_mul_small(den, 2 * m + 1, &num));
        for (unsigned k = 0; k < shift; k++) {
            ck_assert(wide_add(num, num, &num));
        }
        double below = ldexp((double) m, 1 + (int) shift);
        double above = ldexp((double) (m + 1), 1 + (int) shift);
        ck_assert_double_eq(wide_divide_to_double(num, den), m % 2 ? above : below);
        struct wide beside;
        ck_assert(wide_add(num, one, &beside));
        ck_assert_double_eq(wide_divide_to_double(beside, den), above);
        ck_assert(wide_subtract(num, one, &beside));
        ck_assert_double_eq(wide_divide_to_double(beside, den), below);
        ck_assert_double_eq(wide_divide_to_double(wide_negate(beside), den), -below);
    }
}
END_TEST

/* Squares of 127 bits, and what stands beside them: n^2 has the root n, rounded once. */
START_TEST(test_roots_of_squares)
{
    for (int i = 0; i < 5000; i++) {
        uint64_t m = random_u64() >> 11 | 1ull << 52, middle = 2 * m + 1;
        struct wide square = wide_mul_128x128(middle, middle), beside, one = wide_of_uint64(1);
        ck_assert_double_eq(wide_divide_to_sqrt(square, one), 2.0 * (double) (m + m % 2));
        ck_assert(wide_add(square, one, &beside));
        ck_assert_double_eq(wide_divide_to_sqrt(beside, one), 2.0 * (double) (m + 1));
        ck_assert(wide_subtract(square, one, &beside));
        ck_assert_double_eq(wide_divide_to_sqrt(beside, one), 2.0 * (double) m);
    }
}
END_TEST

/* strtod rounds decimals once, too. */
START_TEST(test_against_strtod)
{
    for (int i = 0; i < 20000; i++) {
        char text[64];
        int64_t digits = (int64_t) (random_u64() >> random_u64() % 60);
        size_t scale = random_u64() % 77;
        struct wide den;
        if (!wide_scale10(wide_of_uint64(1), scale, &den)) {
            continue;
        }
        snprintf(text, sizeof text, "%llde-%zu", (long long) digits, scale);
        double nearest = wide_divide_to_double(wide_of_int128(digits), den);
        ck_assert_double_eq(nearest, strtod(text, NULL));
    }
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("wide");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_arithmetic);
    tcase_add_test(tcase, test_edges);
    tcase_add_test(tcase, test_int128);
    tcase_add_loop_test(tcase, test_print, 0, NROWS(print_rows));
    tcase_add_test(tcase, test_print_random);
    tcase_add_loop_test(tcase, test_parse, 0, NROWS(parse_rows));
    tcase_add_test(tcase, test_decimals);
    tcase_add_loop_test(tcase, test_quotient, 0, NROWS(quotient_rows));
    tcase_add_loop_test(tcase, test_root, 0, NROWS(root_rows));
    tcase_add_test(tcase, test_middles);
    tcase_add_test(tcase, test_roots_of_squares);
    tcase_add_test(tcase, test_against_strtod);
    Suite *suite = suite_create("wide");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}

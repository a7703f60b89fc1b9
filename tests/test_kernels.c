/*
 * Every set of kernels this processor can run gives what the plain one gives, and the plain one
 * what a loop over rows gives.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns/count_plan.h"
#include "columns/kernel_ops.h"
#include "tests/suite.h"

enum { MOST_WIDTH = 20 };

static uint64_t random_state;

static uint64_t
next_random(void)
{
    return hash_number(++random_state, 17);
}

static uint64_t *
random_planes(unsigned width)
{
    uint64_t *words = aligned_alloc(64, (size_t) width * PLANE_BYTES);
    for (size_t i = 0; i < (size_t) width * CHUNK_WORDS; i++) {
        words[i] = next_random() & next_random();
    }
    return words;
}

static void
planes_of(const uint64_t *words, unsigned width, const uint64_t **planes)
{
    for (unsigned p = 0; p < width; p++) {
        planes[p] = words + p * CHUNK_WORDS;
    }
}

static bool
bit_of(const uint64_t *bitmap, unsigned row)
{
    return bitmap[row / 64] >> row % 64 & 1;
}

/* Every set but AUTO; those that do not work here are passed over. */
static const struct kernels *
kernels_under_test(int i)
{
    enum kernel_set set = (enum kernel_set) i;
    if (!kernel_set_works(set)) {
        printf("no %s here: not tested\n", kernel_set_name(set));
        return NULL;
    }
    ck_assert_uint_eq(kernel_set_chosen(set), set);
    return kernels_of(set);
}

START_TEST(joint_counts_each_pattern)
{
    const struct kernels *kernels = kernels_under_test(_i);
    for (unsigned width = 1; kernels && width <= JOINT_PLANES_MOST; width++) {
        uint64_t *words = random_planes(width), *mask = random_planes(1);
        const uint64_t *planes[MOST_WIDTH];
        planes_of(words, width, planes);
        for (int masked = 0; masked < 2; masked++) {
            uint32_t counts[1 << JOINT_PLANES_MOST], expected[1 << JOINT_PLANES_MOST];
            for (unsigned i = 0; i < 1u << width; i++) {
                counts[i] = expected[i] = i;
            }
            for (unsigned row = 0; row < CHUNK_ROWS; row++) {
                expected[planes_code(words, width, row)] += !masked || bit_of(mask, row);
            }
            kernels->joint(planes, width, masked ? mask : NULL, counts);
            ck_assert_mem_eq(counts, expected, sizeof *counts << width);
        }
        free(words);
        free(mask);
    }
}
END_TEST

START_TEST(gather_gives_codes)
{
    const struct kernels *kernels = kernels_under_test(_i);
    for (unsigned width = 1; kernels && width <= MOST_WIDTH; width++) {
        uint64_t *words = random_planes(width);
        const uint64_t *planes[MOST_WIDTH];
        planes_of(words, width, planes);
        for (unsigned block = 0; block < CHUNK_BLOCKS; block += 9) {
            uint16_t narrow[BLOCK_ROWS];
            uint32_t wide[BLOCK_ROWS];
            kernels->gather32(planes, width, block, wide);
            if (width <= GATHER_PLANES_MOST) {
                kernels->gather16(planes, width, block, narrow);
            }
            for (unsigned r = 0; r < BLOCK_ROWS; r++) {
                uint32_t code = planes_code(words, width, block * BLOCK_ROWS + r);
                ck_assert_uint_eq(wide[r], code);
                ck_assert(width > GATHER_PLANES_MOST || narrow[r] == code);
            }
        }
        free(words);
    }
}
END_TEST

/* A program that takes the codes of which the table has a bit: each level written out. */
static void
program_of(struct match_program *program, const bool *takes, unsigned width)
{
    unsigned level[1 << 6];
    *program = (struct match_program){.nsteps = 0};
    for (unsigned i = 0; i < 1u << width; i++) {
        level[i] = takes[i];
    }
    for (unsigned p = 0; p < width; p++) {
        for (unsigned i = 0; i < 1u << (width - p - 1); i++) {
            program->steps[program->nsteps++] = (struct match_step){
                (uint8_t) p, (uint8_t) level[2 * i + 1], (uint8_t) level[2 * i]};
            level[i] = program->nsteps + 1;
        }
    }
    program->result = program->nsteps + 1;
}

/* What a sum is made of: planes of patterns and of codes, a mask. */
struct summed {
    uint64_t *words, *codes, *mask;
    const uint64_t *planes[MOST_WIDTH], *code_planes[MOST_WIDTH];
    struct sum_rows rows;
};

static void
summed_init(struct summed *summed, unsigned nplanes, unsigned width, bool masked)
{
    summed->words = random_planes(SUM_PLANES);
    summed->codes = random_planes(width);
    summed->mask = random_planes(1);
    planes_of(summed->words, nplanes, summed->planes);
    planes_of(summed->codes, width, summed->code_planes);
    summed->rows = (struct sum_rows){summed->planes, nplanes, summed->code_planes, width,
                                     masked ? summed->mask : NULL};
}

static void
summed_fini(struct summed *summed)
{
    free(summed->words);
    free(summed->codes);
    free(summed->mask);
}

static bool
summed_counts(const struct summed *summed, unsigned row)
{
    return !summed->rows.mask || bit_of(summed->mask, row);
}

START_TEST(bytes_are_summed_by_pattern)
{
    const struct kernels *kernels = kernels_under_test(_i);
    uint8_t tables[2][256];
    for (unsigned i = 0; i < sizeof tables; i++) {
        tables[i / 256][i % 256] = (uint8_t) next_random();
    }
    for (unsigned nplanes = 0; kernels && kernels->sum_bytes && nplanes <= SUM_PLANES; nplanes++) {
        for (unsigned width = 1; width <= SUM_CODE_PLANES; width++) {
            for (unsigned how = 0; how < 4; how++) {
                unsigned nbytes = 1 + how / 2;
                uint64_t sums[1 << SUM_PLANES] = {5}, expected[1 << SUM_PLANES] = {5};
                struct summed summed;
                summed_init(&summed, nplanes, width, how % 2);
                for (unsigned row = 0; row < CHUNK_ROWS; row++) {
                    unsigned code = planes_code(summed.codes, width, row);
                    unsigned number = tables[0][code] + (nbytes > 1 ? tables[1][code] * 256u : 0);
                    expected[planes_code(summed.words, nplanes, row)] +=
                        summed_counts(&summed, row) ? number : 0;
                }
                kernels->sum_bytes(&summed.rows, (const uint8_t(*)[256]) tables, nbytes, sums);
                ck_assert_mem_eq(sums, expected, sizeof sums);
                summed_fini(&summed);
            }
        }
    }
}
END_TEST

START_TEST(offsets_are_summed_by_pattern_and_those_out_of_bounds_are_seen)
{
    const struct kernels *kernels = kernels_under_test(_i);
    for (unsigned nplanes = 0; kernels && kernels->sum_offsets && nplanes <= SUM_PLANES;
         nplanes++) {
        for (unsigned how = 0; how < 8; how++) {
            unsigned nbytes = 1 + how / 2, width = 3 + next_random() % 15;
            uint32_t *numbers = malloc(sizeof *numbers << width);
            for (uint32_t code = 0; code < 1u << width; code++) {
                numbers[code] = (uint32_t) next_random() >> (32 - 8 * nbytes);
            }
            /* Of so many numbers that some blocks have one outside and some have none. */
            struct sum_offsets offsets = {numbers, nbytes, 0, UINT32_MAX >> (32 - 8 * nbytes)};
            offsets.low = offsets.span / 1000;
            offsets.span -= offsets.low * 2;
            struct summed summed;
            summed_init(&summed, nplanes, width, how % 2);
            uint64_t sums[1 << SUM_PLANES] = {5}, expected[1 << SUM_PLANES] = {5};
            uint64_t outside[CHUNK_BLOCKS / 64] = {1}, expected_outside[CHUNK_BLOCKS / 64] = {1};
            for (unsigned row = 0; row < CHUNK_ROWS; row++) {
                uint32_t number = numbers[planes_code(summed.codes, width, row)];
                unsigned block = row / BLOCK_ROWS;
                if (summed_counts(&summed, row)) {
                    expected[planes_code(summed.words, nplanes, row)] += number;
                    expected_outside[block / 64] |= (uint64_t) (number - offsets.low > offsets.span)
                                                    << block % 64;
                }
            }
            kernels->sum_offsets(&summed.rows, &offsets, sums, outside);
            ck_assert_mem_eq(sums, expected, sizeof sums);
            ck_assert_mem_eq(outside, expected_outside, sizeof outside);
            summed_fini(&summed);
            free(numbers);
        }
    }
}
END_TEST

START_TEST(match_combines_what_the_program_takes)
{
    const struct kernels *kernels = kernels_under_test(_i);
    for (unsigned width = 1; kernels && width <= 6; width++) {
        uint64_t *words = random_planes(width), *before = random_planes(1);
        uint64_t *bitmap = random_planes(1);
        bool takes[1 << 6];
        for (unsigned i = 0; i < 1u << width; i++) {
            takes[i] = next_random() & 1;
        }
        struct match_program program;
        program_of(&program, takes, width);
        for (int how = MATCH_SET; how <= MATCH_AND_NOT; how++) {
            memcpy(bitmap, before, PLANE_BYTES);
            kernels->match(words, &program, (enum match_combine) how, bitmap);
            for (unsigned row = 0; row < CHUNK_ROWS; row++) {
                bool hit = takes[planes_code(words, width, row)], old = bit_of(before, row);
                bool expected = how == MATCH_SET   ? hit
                                : how == MATCH_OR  ? old || hit
                                : how == MATCH_AND ? old && hit
                                                   : old && !hit;
                ck_assert(bit_of(bitmap, row) == expected);
            }
        }
        free(words);
        free(before);
        free(bitmap);
    }
}
END_TEST

START_TEST(bitmap_is_counted_and_listed)
{
    static uint16_t rows[CHUNK_ROWS + 64];
    const struct kernels *kernels = kernels_under_test(_i);
    for (int density = 0; kernels && density < 6; density++) {
        uint64_t *bitmap = random_planes(1);
        for (unsigned w = 0; w < CHUNK_WORDS; w++) {
            for (int i = 0; i < density; i++) {
                bitmap[w] &= next_random();
            }
            bitmap[w] = density == 5 ? UINT64_MAX : bitmap[w];
        }
        uint32_t n = kernels->list(bitmap, rows), expected = 0;
        for (unsigned row = 0; row < CHUNK_ROWS; row++) {
            if (bit_of(bitmap, row)) {
                ck_assert_uint_eq(rows[expected], row);
                expected++;
            }
        }
        ck_assert_uint_eq(n, expected);
        ck_assert_uint_eq(kernels->popcount(bitmap), expected);
        free(bitmap);
    }
}
END_TEST

START_TEST(stream_reads_every_word)
{
    const struct kernels *kernels = kernels_under_test(_i);
    uint64_t words[1000], expected = 0;
    for (size_t i = 0; i < 1000; i++) {
        words[i] = next_random();
        if (kernels) {
            ck_assert_uint_eq(kernels->stream(words, i), expected);
        }
        expected ^= words[i];
    }
}
END_TEST

START_TEST(names_of_sets_are_read_again)
{
    for (int i = 0; i < KERNELS_COUNT; i++) {
        enum kernel_set set = KERNELS_COUNT;
        ck_assert(kernel_set_by_name(slice_str(kernel_set_name((enum kernel_set) i)), &set));
        ck_assert_uint_eq(set, i);
    }
    enum kernel_set set;
    ck_assert(!kernel_set_by_name(slice_lit("sse"), &set));
    ck_assert(kernel_set_works(kernel_set_chosen(KERNELS_AUTO)));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tcase = tcase_create("kernels");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, joint_counts_each_pattern, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, gather_gives_codes, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, bytes_are_summed_by_pattern, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, offsets_are_summed_by_pattern_and_those_out_of_bounds_are_seen,
                        KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, match_combines_what_the_program_takes, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, bitmap_is_counted_and_listed, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_loop_test(tcase, stream_reads_every_word, KERNELS_PLAIN, KERNELS_COUNT);
    tcase_add_test(tcase, names_of_sets_are_read_again);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}

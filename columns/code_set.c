/*
 * The codes of a field for which a test of the filter holds. in: a bit per code; out: the simplest
 * set with these codes, and programs that match planes.
 *
 * Example: of four codes, {2,3} in chunks of two planes is plane 1: a program of one step.
 */
#include "columns/code_set.h"

#include <stddef.h>
#include <string.h>

struct code_set
code_set_of_bits(uint64_t *bits, uint32_t ncodes)
{
    bits[0] &= ~1ull;
    uint32_t n = 0, last = 0;
    for (uint32_t i = 0; i <= ncodes / 64; i++) {
        if (bits[i]) {
            n += (uint32_t) __builtin_popcountll(bits[i]);
            last = i * 64 + 63 - (uint32_t) __builtin_clzll(bits[i]);
        }
    }
    if (n <= 1) {
        return code_set_one(last);
    }
    if (n == ncodes) {
        return (struct code_set){.kind = CODES_ANY};
    }
    return (struct code_set){.kind = CODES_SET, .bits = bits, .ncodes = ncodes};
}

/* ---- Programs ---- */

struct builder {
    struct match_program program;
    const struct code_set *set;
    bool is_too_long;
};

static unsigned
add_step(struct builder *builder, unsigned plane, unsigned one, unsigned zero)
{
    struct match_program *program = &builder->program;
    for (unsigned i = 0; i < program->nsteps; i++) {
        const struct match_step *step = &program->steps[i];
        if (step->plane == plane && step->one == one && step->zero == zero) {
            return i + 2;
        }
    }
    if (program->nsteps == MATCH_STEPS_MOST) {
        builder->is_too_long = true;
        return 0;
    }
    program->steps[program->nsteps] =
        (struct match_step){(uint8_t) plane, (uint8_t) one, (uint8_t) zero};
    return ++program->nsteps + 1;
}

/* Whether a code holds. For codes that no row has, either answer is right. */
enum truth { FALSE_CODE, TRUE_CODE, ANY_TRUTH };

/* Builds the result for the codes of a table with 2^nplanes entries. */
static unsigned
build_steps(struct builder *builder, const uint8_t *table, unsigned nplanes)
{
    uint32_t n = 1u << nplanes, half = n / 2;
    bool has_false = false, has_true = false, are_alike = true;
    uint8_t merged[1 << MATCH_TABLE_BITS];
    for (uint32_t i = 0; i < n; i++) {
        has_false = has_false || table[i] == FALSE_CODE;
        has_true = has_true || table[i] == TRUE_CODE;
    }
    if (!has_false || !has_true) {
        return has_true;
    }
    for (uint32_t i = 0; i < half; i++) {
        uint8_t zero = table[i], one = table[half + i];
        are_alike = are_alike && (zero == one || zero == ANY_TRUTH || one == ANY_TRUTH);
        merged[i] = zero == ANY_TRUTH ? one : zero;
    }
    if (are_alike) {
        return build_steps(builder, merged, nplanes - 1);
    }
    unsigned zero = build_steps(builder, table, nplanes - 1);
    unsigned one = build_steps(builder, table + half, nplanes - 1);
    return one == zero ? one : add_step(builder, nplanes - 1, one, zero);
}

static unsigned
build_table(struct builder *builder, unsigned nplanes, uint32_t ncodes)
{
    uint8_t table[1 << MATCH_TABLE_BITS];
    for (uint32_t code = 0; code < 1u << nplanes; code++) {
        table[code] = code > ncodes                      ? ANY_TRUTH
                      : code_set_has(builder->set, code) ? TRUE_CODE
                                                         : FALSE_CODE;
    }
    return build_steps(builder, table, nplanes);
}

/* A chain with one step per plane: for one code, or for any code. */
static unsigned
build_chain(struct builder *builder, unsigned nplanes)
{
    bool is_any = builder->set->kind == CODES_ANY;
    unsigned result = is_any ? 0 : 1;
    for (unsigned p = 0; p < nplanes; p++) {
        bool bit = is_any || builder->set->code >> p & 1;
        result = is_any ? add_step(builder, p, 1, result)
                        : add_step(builder, p, bit ? result : 0, bit ? 0 : result);
    }
    return result;
}

static const struct match_program *
program_new(struct arena *arena, const struct code_set *set, unsigned nplanes, uint32_t ncodes)
{
    struct builder builder = {.set = set};
    if (nplanes <= MATCH_TABLE_BITS) {
        builder.program.result = build_table(&builder, nplanes, ncodes);
    } else if (set->kind != CODES_SET) {
        bool fits = set->kind != CODES_ONE || nplanes >= code_bits(set->code);
        builder.program.result = fits ? build_chain(&builder, nplanes) : 0;
    } else {
        return NULL;
    }
    if (builder.is_too_long) {
        return NULL;
    }
    /* Most programs have a few steps, and a filter may have thousands of programs. */
    size_t size_bytes = offsetof(struct match_program, steps) +
                        builder.program.nsteps * sizeof *builder.program.steps;
    return memcpy(arena_alloc(arena, size_bytes), &builder.program, size_bytes);
}

void
code_set_add_programs(struct arena *arena, struct code_set *set, uint32_t ncodes)
{
    for (unsigned nplanes = 1; set->kind != CODES_NONE && nplanes <= code_bits(ncodes); nplanes++) {
        set->programs[nplanes] = program_new(arena, set, nplanes, ncodes);
    }
}

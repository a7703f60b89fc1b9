/*
 * Asks what a query's positions depend on. in: the questions of a prepared query; out: its tree, with
 * values and ranges in place of TOP and QUANTILES.
 *
 * Example: of `count origin from current` come 240 values with their counts; the five most frequent are
 * written into the list of `origin in {TOP 5, other}`.
 */
#include "executor/query_questions.h"

#include "executor/executor_parts.h"
#include "executor/method_choice.h"

void
query_questions_init(struct query_questions *questions, struct executor *executor,
                     const struct method_request *request, query_questions_done_fn *done, void *arg)
{
    *questions = (struct query_questions){
        .executor = executor, .request = *request, .done = done, .arg = arg};
}

void
query_questions_fini(struct query_questions *questions)
{
    side_count_end(&questions->count);
    *questions = (struct query_questions){0};
}

bool
query_questions_are_left(const struct query_questions *questions)
{
    return questions->nasked < questions->request.prepared->nquestions;
}

struct handle *
query_questions_dataset(const struct query_questions *questions)
{
    return questions->count.prepared ? questions->count.prepared->dataset : NULL;
}

/* Writes the answer to a question into the query, whose tree keeps the values. */
static bool
table_take(struct query_questions *questions, const struct table *table, struct error *err)
{
    struct prepared *prepared = questions->request.prepared;
    size_t nvalues = table->dims[0].npositions;
    struct first_value *values = arena_array(prepared->arena, nvalues, sizeof *values);
    for (size_t i = 0; i < nvalues; i++) {
        values[i].value = arena_copy(prepared->arena, table->dims[0].labels[i]);
    }
    for (size_t i = 0; i < table->cells.n; i++) {
        values[table->cells.indexes[i]].count = (uint64_t) cell_value(&table->cells, i, 0);
    }
    return first_pass_fix(prepared->arena, prepared->ast, &prepared->questions[questions->nasked],
                          values, nvalues, err);
}

static void
on_counted(void *arg, const struct method_result *counted, const struct error *err)
{
    struct query_questions *questions = arg;
    const struct table *table;
    struct error wrong = {"", ""};
    questions->count.counting = NULL;
    if (err) {
        questions->done(questions->arg, err);
    } else if (!side_count_table(&questions->count, questions->executor, counted,
                                 questions->request.max_cells, &table, &wrong) ||
               !table_take(questions, table, &wrong)) {
        questions->done(questions->arg, &wrong);
    } else {
        side_count_end(&questions->count);
        questions->nasked++;
        questions->done(questions->arg, NULL);
    }
}

bool
query_questions_ask(struct query_questions *questions, struct error *err)
{
    struct executor *executor = questions->executor;
    struct slice text = questions->request.prepared->questions[questions->nasked].text;
    struct side_count *count = &questions->count;
    if (!side_count_prepare(count, executor, text, NULL, err) ||
        !handle_is_counted(count->prepared->dataset, err) ||
        !method_of_dataset(count->prepared->bound->dataset)->check(executor, err)) {
        return false;
    }
    side_count_start(count, executor, &questions->request, on_counted, questions);
    return true;
}

/*
 * The rows of test_answer.c: the data, a query, its answer as table_print writes it.
 */
#ifndef QUIPU_TESTS_ANSWER_ROWS_H
#define QUIPU_TESTS_ANSWER_ROWS_H

#define PEOPLE                                                                                     \
    "a=1 b=x c=1 v=800 w=1\n"                                                                      \
    "a=1 b=y v=1200.5 w=2\n"                                                                       \
    "a=2 b=x v=-3 w=0.5\n"                                                                         \
    "a=2 b=y c=1 v=n/a w=0\n"                                                                      \
    "a=3 b=x v=7\n"                                                                                \
    "b=y v=7 w=1\n"                                                                                \
    "a=1 b=x v=800 w=1\n"

/* Sixty people; some without a value, a weight, a number. */
#define SURVEY                                                                                     \
    "s=m g=3 k=q x=76.5 w=2 d=2012-07-03\n"                                                        \
    "s=f g=1 k=p x=30 w=0.5 d=2012-05-01\n"                                                        \
    "s=f g=3 k=q x=26.5 w=2 d=2012-05-02\n"                                                        \
    "s=m g=3 k=p x=4.25 w=0 d=2012-05-07\n"                                                        \
    "s=f g=3 k=p x=-20 w=-1 d=2012-06-07\n"                                                        \
    "s=f g=2 k=q x=none w=0.5 d=2012-05-04\n"                                                      \
    "s=f g=1 k=q x=25.5 d=2012-05-07\n"                                                            \
    "s=m g=1 k=p x=90 w=2 d=2012-07-02\n"                                                          \
    "s=f g=3 k=q x=none w=0.5 d=2012-05-04\n"                                                      \
    "s=f g=2 k=q x=none w=1 d=2012-06-04\n"                                                        \
    "s=f g=2 k=p x=none w=0.5 d=2012-05-09\n"                                                      \
    "s=m g=2 k=q x=63.5 w=0.5 d=2012-05-04\n"                                                      \
    "s=m g=3 k=p x=6 w=2 d=2012-05-01\n"                                                           \
    "s=f g=1 k=p x=58.5 w=0.5 d=2012-06-06\n"                                                      \
    "s=m g=3 k=p x=40.5 d=2012-05-08\n"                                                            \
    "s=m g=3 x=6.25 w=2 d=2012-05-07\n"                                                            \
    "s=f g=3 k=q x=-19 w=0.5 d=2012-06-07\n"                                                       \
    "s=m g=3 k=q x=87 w=0.5 d=2012-06-01\n"                                                        \
    "s=f g=3 k=q x=48.5 w=1 d=2012-07-03\n"                                                        \
    "s=m g=3 k=p x=none w=x d=2012-05-04\n"                                                        \
    "s=m g=2 x=-3 w=1.25 d=2012-05-02\n"                                                           \
    "s=m g=3 x=none w=-1 d=2012-07-08\n"                                                           \
    "s=m g=1 k=p x=6.25 w=0 d=2012-05-03\n"                                                        \
    "s=m g=3 k=q x=none w=0 d=2012-07-06\n"                                                        \
    "s=f g=2 k=q x=71 w=1.25 d=2012-06-09\n"                                                       \
    "s=f g=1 k=p x=none w=-1 d=2012-05-07\n"                                                       \
    "s=m g=3 k=p x=83.5 w=2 d=2012-05-05\n"                                                        \
    "s=m g=2 k=p x=8.25 w=x d=2012-06-08\n"                                                        \
    "s=f g=1 k=q x=69.5 w=0 d=2012-07-09\n"                                                        \
    "s=m g=3 k=p x=9.25 w=0 d=2012-07-03\n"                                                        \
    "s=m g=2 k=p x=9.25 w=1 d=2012-06-09\n"                                                        \
    "s=f g=2 k=p x=-15 w=-1 d=2012-05-02\n"                                                        \
    "s=m g=3 w=2 d=2012-06-03\n"                                                                   \
    "s=m g=3 k=q x=-7 w=1 d=2012-07-01\n"                                                          \
    "s=f g=1 k=q x=25 w=0 d=2012-05-09\n"                                                          \
    "s=m g=3 k=q x=53.5 w=x d=2012-07-09\n"                                                        \
    "s=f g=2 k=p x=81.5 w=1.25 d=2012-05-04\n"                                                     \
    "s=f g=3 k=p x=-9 w=2 d=2012-07-03\n"                                                          \
    "s=f g=1 k=p x=6.25 w=0 d=2012-07-06\n"                                                        \
    "s=f g=2 k=p x=none w=1 d=2012-05-04\n"                                                        \
    "s=f g=3 w=0.5 d=2012-05-08\n"                                                                 \
    "s=f g=2 k=q x=4.25 w=-1 d=2012-05-04\n"                                                       \
    "s=f g=1 k=q x=4 w=0.5 d=2012-06-02\n"                                                         \
    "s=m g=3 k=q x=36.5 w=2 d=2012-05-06\n"                                                        \
    "s=m g=3 k=q x=6.25 w=0.5 d=2012-06-01\n"                                                      \
    "s=f g=1 x=85.5 w=2 d=2012-07-08\n"                                                            \
    "s=f g=2 k=p x=4.25 w=0 d=2012-05-04\n"                                                        \
    "s=m g=1 k=q w=0 d=2012-06-09\n"                                                               \
    "s=f g=2 k=p x=none w=1 d=2012-06-08\n"                                                        \
    "s=f g=3 k=p x=none w=1.25 d=2012-07-05\n"                                                     \
    "s=m g=3 k=q x=75 w=0 d=2012-05-03\n"                                                          \
    "s=m g=3 k=q x=-14 w=1 d=2012-06-08\n"                                                         \
    "s=m g=3 k=p w=2 d=2012-05-04\n"                                                               \
    "s=f g=1 k=p x=46.5 w=2 d=2012-05-07\n"                                                        \
    "s=m g=3 k=q x=3.25 w=1 d=2012-06-02\n"                                                        \
    "s=m g=3 k=q x=4.25 w=1 d=2012-05-09\n"                                                        \
    "s=f g=3 k=p x=13 w=0 d=2012-06-02\n"                                                          \
    "s=f g=3 k=p x=8.25 w=1.25 d=2012-06-03\n"                                                     \
    "s=f g=2 k=p x=34.5 w=-1 d=2012-07-06\n"                                                       \
    "s=m g=3 k=p x=none w=0.5 d=2012-07-02\n"

static const struct {
    const char *rows, *query, *answer;
} answer_rows[] =
    {
        {PEOPLE, "count a in [1,2] from current format map",
         "a: 1 2\n"
         "count\n"
         "3 | 2\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE, "count a in [1,2] from current totals",
         "a: 1 2 total\n"
         "count\n"
         "3 | 2 | 5\n"},
        {PEOPLE, "count a, b from current format map",
         "a: 1 2 3\n"
         "b: x y\n"
         "count\n"
         "2 | 1 | 1 | 1 | 1 | 0\n"
         "base 7, excluded 1 0\n"},
        {PEOPLE, "count a, b from current totals",
         "a: 1 2 3 total\n"
         "b: x y total\n"
         "count\n"
         "1,x=2 | 1,y=1 | 1,total=3 | 2,x=1 | 2,y=1 | 2,total=2 | 3,x=1 | 3,total=1 | total,x=4 | total,y=2 | total,total=6\n"},
        {PEOPLE, "count from current where a = 9 format json",
         "count\n"
         "0\n"
         "base 0, excluded 0 0\n"},
        {PEOPLE,
         "count, sum(v), avg(v), min(v), max(v), stddev(v), variance(v) by a in [1,4] from current totals",
         "a: 1 2 3 4 total\n"
         "count sum(v) avg(v) min(v) max(v) stddev(v) variance(v)\n"
         "3 2800.5 933.5 800 1200.5 231.22878281044513 53466.75 | 2 -3 -3 -3 -3 null null | 1 7 7 7 7 null null | 0 null null null null null null | 6 2804.5 560.9 -3 1200.5 535.77378621952 287053.55\n"},
        {PEOPLE,
         "median(v), quantile(v, 0.25), quantile(v,0.1), distinct(v), distinct(c) by a in [1,4] from current totals",
         "a: 1 2 3 4 total\n"
         "median(v) quantile(v,0.25) quantile(v,0.1) distinct(v) distinct(c)\n"
         "800 800 800 2 1 | -3 -3 -3 2 1 | 7 7 7 1 null | null null null null null | 800 7 1 5 1\n"},
        {PEOPLE, "median(v), distinct(v) from current",
         "median(v) distinct(v)\n"
         "403.5 5\n"},
        {PEOPLE,
         "count by a in {(1,2) as low, net (2,3), missing, other} from current totals format map",
         "a (overlaps): low net(2,3) missing other total\n"
         "count\n"
         "5 | 3 | 1 | 0 | 7\n"
         "base 7, excluded 0 0\n"},
        {PEOPLE, "count by a in {*, missing} from current totals format map",
         "a: 1 2 3 missing total\n"
         "count\n"
         "3 | 2 | 1 | 1 | 7\n"
         "base 7, excluded 0 0\n"},
        {PEOPLE, "count by a in {1, when (c = 1) as c, 3}, b from current totals format map",
         "a (overlaps): 1 c 3 total\n"
         "b: x y total\n"
         "count\n"
         "2 | 1 | 3 | 1 | 1 | 2 | 1 | 0 | 1 | 3 | 2 | 5\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE,
         "avg(v) by {when (b = x) as x, when (c = 1) as c} as k from current totals format map",
         "k (overlaps): x c total\n"
         "avg(v)\n"
         "401 | 800 | 401\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE, "count a by 2, b from current format map totals",
         "a: [0,2) [2,4) total\n"
         "b: x y total\n"
         "count\n"
         "2 | 1 | 3 | 2 | 1 | 3 | 4 | 2 | 6\n"
         "base 7, excluded 1 0\n"},
        {PEOPLE,
         "count, sum(v), avg(v), variance(v), distinct(v) by a in [1,3] from current weight by w format map totals",
         "a: 1 2 3 total\n"
         "count sum(v) avg(v) variance(v) distinct(v)\n"
         "4 4001 1000.25 53466.75 2 | 0.5 -1.5 -3 null 1 | 0 null null null null | 4.5 3999.5 888.7777777777778 173639.50793650793 3\n"
         "bases 3 2.6666666666666665 | 1 1 | 0 0 | 4 3.24\n"
         "base 7, excluded 1 2\n"},
        {PEOPLE, "min(v), max(v), stddev(v) by a from current weight by w",
         "a: 1 2\n"
         "min(v) max(v) stddev(v)\n"
         "1=800 1200.5 231.22878281044513 | 2=-3 -3 null\n"
         "bases 3 2.6666666666666665 | 1 1\n"},
        {PEOPLE, "count a in [1,2], b in {x, y} from current percent of row with count",
         "a: 1 2\n"
         "b: x y\n"
         "percent count\n"
         "66.66666666666667 2 | 33.333333333333336 1 | 50 1 | 50 1\n"},
        {PEOPLE, "count a in [1,2], b in {x, y} from current percent of column totals",
         "a: 1 2 total\n"
         "b: x y total\n"
         "percent\n"
         "66.66666666666667 | 50 | 60 | 33.333333333333336 | 50 | 40 | 100 | 100 | 100\n"},
        {PEOPLE,
         "count a in [1,2], b in {x, y} from current percent of total with count format map",
         "a: 1 2\n"
         "b: x y\n"
         "percent count\n"
         "40 2 | 20 1 | 20 1 | 20 1\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE, "count, sum(v) by b in {x,y}, a in [1,2] from current percent of row with count",
         "b: x y\n"
         "a: 1 2\n"
         "percent(count) percent(sum(v)) count\n"
         "66.66666666666667 100.18785222291797 2 | 33.333333333333336 -0.18785222291797118 1 | 50 100 1 | 50 null 1\n"},
        {PEOPLE, "count a in [1,3] from current percent of column",
         "a: 1 2 3\n"
         "percent\n"
         "50 | 33.333333333333336 | 16.666666666666668\n"},
        {PEOPLE,
         "count a in [1,3], b in {x,y} from current weight by w percent of row with count format json",
         "a: 1 2 3\n"
         "b: x y\n"
         "percent count\n"
         "50 2 | 50 2 | 100 0.5 | 0 0 | null 0 | null 0\n"
         "bases 2 2 | 1 1 | 1 1 | 0 0 | 0 0 | 0 0\n"
         "base 7, excluded 1 2\n"},
        {PEOPLE, "count a, b from current percent of row",
         "a: 1 2 3\n"
         "b: x y\n"
         "percent\n"
         "1,x=66.66666666666667 | 1,y=33.333333333333336 | 2,x=50 | 2,y=50 | 3,x=100\n"},
        {PEOPLE, "count c in {1, missing}, a in [1,2], b in {x,y} from current percent of total",
         "c: 1 missing\n"
         "a: 1 2\n"
         "b: x y\n"
         "percent\n"
         "50 | 0 | 0 | 50 | 33.333333333333336 | 33.333333333333336 | 33.333333333333336 | 0\n"},
        {PEOPLE, "count by a from current having count > 1",
         "a: 1 2 3\n"
         "count\n"
         "1=3 | 2=2\n"},
        {PEOPLE,
         "count, avg(v) by a in [1,4], b in {x,y} from current order by avg(v) desc, b limit 3 offset 1",
         "a: 1 2 3 4\n"
         "b: x y\n"
         "count avg(v)\n"
         "1,x=2 800 | 3,x=1 7 | 2,x=1 -3\n"},
        {PEOPLE,
         "count by a in [1,4], b in {x,y} from current having sum(v) > 0 order by b, count desc totals",
         "a: 1 2 3 4 total\n"
         "b: x y total\n"
         "count\n"
         "1,x=2 | 3,x=1 | 1,y=1 | 1,total=3 | 2,total=2 | 3,total=1 | 4,total=0 | total,x=4 | total,y=2 | total,total=6\n"},
        {PEOPLE, "count by b from current order by b desc format map",
         "b: x y\n"
         "count\n"
         "y=3 | x=4\n"
         "base 7, excluded 0 0\n"},
        {PEOPLE, "sum(v) as s by a in [1,4] from current order by s",
         "a: 1 2 3 4\n"
         "s\n"
         "2=-3 | 3=7 | 1=2800.5 | 4=null\n"},
        {PEOPLE,
         "count a in [1,2], b in {x,y} from current test chi2 residuals test columns format map",
         "a: 1 2\n"
         "b: x y\n"
         "count\n"
         "2 | 1 | 1 | 1\n"
         "base 7, excluded 2 0\n"
         "test: chi2 0.138889 df 1 residuals 0.372678 -0.372678 / -0.372678 0.372678 letters [] [] / [] []\n"},
        {PEOPLE,
         "count c in {1,missing}, a in [1,3], b in {x,y} from current residuals format json",
         "c: 1 missing\n"
         "a: 1 2 3\n"
         "b: x y\n"
         "count\n"
         "1 | 0 | 0 | 1 | 0 | 0 | 1 | 1 | 1 | 0 | 1 | 0\n"
         "base 7, excluded 1 0\n"
         "test 0: residuals 1.41421 -1.41421 / -1.41421 1.41421 / null null\n"
         "test 1: residuals -1.1547 1.1547 / 0.666667 -0.666667 / 0.666667 -0.666667\n"},
        {PEOPLE, "count (a in [1,2], b in {x}), (b), (a in [1,2]) from current totals format map",
         "a: 1 2 total\n"
         "b: x total\n"
         "count\n"
         "2 | 2 | 1 | 1 | 3 | 3\n"
         "base 7, excluded 4 0\n"
         "\n"
         "b: x y total\n"
         "count\n"
         "4 | 3 | 7\n"
         "base 7, excluded 0 0\n"
         "\n"
         "a: 1 2 total\n"
         "count\n"
         "3 | 2 | 5\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE, "count by a in [1,2], zz from current totals",
         "a: 1 2 total\n"
         "zz: total\n"
         "count\n"
         "total,total=0\n"},
        {PEOPLE, "count zz, a in [1,2] from current format map",
         "zz:\n"
         "a: 1 2\n"
         "count\n"
         "\n"
         "base 7, excluded 7 0\n"},
        {PEOPLE, "avg(v) by zz from current format map totals",
         "zz: total\n"
         "avg(v)\n"
         "null\n"
         "base 7, excluded 7 0\n"},
        {PEOPLE, "count a in {1, (2,3) as more} from current where b = x format csv",
         "a: 1 more\n"
         "count\n"
         "1=2 | more=2\n"},
        {SURVEY,
         "count s in {f,m}, g in [1,3] from current test chi2 residuals test columns format map",
         "s: f m\n"
         "g: 1 2 3\n"
         "count\n"
         "10 | 11 | 10 | 3 | 4 | 22\n"
         "base 60, excluded 0 0\n"
         "test: chi2 11.482 df 2 residuals 2.05893 1.939 -3.3832 / -2.05893 -1.939 3.3832 letters [C] [C] [] / [] [] [A B]\n"},
        {SURVEY, "count s in {f,m}, k in {p,q} from current test chi2 format json totals",
         "s: f m total\n"
         "k: p q total\n"
         "count\n"
         "17 | 12 | 29 | 12 | 13 | 25 | 29 | 25 | 54\n"
         "base 60, excluded 6 0\n"
         "test: chi2 0.609115 df 1\n"},
        {SURVEY,
         "count k in {p,q}, s in {f,m,n}, g in [1,4] from current test chi2 residuals test columns level 0.2 format map",
         "k: p q\n"
         "s: f m n\n"
         "g: 1 2 3 4\n"
         "count\n"
         "5 | 7 | 5 | 0 | 2 | 2 | 8 | 0 | 0 | 0 | 0 | 0 | 4 | 4 | 4 | 0 | 1 | 1 | 11 | 0 | 0 | 0 | 0 | 0\n"
         "base 60, excluded 6 0\n"
         "test 0: chi2 4.01302 df 2 residuals 0.789945 1.40513 -1.98685 null / -0.789945 -1.40513 1.98685 null / null null null null letters [] [] [] [] / [] [] [] [] / [] [] [] []\n"
         "test 1: chi2 6.83761 df 2 residuals 1.60128 1.60128 -2.61488 null / -1.60128 -1.60128 2.61488 null / null null null null letters [C] [C] [] [] / [] [] [A B] [] / [] [] [] []\n"},
        {SURVEY,
         "count s in {f,m}, g in [1,3] from current weight by w test chi2 residuals test columns level 0.3 format map",
         "s: f m\n"
         "g: 1 2 3\n"
         "count\n"
         "5.5 | 6.5 | 9 | 2 | 2.75 | 19.5\n"
         "bases 5 3.4571428571428573 | 7 6.377358490566038 | 8 6.29126213592233 | 1 1 | 3 2.688888888888889 | 14 11.610687022900763\n"
         "base 60, excluded 0 22\n"
         "test: chi2 4.55339 df 2 residuals 1.32232 1.3327 -2.13142 / -1.32232 -1.3327 2.13142 letters [C] [C] [] / [] [] [A B]\n"},
        {SURVEY, "count, sum(x), avg(x), stddev(x) by s, g from current weight by w",
         "s: f m\n"
         "g: 1 2 3\n"
         "count sum(x) avg(x) stddev(x)\n"
         "f,1=5.5 310.25 56.40909090909091 28.336096121984472 | f,2=6.5 190.625 76.25 6.777720855862979 | f,3=9 84.3125 12.49074074074074 23.335744354386232 | m,1=2 180 90 0 | m,2=2.75 37.25 13.545454545454545 30.316137316917235 | m,3=19.5 450.625 30.041666666666668 36.843060219117575\n"
         "bases 5 3.4571428571428573 | 7 6.377358490566038 | 8 6.29126213592233 | 1 1 | 3 2.688888888888889 | 14 11.610687022900763\n"},
        {SURVEY, "variance(x), stddev(x), min(x), max(x) by g from current weight by w totals",
         "g: 1 2 3 total\n"
         "variance(x) stddev(x) min(x) max(x)\n"
         "1=810.4794871794871 28.468921426346437 4 90 | 2=1606.1505602240895 40.076808258943096 -3 81.5 | 3=1135.8512671375156 33.7023926025663 -19 87 | total=1350.5876764276443 36.75034253483421 -19 90\n"
         "bases 6 4.411764705882353 | 10 9.066225165562914 | 22 17.802739726027397 | 38 30.194470046082948\n"},
        {SURVEY,
         "sum(x), avg(x), variance(x), median(x), distinct(x) by k, g in [1,2] from current totals",
         "k: p q total\n"
         "g: 1 2 total\n"
         "sum(x) avg(x) variance(x) median(x) distinct(x)\n"
         "p,1=237.5 39.583333333333336 1052.3166666666666 38.25 6 | p,2=122.75 20.458333333333332 1143.5854166666666 8.75 7 | p,total=360.25 30.020833333333332 1097.891571969697 19.625 12 | q,1=124 31 759.1666666666666 25.25 4 | q,2=138.75 46.25 1337.0625 63.5 4 | q,total=262.75 37.535714285714285 891.7172619047619 25.5 8 | total,1=361.5 36.15 857.3222222222222 27.75 10 | total,2=261.5 29.055555555555557 1215.3090277777778 9.25 9 | total,total=623 32.78947368421053 982.0434941520468 25.5 18\n"},
        {SURVEY, "quantile(x,0.333), quantile(x,1), quantile(x,0) by s from current totals",
         "s: f m total\n"
         "quantile(x,0.333) quantile(x,1) quantile(x,0)\n"
         "f=6.236 85.5 -20 | m=6.24825 90 -14 | total=6.25 90 -20\n"},
        {SURVEY, "count by d by month, s from current totals",
         "d: 2012-05 2012-06 2012-07 total\n"
         "s: f m total\n"
         "count\n"
         "2012-05,f=15 | 2012-05,m=13 | 2012-05,total=28 | 2012-06,f=9 | 2012-06,m=8 | 2012-06,total=17 | 2012-07,f=7 | 2012-07,m=8 | 2012-07,total=15 | total,f=31 | total,m=29 | total,total=60\n"},
        {SURVEY, "count, avg(x) by d by day from current having count > 3 order by avg(x)",
         "d: 2012-05-01 2012-05-02 2012-05-03 2012-05-04 2012-05-05 2012-05-06 2012-05-07 2012-05-08 2012-05-09 2012-06-01 2012-06-02 2012-06-03 2012-06-04 2012-06-06 2012-06-07 2012-06-08 2012-06-09 2012-07-01 2012-07-02 2012-07-03 2012-07-05 2012-07-06 2012-07-08 2012-07-09\n"
         "count avg(x)\n"
         "2012-05-07=5 20.625 | 2012-07-03=4 31.3125 | 2012-05-04=9 38.375\n"},
        {SURVEY, "count s, g from current percent of total with count totals",
         "s: f m total\n"
         "g: 1 2 3 total\n"
         "percent count\n"
         "f,1=16.666666666666668 10 | f,2=18.333333333333332 11 | f,3=16.666666666666668 10 | f,total=51.666666666666664 31 | m,1=5 3 | m,2=6.666666666666667 4 | m,3=36.666666666666664 22 | m,total=48.333333333333336 29 | total,1=21.666666666666668 13 | total,2=25 15 | total,3=53.333333333333336 32 | total,total=100 60\n"},
        {SURVEY,
         "sum(x), count by s in {f,m}, g in {net (1,2), net (2,3), 3} from current percent of row totals",
         "s: f m total\n"
         "g (overlaps): net(1,2) net(2,3) 3 total\n"
         "percent(sum(x)) percent(count)\n"
         "91.67385677308025 67.74193548387096 | 39.473684210526315 67.74193548387096 | 8.326143226919758 32.25806451612903 | 100 100 | 27.005036807438977 24.137931034482758 | 85.08330104610616 89.65517241379311 | 72.99496319256102 75.86206896551724 | 100 100 | 57.60359256991223 46.666666666666664 | 63.50275566442131 78.33333333333333 | 42.39640743008777 53.333333333333336 | 100 100\n"},
        {SURVEY, "count by x by 25, s from current format map",
         "x: [-25,0) [0,25) [25,50) [50,75) [75,100)\n"
         "s: f m\n"
         "count\n"
         "4 | 3 | 6 | 10 | 7 | 2 | 3 | 2 | 2 | 5\n"
         "base 60, excluded 16 0\n"},
        {SURVEY, "count by x in {by 25, missing, other} from current totals",
         "x: [-25,0) [0,25) [25,50) [50,75) [75,100) missing other total\n"
         "count\n"
         "[-25,0)=7 | [0,25)=16 | [25,50)=9 | [50,75)=5 | [75,100)=7 | missing=4 | other=12 | total=60\n"},
        {SURVEY,
         "count by {when (x > 40) as big, when (k = p) as p} as c, g in {1, when (s = f) as fem, other} from current totals format map",
         "c (overlaps): big p total\n"
         "g (overlaps): 1 fem other total\n"
         "count\n"
         "5 | 7 | 10 | 15 | 7 | 17 | 22 | 29 | 9 | 21 | 29 | 38\n"
         "base 60, excluded 22 0\n"},
        {SURVEY,
         "distinct(x) as dx, count by g, k from current weight by w order by dx desc, count limit 4 totals",
         "g: 1 2 3 total\n"
         "k: p q total\n"
         "dx count\n"
         "3,q=12 13 | 3,p=5 11 | 1,p=4 5 | 2,q=3 3.25 | 1,total=5 5.5 | 2,total=5 8 | 3,total=16 24 | total,p=11 20.75 | total,q=15 16.75 | total,total=25 37.5\n"
         "bases 4 2.9411764705882355 | 1 1 | 5 3.4571428571428573 | 5 4.688311688311688 | 4 3.4489795918367347 | 9 8.126984126984127 | 7 6.245161290322581 | 12 9.38888888888889 | 19 15.411371237458194 | 16 13.17208413001912 | 17 13.164222873900293 | 33 26.041666666666668\n"},
        {SURVEY, "count by (s, g in {1,2}), (k), (g in [1,3]) from current weight by w format json",
         "s: f m\n"
         "g: 1 2\n"
         "count\n"
         "5.5 | 6.5 | 2 | 2.75\n"
         "bases 5 3.4571428571428573 | 7 6.377358490566038 | 1 1 | 3 2.688888888888889\n"
         "base 60, excluded 22 22\n"
         "\n"
         "k: p q\n"
         "count\n"
         "20.75 | 16.75\n"
         "bases 16 13.17208413001912 | 17 13.164222873900293\n"
         "base 60, excluded 5 22\n"
         "\n"
         "g: 1 2 3\n"
         "count\n"
         "7.5 | 9.25 | 28.5\n"
         "bases 6 4.411764705882353 | 10 9.066225165562914 | 22 17.802739726027397\n"
         "base 60, excluded 0 22\n"},
        {SURVEY, "avg(x) as m by s, g from current having m > 20 order by m",
         "s: f m\n"
         "g: 1 2 3\n"
         "m\n"
         "m,3=29.4375 | f,2=30.083333333333332 | f,1=38.97222222222222 | m,1=48.125\n"},
        {SURVEY, "stddev(x) by g, k from current having stddev(x) < 30 order by stddev(x) desc",
         "g: 1 2 3\n"
         "k: p q\n"
         "stddev(x)\n"
         "1,q=27.552979270247103\n"},
        {SURVEY, "count by g from current where s = f order by count desc, g desc limit 2",
         "g: 1 2 3\n"
         "count\n"
         "2=11 | 3=10\n"},
        {PEOPLE,
         "count a in [1,2], b in {x, y} from current percent of total with count ci 0.95 format map",
         "a: 1 2\n"
         "b: x y\n"
         "percent count low high\n"
         "40 2 11.762077423264792 76.9275718723987 | 20 1 3.6224108632430174 62.44653702374747 | 20 1 3.6224108632430174 62.44653702374747 | 20 1 3.6224108632430174 62.44653702374747\n"
         "base 7, excluded 2 0\n"},
        {PEOPLE,
         "count a in [1,3], b in {x,y} from current weight by w percent of row with count ci 0.9 format json",
         "a: 1 2 3\n"
         "b: x y\n"
         "percent count low high\n"
         "50 2 14.51696449628313 85.48303550371688 | 50 2 14.51696449628313 85.48303550371688 | 100 0.5 26.986594878405405 100 | 0 0 0 73.0134051215946 | null 0 null null | null 0 null null\n"
         "bases 2 2 | 1 1 | 1 1 | 0 0 | 0 0 | 0 0\n"
         "base 7, excluded 1 2\n"},
        {PEOPLE, "count a in [1,3] from current suppress below 3 totals",
         "a: 1 2 3 total\n"
         "count\n"
         "3 | * | * | 6\n"},
        {PEOPLE, "count a in [1,3] from current suppress below 3 format map",
         "a: 1 2 3\n"
         "count\n"
         "3 | * | *\n"
         "base 7, excluded * 0\n"},
        {PEOPLE, "count a in [1,3] from current suppress below 3 format csv",
         "a: 1 2 3\n"
         "count\n"
         "1=3 | 2=* | 3=*\n"},
        {PEOPLE, "count from current suppress below 9 format map",
         "count\n"
         "*\n"
         "base *, excluded 0 0\n"},
        {PEOPLE, "count a from current totals suppress below 3 format map",
         "a: 1 total\n"
         "count\n"
         "3 | *\n"
         "base 7, excluded * 0\n"},
        {SURVEY, "count s, g from current totals suppress below 9",
         "s: f m total\n"
         "g: 1 2 3 total\n"
         "count\n"
         "f,1=* | f,2=* | f,3=10 | f,total=31 | m,1=* | m,2=* | m,3=22 | m,total=29 | total,1=13 | total,2=15 | total,3=32 | total,total=60\n"},
        {SURVEY, "count k in {p, net (p, q) as both} from current suppress below 30 format map",
         "k (overlaps): p both\n"
         "count\n"
         "* | *\n"
         "base 60, excluded * 0\n"},
        {SURVEY, "count (k), (k, s) from current suppress below 13 format map",
         "k: p\n"
         "count\n"
         "29\n"
         "base 60, excluded * 0\n"
         "\n"
         "k: q\n"
         "s: m\n"
         "count\n"
         "13\n"
         "base 60, excluded * 0\n"},
        {SURVEY, "count (k in {p}), (g in [1,2]) from current suppress below 15",
         "k: p\n"
         "count\n"
         "29\n"
         "\n"
         "g: 1 2\n"
         "count\n"
         "* | 15\n"},
        {SURVEY, "avg(x), count by k in {p, q, missing} from current suppress below 6 totals",
         "k: p q missing total\n"
         "avg(x) count\n"
         "23.61904761904762 29 | * * | * * | 27.835227272727273 60\n"},
        {SURVEY,
         "count k in {p, q, missing}, s from current suppress below 5 percent of row with count",
         "k: p q missing\n"
         "s: f m\n"
         "percent count\n"
         "p,f=58.62068965517241 17 | p,m=41.37931034482759 12 | q,f=48 12 | q,m=52 13 | missing,f=* * | missing,m=* *\n"},
        {SURVEY,
         "count by k in {p, q, missing} from current weight by w suppress below 6 format map",
         "k: p q missing\n"
         "count\n"
         "* | 16.75 | *\n"
         "bases * * | 17 13.164222873900293 | * *\n"
         "base 60, excluded 0 22\n"},
        {SURVEY, "count k, g from current suppress below 8 order by count desc limit 4",
         "k: p q\n"
         "g: 2 3\n"
         "count\n"
         "q,3=15 | p,3=13 | p,2=9 | q,2=*\n"},
};

#endif

/*
 * The few special functions that tests and intervals need. They stand on libm alone.
 *
 *     chi2_tail(3.84, 1)      0.0500435    P(X >= 3.84), X chi-square distributed with 1 degree
 *     normal_tail(1.96)       0.0249979    P(Z >= 1.96)
 *     normal_quantile(0.975)  1.9599640    the z that P(Z <= z) is 0.975 for
 *
 * Twelve digits and more, also far out in the tails, where the number is a double at all. Beyond
 * that a tail is 0. Safe in threads. These functions cannot fail.
 */
#ifndef QUIPU_ANSWER_SPECIAL_H
#define QUIPU_ANSWER_SPECIAL_H

/* The upper tail of the chi-square distribution. x from 0 to infinity; df above 0. */
double chi2_tail(double x, double df);
/* The upper tail of the standard normal distribution. */
double normal_tail(double z);
/* p from 0 (minus infinity) to 1 (infinity). */
double normal_quantile(double p);

#endif

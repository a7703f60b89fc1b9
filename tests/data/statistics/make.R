# Makes special.inc, chi2.inc, column_letters.inc and interval.inc, rows of the tables in tests/test_*.c:
#
#     Rscript make.R       in this directory; R 4.2.2 of Debian 12 was used

suppressWarnings(RNGversion("4.0.0"))
set.seed(20240611)

number <- function(x) ifelse(is.na(x), "NAN", ifelse(is.infinite(x), ifelse(x > 0, "INFINITY", "-INFINITY"), sprintf("%.17g", x)))
numbers <- function(x) paste(number(x), collapse = ", ")
write_rows <- function(file, rows) writeLines(c("/* Made by make.R: see README.md. */", rows), file)

# ---- Special functions ----

special <- character()
for (df in c(1, 2, 3, 4, 5, 7, 10, 12, 25, 30, 31, 32, 33, 64, 99, 100, 361, 1000, 9801, 99999, 1e6)) {
    around <- c(1e-10, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95, 1, 1.05, 1.2, 1.5, 2, 3, 5, 10) * df
    for (x in c(around, 3.841458820694124, 6.634896601021213, 20, 100, 500, 1400)) {
        p <- pchisq(x, df, lower.tail = FALSE)
        if (p > 1e-300) {
            special <- c(special, sprintf("CHI2_TAIL(%s, %s, %s)", number(x), number(df), number(p)))
        }
    }
}
for (z in c(-38, -10, -5, -1.96, -1, -0.1, -1e-9, 0, 1e-9, 0.01, 0.1, 0.5, 1, 1.645, 1.96, 2.5, 3, 4, 5, 6, 7.5, 10, 15, 20, 25, 30, 35, 37)) {
    special <- c(special, sprintf("NORMAL_TAIL(%s, %s)", number(z), number(pnorm(z, lower.tail = FALSE))))
}
for (p in c(1e-300, 1e-100, 1e-50, 1e-20, 1e-10, 1e-6, 1e-4, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.4, 0.425, 0.45, 0.49,
            0.499999, 0.5, 0.500001, 0.51, 0.55, 0.6, 0.7, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9999, 0.999999, 1 - 1e-10)) {
    special <- c(special, sprintf("NORMAL_QUANTILE(%s, %s)", number(p), number(qnorm(p))))
}
write_rows("special.inc", special)

# ---- Tables ----

tables <- list()
add <- function(name, table) tables[[name]] <<- matrix(as.numeric(table), nrow = nrow(table))

add("Titanic: Class, Survived", margin.table(Titanic, c(1, 4)))
add("Titanic: Sex, Survived", margin.table(Titanic, c(2, 4)))
add("Titanic: Age, Survived", margin.table(Titanic, c(3, 4)))
add("Titanic: Class, Age (a zero)", margin.table(Titanic, c(1, 3)))
add("Titanic: Survived, Class", margin.table(Titanic, c(4, 1)))
for (class in dimnames(Titanic)$Class) {
    add(paste0("Titanic: Sex, Survived of adults in ", class), Titanic[class, , "Adult", ])
    add(paste0("Titanic: Sex, Survived of children in ", class), Titanic[class, , "Child", ])
}
add("UCBAdmissions: Admit, Gender", margin.table(UCBAdmissions, c(1, 2)))
add("UCBAdmissions: Admit, Dept", margin.table(UCBAdmissions, c(1, 3)))
add("UCBAdmissions: Gender, Dept", margin.table(UCBAdmissions, c(2, 3)))
for (dept in dimnames(UCBAdmissions)$Dept) {
    add(paste0("UCBAdmissions: Admit, Gender in ", dept), UCBAdmissions[, , dept])
}
add("HairEyeColor: Hair, Eye", margin.table(HairEyeColor, c(1, 2)))
add("HairEyeColor: Hair, Sex", margin.table(HairEyeColor, c(1, 3)))
add("HairEyeColor: Eye, Sex", margin.table(HairEyeColor, c(2, 3)))
add("HairEyeColor: Hair, Eye, Male", HairEyeColor[, , "Male"])
add("HairEyeColor: Hair, Eye, Female", HairEyeColor[, , "Female"])
add("esoph: cases, age by alcohol", xtabs(ncases ~ agegp + alcgp, esoph))
add("esoph: cases, age by tobacco", xtabs(ncases ~ agegp + tobgp, esoph))
add("esoph: controls, alcohol by tobacco", xtabs(ncontrols ~ alcgp + tobgp, esoph))
add("infert: education, case", xtabs(~ education + case, infert))
add("infert: induced, case", xtabs(~ induced + case, infert))
add("infert: spontaneous, case", xtabs(~ spontaneous + case, infert))
add("infert: education, parity", xtabs(~ education + parity, infert))
add("infert: any spontaneous, case", xtabs(~ (spontaneous > 0) + case, infert))
add("warpbreaks: wool, tension", xtabs(breaks ~ wool + tension, warpbreaks))
add("warpbreaks: tension, wool", xtabs(breaks ~ tension + wool, warpbreaks))
add("warpbreaks: wool, low tension or not", xtabs(breaks ~ wool + (tension == "L"), warpbreaks))

two <- function(...) matrix(c(...), 2, byrow = TRUE)
add("tea tasting", two(3, 1, 1, 3))
add("2 x 2: zero in the first cell", two(0, 7, 5, 3))
add("2 x 2: zero in the second cell", two(7, 0, 3, 5))
add("2 x 2: zero in the third cell", two(7, 5, 0, 3))
add("2 x 2: zero in the last cell", two(4, 7, 5, 0))
add("2 x 2: a diagonal", two(9, 0, 0, 9))
add("2 x 2: the other diagonal", two(0, 9, 9, 0))
add("2 x 2: one row in each", two(1, 1, 1, 1))
add("2 x 2: as few as can be", two(1, 0, 0, 1))
add("2 x 2: independent", two(10, 20, 30, 60))
add("2 x 2: off by less than a half", two(10, 21, 30, 60))
add("2 x 2: an event that is rare", two(3, 99997, 12, 99988))
add("2 x 2: a million rows", two(250300, 249700, 249500, 250500))
add("2 x 2: a million rows, far apart", two(400000, 100000, 100000, 400000))
add("2 x 2: a million rows, lopsided", two(1, 4, 7, 999988))
add("2 x 2: more than a million rows", two(250300, 249700, 249500, 250501))
add("2 x 2 within zeros", rbind(c(0, 12, 0, 5), c(0, 0, 0, 0), c(0, 3, 0, 9), c(0, 0, 0, 0)))
add("a row, a column of zeros", rbind(c(5, 0, 7, 8), c(0, 0, 0, 0), c(2, 0, 9, 1)))
add("sparse, 20 x 20", matrix(rpois(400, 0.1), 20))
add("sparse, 3 x 40", matrix(rpois(120, 0.5), 3))
add("40 x 30", matrix(rpois(1200, 30), 40))
add("an expected count of 5 exactly", rbind(c(5, 5, 5), c(5, 5, 5)))
add("an expected count of 5, off", rbind(c(4, 6, 5), c(6, 4, 5)))

quiet <- suppressWarnings
chi2_row <- function(name, table) {
    rows <- rowSums(table) > 0
    columns <- colSums(table) > 0
    kept <- table[rows, columns, drop = FALSE]
    if (any(dim(kept) < 2)) {
        test <- list(statistic = NA, parameter = NA, p.value = NA, expected = NA, stdres = NA) # null
    } else {
        test <- quiet(chisq.test(kept, correct = FALSE))
    }
    v <- sqrt(test$statistic / (sum(kept) * (min(dim(kept)) - 1)))
    yates <- fisher <- list(statistic = NA, p.value = NA, estimate = NA)
    if (all(dim(kept) == 2)) {
        yates <- quiet(chisq.test(kept, correct = TRUE))
        if (sum(kept) <= 1e6) fisher <- fisher.test(kept)
    }
    residuals <- matrix(NA, nrow(table), ncol(table))
    residuals[rows, columns] <- test$stdres
    c(sprintf('CHI2("%s", %d, %d, CELLS(%s),', name, nrow(table), ncol(table), numbers(t(table))),
      sprintf("     %s, %s, %s, %s, %s,", number(test$statistic), number(test$parameter), number(test$p.value), number(v),
              number(mean(test$expected < 5))),
      sprintf("     %s, %s, %s, %s,", number(yates$statistic), number(yates$p.value), number(fisher$p.value), number(fisher$estimate)),
      sprintf("     RESIDUALS(%s))", numbers(t(residuals))))
}
write_rows("chi2.inc", unlist(Map(chi2_row, names(tables), tables)))

# ---- Column letters: prop.test without correction, and p.adjust ----

# edu-marit.sav of spss-tutorials.com, "SPSS Chi-Square Test with Pairwise Z-Tests": marital status by education
add("marital status, education",
    rbind(c(18, 36, 21, 9, 6), c(12, 36, 45, 36, 21), c(6, 9, 9, 3, 3), c(3, 9, 9, 6, 3)))
add("bases under 2", rbind(c(1, 60, 20), c(0, 40, 80)))
add("30 columns", matrix(rbinom(60, 100, c(0.2, 0.5)), 2))
add("100 columns", rbind(seq(10, 505, 5), 515 - seq(10, 505, 5)))

letter <- function(j) paste0(ifelse(j > 26, LETTERS[pmax((j - 1) %/% 26, 1)], ""), LETTERS[(j - 1) %% 26 + 1])

# For each row: p of each pair that is compared, adjusted, and which of the two is larger.
pairs_of <- function(counts, bases) {
    compared <- which(counts > 0 & counts < bases & bases >= 2)
    if (length(compared) < 2) return(NULL)
    pairs <- t(combn(compared, 2))
    shares <- counts / bases
    p <- apply(pairs, 1, function(pair) quiet(prop.test(counts[pair], bases[pair], correct = FALSE))$p.value)
    first_larger <- shares[pairs[, 1]] > shares[pairs[, 2]]
    data.frame(larger = ifelse(first_larger, pairs[, 1], pairs[, 2]), smaller = ifelse(first_larger, pairs[, 2], pairs[, 1]),
               p = p.adjust(p, "bonferroni"))
}

letters_of <- function(table, bases, alpha) {
    apply_row <- function(i) {
        pairs <- pairs_of(table[i, ], bases)
        sapply(seq_len(ncol(table)), function(j) paste(letter(sort(pairs$smaller[pairs$larger == j & pairs$p <= alpha])), collapse = " "))
    }
    unlist(lapply(seq_len(nrow(table)), apply_row))
}

letter_rows <- function(name, table, bases = colSums(table), alpha = 0.05, given = "NULL") {
    texts <- paste0('"', letters_of(table, bases, alpha), '"', collapse = ", ")
    sprintf('LETTERS("%s", %d, %d, CELLS(%s), %s, %s, EXPECTED(%s))', name, nrow(table), ncol(table), numbers(t(table)), given,
            number(alpha), texts)
}

rows <- unlist(Map(letter_rows, names(tables), tables))
# The level just above and just below each adjusted p: nine digits of p are right.
for (name in c("marital status, education", "HairEyeColor: Hair, Eye", "Titanic: Survived, Class", "UCBAdmissions: Admit, Dept",
               "esoph: controls, alcohol by tobacco", "warpbreaks: wool, tension")) {
    table <- tables[[name]]
    for (i in seq_len(nrow(table))) {
        p <- pairs_of(table[i, ], colSums(table))$p
        for (level in p[p < 0.9 & p > 1e-100]) {
            rows <- c(rows, letter_rows(name, table, alpha = level * (1 + 1e-9)), letter_rows(name, table, alpha = level * (1 - 1e-9)))
        }
    }
}
answers <- rbind(c(40, 25, 10), c(35, 30, 22), c(20, 20, 20), c(50, 60, 30))
bases <- c(60, 80, 40)
rows <- c(rows, letter_rows("several answers", answers, bases, 0.05, sprintf("CELLS(%s)", numbers(bases))),
          letter_rows("several answers", answers, bases, 0.01, sprintf("CELLS(%s)", numbers(bases))))
write_rows("column_letters.inc", rows)

# ---- Intervals ----

intervals <- character()
for (confidence in c(0.5, 0.8, 0.9, 0.95, 0.99, 0.999999)) {
    for (pair in list(c(0, 1), c(1, 1), c(1, 2), c(18, 39), c(0, 40), c(40, 40), c(1, 1000), c(999, 1000), c(203, 325), c(528, 706),
                      c(1, 1e9), c(123456789, 1e9), c(5e14, 1e15), c(12.5, 37.25))) {
        limits <- 100 * quiet(prop.test(pair[1], pair[2], conf.level = confidence, correct = FALSE))$conf.int
        intervals <- c(intervals, sprintf("INTERVAL(%s, %s, %s, %s)", numbers(pair), number(confidence), number(limits[1]), number(limits[2])))
    }
}
write_rows("interval.inc", intervals)

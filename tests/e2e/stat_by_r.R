# A reader beside quipu-load's: R's package foreign. Rscript stat_by_r.R FILE
# Lines: "column", name, label; then "cell", text or "NA"; "label", value, label. Numbers have 17 digits. Words are between tabs.
library(foreign)
path <- commandArgs(TRUE)[1]
if (grepl("[.]xpt$", path)) {
    table <- read.xport(path)
} else {
    table <- suppressWarnings(read.spss(path, use.value.labels = FALSE, use.missings = TRUE, reencode = "UTF-8"))
}
titles <- attr(table, "variable.labels")
text <- function(x) ifelse(is.na(x), "NA", if (is.numeric(x)) sprintf("%.17g", x) else sub(" +$", "", as.character(x)))
for (name in names(table)) {
    title <- if (is.null(titles)) "" else titles[[name]]
    cat("column", name, title, sep = "\t")
    cat("\n")
    labels <- attr(table[[name]], "value.labels")
    for (label in names(labels)) cat("label\t", sub(" +$", "", labels[[label]]), "\t", label, "\n", sep = "")
    cat(paste0("cell\t", text(table[[name]])), sep = "\n")
    cat("\n")
}

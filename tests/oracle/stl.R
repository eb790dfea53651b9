# Reads "period value value ..." lines with hexadecimal numbers, writes seasonal, trend and remainder of each.
arguments <- commandArgs(trailingOnly = TRUE)
source <- file(arguments[1], "r")
target <- file(arguments[2], "w")
while (length(line <- readLines(source, 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  series <- ts(as.numeric(words[-1]), frequency = as.integer(words[1]))
  parts <- stl(series, s.window = "periodic", robust = TRUE)$time.series
  writeLines(paste(sprintf("%a", c(parts)), collapse = " "), target)
}
close(target)

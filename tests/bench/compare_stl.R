# Prints processor milliseconds of one robust fit for each "period points" pair on the command line.
arguments <- as.integer(commandArgs(trailingOnly = TRUE))
for (place in seq(1, length(arguments), by = 2)) {
  period <- arguments[place]
  points <- arguments[place + 1]
  set.seed(points)
  values <- 100 + 10 * sin(2 * pi * seq_len(points) / period) + rnorm(points)
  series <- ts(values, frequency = period)
  stl(series, s.window = "periodic", robust = TRUE)
  fits <- 10
  before <- proc.time()
  for (fit in seq_len(fits)) stl(series, s.window = "periodic", robust = TRUE)
  spent <- proc.time() - before
  cat(1000 * (spent[["user.self"]] + spent[["sys.self"]]) / fits, "\n")
}

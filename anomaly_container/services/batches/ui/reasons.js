/** What the reasons of dead letters mean, in words. */

const WORDS = {
  empty: "The file is empty.",
  no_rows: "The file has a header and no rows.",
  no_columns: "The file has none of the scored columns.",
  missing_column: "A scored column is missing.",
  not_numeric: "A scored column has text where numbers are wanted.",
  ragged: "A row has more cells than the header.",
  bad_encoding: "The file is not UTF-8.",
  bad_key: "The key cannot be used.",
  too_big: "The file, or a part of it, is larger than allowed.",
  too_many_columns: "The file has more columns than allowed.",
  corrupt: "The file cannot be decompressed.",
  changed: "The file changed each time it was read.",
  gone: "The file is no longer in the store.",
  no_parquet: "Parquet is not read.",
  store_refused: "The store refused access to the file.",
  failed: "The file could not be scored; the log of the container says more.",
};

/** Return a reason as a sentence. */
export function inWords(reason) {
  return WORDS[reason] ?? reason;
}

/* Decimal text to the nearest double, whatever the process's locale is. */
#include "kernels.h"

#include "csv_number.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#define LARGEST 1e150
#define EXACT_POWER 22      /* the largest power of ten that a double holds exactly */
#define INTEGER_POWER 19    /* the largest below 2^64 */
#define MOST_DIGITS 19      /* as many fit into 64 bits */
#define FARTHEST 1000000000 /* an exponent beyond it is as good as infinite */
#define SHORT 128

typedef struct {
    uint64_t digits; /* the significant ones, as an integer */
    int count, negative;
    long long exponent; /* of ten, of that integer */
    const char *mark;   /* the decimal comma, if there is one */
} decimal;

static const char *const gap_words[] = {"",        "#N/A", "N/A",    "NA",      "n/a",      "NULL",     "null",
                                        "NaN",     "nan",  "None",   "<NA>",    "#NA",      "-nan",     "-NaN",
                                        "1.#IND",  "1.#QNAN", "-1.#IND", "-1.#QNAN", "#N/A N/A"};

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static locale_t plain_locale;

int open_numbers(void)
{
    if (!plain_locale)
        plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return plain_locale != (locale_t)0;
}

static inline int is_digit(char c) { return c >= '0' && c <= '9'; }

static inline int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Take digits; returns where they end. */
static const char *take_digits(const char *at, const char *end, decimal *d)
{
    for (; at < end && is_digit(*at); at++) {
        if (d->count < MOST_DIGITS)
            d->digits = 10 * d->digits + (uint64_t)(*at - '0');
        d->count += d->count > 0 || *at != '0';
    }
    return at;
}

static const char *take_exponent(const char *at, const char *end, decimal *d)
{
    const char *first;
    long long exponent = 0;
    int negative = at + 1 < end && at[1] == '-';
    at += 1 + (at + 1 < end && (at[1] == '-' || at[1] == '+'));
    for (first = at; at < end && is_digit(*at); at++)
        exponent = exponent < FARTHEST ? 10 * exponent + (*at - '0') : exponent;
    d->exponent += negative ? -exponent : exponent;
    return at > first ? at : NULL;
}

/* Split a number without the space around it; 0 if it is not one. */
static int is_decimal(const char *at, const char *end, int comma_allowed, decimal *d)
{
    d->negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    const char *first = at;
    at = take_digits(at, end, d);
    Py_ssize_t written = at - first;
    if (at < end && (*at == '.' || (comma_allowed && *at == ','))) {
        d->mark = *at == ',' ? at : NULL;
        first = ++at;
        at = take_digits(at, end, d);
        written += at - first;
        d->exponent = -(long long)(at - first);
    }
    if (!written)
        return 0;
    if (at < end && (*at == 'e' || *at == 'E'))
        at = take_exponent(at, end, d);
    return at == end;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

/* digits / 10^power to the nearest double: a quotient of at least 63 bits, with a last bit for what it leaves, is rounded
   once, and the shift back is exact. */
static double divided(uint64_t digits, int power)
{
    uint64_t divisor = 1;
    int shift = __builtin_clzll(digits);
    for (int i = 0; i < power; i++)
        divisor *= 10;
    wide whole = (wide)(digits << shift) << 64, quotient = whole / divisor;
    quotient |= quotient * divisor != whole;
    return ldexp((double)quotient, -64 - shift);
}

static double multiplied(uint64_t digits, int power)
{
    wide product = digits;
    for (int i = 0; i < power; i++)
        product *= 10;
    return (double)product;
}
#endif

/* The nearest double by the C library, which takes any number of digits. */
static int by_library(const char *at, const char *end, const decimal *d, double *value)
{
    char here[SHORT];
    size_t size = (size_t)(end - at);
    char *copy = size < SHORT ? here : malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, at, size);
    copy[size] = 0;
    if (d->mark)
        copy[d->mark - at] = '.';
    *value = strtod_l(copy, NULL, plain_locale);
    if (copy != here)
        free(copy);
    return 1;
}

static int to_double(const char *at, const char *end, const decimal *d, double *value)
{
    long long exponent = d->exponent;
    double magnitude;
    if (d->count == 0)
        magnitude = 0.0;
    else if (d->count > MOST_DIGITS)
        return by_library(at, end, d, value);
    else if (d->digits <= UINT64_C(1) << 53 && -EXACT_POWER <= exponent && exponent <= EXACT_POWER)
        magnitude = exponent < 0 ? (double)d->digits / powers[-exponent] : (double)d->digits * powers[exponent];
#ifdef __SIZEOF_INT128__
    else if (-INTEGER_POWER <= exponent && exponent < 0)
        magnitude = divided(d->digits, (int)-exponent);
    else if (0 <= exponent && exponent <= INTEGER_POWER)
        magnitude = multiplied(d->digits, (int)exponent);
#endif
    else
        return by_library(at, end, d, value);
    *value = d->negative ? -magnitude : magnitude;
    return 1;
}

static int is_gap(const char *cell, size_t size)
{
    for (size_t i = 0; i < sizeof gap_words / sizeof *gap_words; i++)
        if (strlen(gap_words[i]) == size && !memcmp(cell, gap_words[i], size))
            return 1;
    return 0;
}

/* `inf` or `infinity` with or without a sign, in any case. */
static int is_infinite(const char *cell, size_t size)
{
    static const char word[] = "infinity";
    if (size > 0 && (*cell == '-' || *cell == '+'))
        cell++, size--;
    if (size != 3 && size != sizeof word - 1)
        return 0;
    for (size_t i = 0; i < size; i++)
        if ((cell[i] | 0x20) != word[i])
            return 0;
    return 1;
}

cell_kind read_cell(const char *cell, size_t size, int comma_allowed, double *value, long long *commas)
{
    const char *at = cell, *end = cell + size;
    decimal d = {0};
    *value = Py_NAN;
    if (size == 0)
        return GAP;
    while (at < end && is_space(*at))
        at++;
    while (at < end && is_space(end[-1]))
        end--;
    if (!is_decimal(at, end, comma_allowed, &d))
        return is_gap(cell, size) ? GAP : is_infinite(cell, size) ? OUT_OF_RANGE : TEXT;
    *commas += d.mark != NULL;
    if (!to_double(at, end, &d, value))
        return NO_MEMORY;
    if (fabs(*value) <= LARGEST)
        return NUMBER;
    *value = Py_NAN;
    return OUT_OF_RANGE;
}

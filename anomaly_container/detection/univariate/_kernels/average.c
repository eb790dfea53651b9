#include "average.h"

#include "kernels.h"

#define BLOCK 32

/* Running means: sums are written first and divided a block at a time. */
typedef struct {
    double sum;
    long width, left; /* members of a mean, and means still to compute */
    const double *leaving;
    double *next;
} running;

static running begin(const double *values, long width, double *means, long count)
{
    running r = {values[0], width, count, values, means};
    for (long i = 1; i < width; i++)
        r.sum += values[i];
    return r;
}

INLINE void roll(running *r)
{
    *r->next++ = r->sum;
    r->sum -= *r->leaving;
    r->sum += r->leaving[r->width];
    r->leaving++;
}

INLINE void settle(running *r, long count)
{
    const part width = all((double)r->width), reciprocal = all(1.0 / (double)r->width);
    double *sum = r->next - count;
    for (; r->next - sum >= WIDTH; sum += WIDTH)
        *(part *)sum = divide(*(part *)sum, width, reciprocal);
    for (; sum < r->next; sum++)
        *sum /= (double)r->width;
    r->left -= count;
}

static void roll_alone(running *r, long count)
{
    for (long i = 0; i < count; i++)
        roll(r);
    settle(r, count);
}

INLINE long least(long a, long b) { return a < b ? a : b; }

/* The three advance together, each a block behind the one before it, so that their chains of additions overlap. The last sum
   of each is past the end and never used. */
void average_thrice(const double *values, long n, long p, double *once, double *twice, double *thrice)
{
    running a = begin(values, p, once, n + p + 1);
    roll_alone(&a, p + 3);
    running b = begin(once, p, twice, n + 2);
    roll_alone(&b, 3);
    running c = begin(twice, 3, thrice, n);
    while (c.left) {
        long for_b = a.left ? a.next - b.leaving - p : b.left, for_c = b.left ? b.next - c.leaving - 3 : c.left;
        long more_a = least(BLOCK, a.left), more_b = least(BLOCK, for_b), more_c = least(BLOCK, for_c);
        if (more_a == BLOCK && more_b == BLOCK && more_c == BLOCK) {
            for (long i = 0; i < BLOCK; i++)
                roll(&a), roll(&b), roll(&c);
            settle(&a, BLOCK), settle(&b, BLOCK), settle(&c, BLOCK);
        } else {
            roll_alone(&a, more_a), roll_alone(&b, more_b), roll_alone(&c, more_c);
        }
    }
}

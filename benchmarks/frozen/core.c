/* The frozen core in C: the yardstick of core.py, function by function. README.md has the rules.

   gcc -O3 -march=native -ffp-contract=off returns numba's bytes. With -fno-math-errno -fno-trapping-math it
   may also turn branches into selections and sqrt into an instruction, as numba's compiler does unasked. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define EACH(i, n) for (int64_t i = 0; i < (n); i++)
#define BLOCKS(first, m, n)                                                                    \
    for (int64_t first = 0, m; m = (n) - first < BLOCK ? (n) - first : BLOCK, first < (n); first += BLOCK)
#define NEW(type, n) ((type *)malloc(((size_t)(n) + 1) * sizeof(type)))

enum { LEVELS = 5, QUALITY = 2, YEAR = 4, SKILLS = 3, STATUSES = 6, ARCS = 4, CLASSES = 128, LEVERS = 3, SPACE = 4 };
enum { AWAY = 0, SEEKING = 2, EMPLOYED = 3, POOLED = 4, PUBLIC = 5, NO_EMPLOYER = -1 };
enum { P04, P01, P08 };
enum { FIRM_QUARTER = 1, FIRM_VACANCY = 4, PERSON_QUARTER = 7, PERSON_POOL = 10, FIRM_GRANT = 11, FIRM_TARGET = 16 };
enum { CLIMBS, SLIDES = 3, ADOPTIONS, SEPARATIONS, DEPARTURES, ARRIVALS, HIRES };
enum { BLOCK = 512, PURPOSE_BITS = 8, POSITION_BITS = 56 };
enum {
    U_SHOCK = 0, U_CLIMB = BLOCK, U_SLIDE = 2 * BLOCK, U_ADOPT = 3 * BLOCK, LEVEL = 4 * BLOCK, TALENT = 5 * BLOCK,
    WANTED = 6 * BLOCK, SUFFICIENT = 7 * BLOCK, ETA = 8 * BLOCK, OVERLAP = 9 * BLOCK, Z = 10 * BLOCK, P = 11 * BLOCK,
    HARD = 12 * BLOCK, STAR = 13 * BLOCK, CHANCE = 14 * BLOCK, PLATFORM = 15 * BLOCK, WANT = 16 * BLOCK,
    STAFF = 17 * BLOCK, OUTPUT = 18 * BLOCK, CASH = 19 * BLOCK, RD = 20 * BLOCK, ROWS = 21 * BLOCK
};

/* As in world.py, field by field. */
typedef struct {
    uint32_t *firm_id0, *firm_id1;
    int8_t *firm_field, *level;
    int32_t *staff, *talent;
    float *wanted, *phi, *productivity, *rd_intensity;
    int8_t *platform, *want;
    int64_t *cash, *rd_grant;
    int16_t *funds_until, *taken_until;
    float *rest;
    int8_t *sufficient, *sufficient0, *funds0, *taken0;
    float *z, *p;
    int8_t *hard, *hard_star;
    uint32_t *person_id0, *person_id1;
    int8_t *status, *region, *person_field, *skill, *wage;
    int32_t *employer;
    int16_t *since;
    int64_t *clock;
    uint32_t *key;
    int64_t *spent, *received, *tally;
} State;

typedef struct {
    const int8_t *firm_region;
    const int64_t *budget, *unit;
    const double *pull, *move, *graduate_region, *graduate_field;
} Tables;

typedef struct {
    int64_t firms, people, regions, fields, weight, capacity;
} Sizes;

typedef struct {
    double rho, overlap, size_odds, quality_odds, reserve_odds, need_odds, funds_odds, taken_odds, staff_cuts[4];
    double h0[LEVELS], centre[LEVELS], centre_T[LEVELS], climb_cost[LEVELS], tau[LEVELS], rd_level[LEVELS];
    double eps, a_T, a_R, a_P, a_F, climb_clip, fill_cap, rd_unit, rd_most, quality_gain, slide, adopt, want_rise;
    double labour_share, overhead_share, transaction_share, platform_gain, payout, wanted_power, mu, skill[2];
    double separation, quit_wage, wage_usual, leave_unmatched, leave_growth, patience, public_in, public_out, enter;
    double mobile, accept, lock, admin, rd_share, adopt_share, record_quarters;
} Numbers;

/* --- numbers: sim/model/numerics.py; branches become selections, so that loops become vector instructions --- */

#define HORNER(x, ...) horner((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double), x)

INLINE double horner(const double *c, int n, double x) {
    double total = c[0];
#pragma GCC unroll 16
    for (int k = 1; k < n; k++) total = total * x + c[k];
    return total;
}

INLINE double larger(double a, double b) { return a > b ? a : b; }
INLINE double smaller(double a, double b) { return a < b ? a : b; }
INLINE double clip(double x, double low, double high) { return smaller(larger(x, low), high); }
INLINE int64_t round_money(double x) { /* floor(x + ½); gcc has no vector instructions for (int64_t)floor() */
    int64_t whole = (int64_t)(x + 0.5);
    return whole - ((double)whole > x + 0.5);
}
INLINE double quarterly(double annual) { return 1.0 - sqrt(sqrt(1.0 - annual)); }

INLINE double from_bits(int64_t bits) { double x; memcpy(&x, &bits, sizeof x); return x; }
INLINE int64_t bits_of(double x) { int64_t bits; memcpy(&bits, &x, sizeof bits); return bits; }

INLINE double exp_(double x) {
    x = clip(x, -700.0, 700.0);
    double k = floor(x * 1.4426950408889634 + 0.5);
    double r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10;
    return HORNER(r, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
                  1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0)
        * from_bits(((int64_t)k + 1023) << 52);
}

INLINE double log_(double x) {
    int64_t bits = bits_of(x), k = (bits >> 52) - 1023;
    double m = from_bits((bits & 0xFFFFFFFFFFFFF) | (1023LL << 52));
    bool big = m > 1.4142135623730951;
    m = big ? m * 0.5 : m;
    k = big ? k + 1 : k;
    double s = (m - 1.0) / (m + 1.0), e = (double)k;
    return (2.0 * s * HORNER(s * s, 1.0 / 21.0, 1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0,
                             1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0)
            + e * 1.9082149292705877e-10) + e * 0.6931471803691238;
}

INLINE double normal_cdf(double x) {
    double a = fabs(x);
    double tail = exp_(-0.5 * a * a)
        * HORNER(a, 3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
                 221.213596169931, 220.206867912376)
        / HORNER(a, 8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
                 637.333633378831, 793.826512519948, 440.413735824752);
    tail = a < 7.07106781186547 ? tail : 0.0;
    return x > 0.0 ? 1.0 - tail : tail;
}

INLINE double normal_shock(double u) {
    double q = u - 0.5, r = 0.180625 - q * q, s = sqrt(-log_(smaller(u, 1.0 - u))) - 1.6;
    double middle = q * HORNER(r, 59.109374720, 159.29113202, 50.434271938, 3.3871327179)
        / HORNER(r, 67.187563600, 78.757757664, 17.895169469, 1.0);
    double tail = HORNER(s, 0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777)
        / HORNER(s, 0.12021132975, 0.73700164250, 1.0);
    tail = q < 0.0 ? -tail : tail;
    return fabs(q) <= 0.425 ? middle : tail;
}

INLINE double probability(double eta) { return 1.0 / (1.0 + exp_(-eta)); }

/* --- draws: sim/model/draws.py, sim/model/matching.py --- */

typedef struct { uint32_t w0, w1, w2, w3; } Words;

INLINE Words philox(uint32_t x0, uint32_t x1, uint32_t x2, uint32_t x3, uint32_t y0, uint32_t y1) {
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * x0, p1 = (uint64_t)0xCD9E8D57 * x2;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ y0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ y1;
        x3 = (uint32_t)p0;
        y0 += 0x9E3779B9;
        y1 += 0xBB67AE85;
    }
    return (Words){x0, x1, x2, x3};
}

INLINE uint32_t what(int64_t t, int64_t purpose) { return (uint32_t)((t << PURPOSE_BITS) | purpose); }
INLINE double uniform(uint32_t word) { return ((double)word + 0.5) * 0x1p-32; }
INLINE int64_t position(int64_t arc, uint32_t high, uint32_t low) {
    return (arc << POSITION_BITS) | (int64_t)(((uint64_t)high << 24) | (low >> 8));
}

/* --- firms --- */

INLINE double by_level(double level, const double *values) {
    double v0 = values[0], v1 = values[1], v2 = values[2], v3 = values[3], v4 = values[4];
    double low = level < 1.0 ? v0 : v1, high = level < 3.0 ? v2 : v3;
    low = level < 2.0 ? low : high;
    return level > 3.0 ? v4 : low;
}

static void draw_firms(double *restrict s, const State *f, int64_t first, int64_t m, int64_t t) {
    const uint32_t *id0 = f->firm_id0 + first, *id1 = f->firm_id1 + first, k0 = f->key[0], k1 = f->key[1];
    EACH(i, m) {
        Words w = philox(id0[i], id1[i], what(t, FIRM_QUARTER), 0, k0, k1);
        s[U_SHOCK + i] = uniform(w.w0);
        s[U_CLIMB + i] = uniform(w.w1);
        s[U_SLIDE + i] = uniform(w.w2);
        s[U_ADOPT + i] = uniform(w.w3);
    }
}

static void answer_capacity(double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    const int8_t *level = f->level + first, *before = f->sufficient + first;
    const int32_t *staff = f->staff + first, *talent = f->talent + first;
    const float *wanted = f->wanted + first, *phi = f->phi + first, *rest = f->rest + first;
    EACH(i, m) {
        double people = staff[i], missing = wanted[i];
        double size = people > p->staff_cuts[0] ? 1.0 : 0.0;
        size = people > p->staff_cuts[1] ? 2.0 : size;
        size = people > p->staff_cuts[2] ? 3.0 : size;
        size = people > p->staff_cuts[3] ? 4.0 : size;
        double quality = level[i] >= QUALITY ? 1.0 : 0.0;
        double enough = talent[i] + 0.5 >= (double)phi[i] * missing ? 1.0 : 0.0, was = before[i];
        enough = missing >= 1.0 ? enough : was;
        double eta = rest[i] + p->size_odds * size;
        eta = eta + p->quality_odds * quality;
        s[ETA + i] = eta + p->reserve_odds * enough;
        s[SUFFICIENT + i] = enough;
    }
}

static void answer_support(double *restrict s, const State *f, int64_t first, int64_t m, int64_t t, const Numbers *p) {
    const int8_t *want = f->want + first, *platform = f->platform + first, *before = f->sufficient0 + first;
    const int8_t *funds0 = f->funds0 + first, *taken0 = f->taken0 + first;
    const int16_t *funds = f->funds_until + first, *taken = f->taken_until + first;
    EACH(i, m) {
        double need = (want[i] == 1) & (platform[i] == 0) ? 1.0 : 0.0;
        double fund = (funds[i] > t) | (funds0[i] == 1) ? 1.0 : 0.0;
        double take = larger(taken0[i] - (taken[i] > t ? 1.0 : 0.0), 0.0);
        double eta = s[ETA + i] + p->need_odds * need;
        eta = eta + p->funds_odds * fund;
        s[ETA + i] = eta + p->taken_odds * take;
        s[OVERLAP + i] = p->overlap * (s[SUFFICIENT + i] - before[i]);
    }
}

static void judge(double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    const float *z = f->z + first;
    double fresh = sqrt(1.0 - p->rho * p->rho);
    EACH(i, m) s[Z + i] = (float)(p->rho * z[i] + fresh * normal_shock(s[U_SHOCK + i]));
    EACH(i, m) s[P + i] = probability(s[ETA + i]);
    EACH(i, m) s[STAR + i] = probability(s[ETA + i] - s[OVERLAP + i]);
    EACH(i, m) {
        double u = normal_cdf(s[Z + i]);
        s[HARD + i] = u < s[P + i] ? 1.0 : 0.0;
        s[STAR + i] = u < s[STAR + i] ? 1.0 : 0.0;
    }
}

static void hazards(double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    const int8_t *level = f->level + first, *platform = f->platform + first;
    const int32_t *staff = f->staff + first, *talent = f->talent + first;
    const float *wanted = f->wanted + first, *productivity = f->productivity + first;
    const float *intensity = f->rd_intensity + first;
    const int64_t *cash = f->cash + first, *grant = f->rd_grant + first;
    EACH(i, m) {
        s[LEVEL + i] = level[i];
        s[STAFF + i] = staff[i];
        s[TALENT + i] = talent[i];
        s[WANTED + i] = wanted[i];
        s[PLATFORM + i] = platform[i];
        s[CASH + i] = (double)cash[i];
        s[RD + i] = (double)grant[i];
    }
    EACH(i, m) {
        double output = productivity[i] * s[STAFF + i], rd = intensity[i] * output + YEAR * s[RD + i];
        s[RD + i] = log_(1.0 + rd / p->rd_unit);
        double purse = larger(s[CASH + i], 0.0);
        s[OUTPUT + i] = purse / (purse + p->labour_share * output);
    }
    EACH(i, m) {
        double here = s[LEVEL + i], missing = s[WANTED + i];
        double fill = smaller(s[TALENT + i] / larger(missing, 1.0), p->fill_cap);
        double total = p->a_T * (fill - by_level(here, p->centre_T));
        total = missing >= 1.0 ? total : 0.0;
        total += p->a_R * s[RD + i];
        total += p->a_P * s[PLATFORM + i];
        total += p->a_F * s[OUTPUT + i];
        s[CHANCE + i] = clip(total - by_level(here, p->centre), -p->climb_clip, p->climb_clip);
    }
    double eps = p->eps;
    EACH(i, m) {
        double hazard = by_level(s[LEVEL + i], p->h0) * exp_(s[CHANCE + i]);
        s[CHANCE + i] = hazard * (s[STAR + i] == 1.0 ? eps : 1.0);
    }
    EACH(i, m) {
        double chance = 1.0 - exp_(-s[CHANCE + i]);
        s[CHANCE + i] = s[CASH + i] >= by_level(s[LEVEL + i], p->climb_cost) ? chance : 0.0;
    }
}

static void climb_and_slide(const double *restrict s, const State *f, int64_t first, int64_t m, double slide,
                            const Numbers *p) {
    EACH(i, m) {
        bool up = s[U_CLIMB + i] < s[CHANCE + i];
        if (!up && s[U_SLIDE + i] >= slide) continue;
        int64_t g = first + i, level = f->level[g];
        if (up) {
            f->cash[g] -= (int64_t)p->climb_cost[level];
            f->level[g] = (int8_t)(level + 1);
            if (level + 1 == QUALITY) f->productivity[g] = (float)(f->productivity[g] * (1.0 + p->quality_gain));
            double intensity = f->rd_intensity[g] * p->rd_level[level + 1] / p->rd_level[level];
            f->rd_intensity[g] = (float)smaller(intensity, p->rd_most);
            f->tally[CLIMBS + level] += 1;
        } else if (level > 0) {
            f->level[g] = (int8_t)(level - 1);
            if (level == QUALITY) f->productivity[g] = (float)(f->productivity[g] / (1.0 + p->quality_gain));
            f->rd_intensity[g] = (float)(f->rd_intensity[g] * p->rd_level[level - 1] / p->rd_level[level]);
            f->tally[SLIDES] += 1;
        }
    }
}

static void adopt(double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    int8_t *want = f->want + first, *platform = f->platform + first;
    int64_t adopted = 0;
    EACH(i, m) {
        double u = s[U_ADOPT + i], wanted = want[i];
        bool adopts = (platform[i] == 0) & (want[i] == 1) & (u < p->adopt);
        bool wakes = (platform[i] == 0) & (want[i] == 0) & (u < p->want_rise);
        s[PLATFORM + i] = adopts ? 1.0 : s[PLATFORM + i];
        wanted = wakes ? 1.0 : wanted;
        s[WANT + i] = adopts ? 0.0 : wanted;
        adopted += adopts;
    }
    f->tally[ADOPTIONS] += adopted;
    EACH(i, m) platform[i] = (int8_t)s[PLATFORM + i];
    EACH(i, m) want[i] = (int8_t)s[WANT + i];
}

static void keep_books(const double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    const float *productivity = f->productivity + first, *intensity = f->rd_intensity + first;
    int64_t *cash = f->cash + first;
    EACH(i, m) {
        double normal = productivity[i] * s[STAFF + i] / YEAR;
        double gained = normal * (1.0 + p->platform_gain);
        double output = s[PLATFORM + i] == 1.0 ? gained : normal;
        int64_t profit = round_money(output) - round_money(p->labour_share * normal);
        profit -= round_money(p->overhead_share * normal);
        profit -= round_money(p->transaction_share * normal);
        profit -= round_money(intensity[i] * normal);
        int64_t dividend = round_money(p->payout * (double)profit);
        cash[i] += profit - (dividend & -(int64_t)(profit > 0));
    }
}

static void want_talent(double *restrict s, const State *f, int64_t first, int64_t m, const Numbers *p) {
    const int8_t *level = f->level + first;
    float *wanted = f->wanted + first;
    EACH(i, m) {
        s[OUTPUT + i] = p->wanted_power * log_(s[STAFF + i]);
        s[LEVEL + i] = level[i];
    }
    EACH(i, m) {
        double target = by_level(s[LEVEL + i], p->tau) * exp_(s[OUTPUT + i]);
        s[WANTED + i] += p->mu * (target - s[WANTED + i]);
    }
    EACH(i, m) wanted[i] = (float)s[WANTED + i];
}

static void remember(const double *restrict s, const State *f, int64_t first, int64_t m) {
    float *z = f->z + first, *p = f->p + first;
    int8_t *sufficient = f->sufficient + first, *hard = f->hard + first, *star = f->hard_star + first;
    EACH(i, m) z[i] = (float)s[Z + i];
    EACH(i, m) p[i] = (float)s[P + i];
    EACH(i, m) sufficient[i] = (int8_t)s[SUFFICIENT + i];
    EACH(i, m) hard[i] = (int8_t)s[HARD + i];
    EACH(i, m) star[i] = (int8_t)s[STAR + i];
}

static void firms_quarter(const State *f, int64_t t, const Sizes *n, const Numbers *p) {
    double *s = NEW(double, ROWS), slide = quarterly(p->slide);
    BLOCKS(first, m, n->firms) {
        draw_firms(s, f, first, m, t);
        answer_capacity(s, f, first, m, p);
        answer_support(s, f, first, m, t, p);
        judge(s, f, first, m, p);
        hazards(s, f, first, m, p);
        climb_and_slide(s, f, first, m, slide, p);
        adopt(s, f, first, m, p);
        keep_books(s, f, first, m, p);
        want_talent(s, f, first, m, p);
        remember(s, f, first, m);
    }
    free(s);
}

/* --- draws of listed agents --- */

typedef struct { uint32_t w0[BLOCK], w1[BLOCK], w2[BLOCK], w3[BLOCK], id0[BLOCK], id1[BLOCK], number[BLOCK]; } Listed;

static void draw_listed(Listed *restrict w, int64_t m, uint32_t counter, const uint32_t *key) {
    uint32_t k0 = key[0], k1 = key[1];
    EACH(i, m) {
        Words x = philox(w->id0[i], w->id1[i], counter, w->number[i], k0, k1);
        w->w0[i] = x.w0;
        w->w1[i] = x.w1;
        w->w2[i] = x.w2;
        w->w3[i] = x.w3;
    }
}

static void list_people(Listed *restrict w, const State *f, const int64_t *who, int64_t m, uint32_t number) {
    EACH(i, m) {
        w->id0[i] = f->person_id0[who[i]];
        w->id1[i] = f->person_id1[who[i]];
        w->number[i] = number;
    }
}

/* --- queues: agents in order of (group, class, luck) --- */

typedef struct { int64_t *places, *items, *first; } Queue;

static Queue queue(const int64_t *group, const int64_t *place, int64_t n, int64_t groups, int64_t arcs) {
    int bits = 0;
    while ((groups * arcs) << bits <= SPACE * n) bits++; /* groups differ in size: room for the largest */
    int shift = POSITION_BITS - bits;
    int64_t width = arcs << bits, *start = calloc((size_t)(groups * width + 1), sizeof *start);
    EACH(i, n) start[group[i] * width + (place[i] >> shift) + 1] += 1;
    EACH(b, groups * width) start[b + 1] += start[b];
    Queue q = {NEW(int64_t, n), NEW(int64_t, n), NEW(int64_t, groups)};
    EACH(g, groups + 1) q.first[g] = start[g * width];
    EACH(i, n) {
        int64_t at = start[group[i] * width + (place[i] >> shift)]++;
        q.places[at] = place[i];
        q.items[at] = i;
    }
    EACH(g, groups) for (int64_t a = q.first[g] + 1; a < q.first[g + 1]; a++) {
        int64_t here = q.places[a], item = q.items[a], b = a - 1;
        for (; b >= q.first[g] && q.places[b] > here; b--) q.places[b + 1] = q.places[b], q.items[b + 1] = q.items[b];
        q.places[b + 1] = here, q.items[b + 1] = item;
    }
    free(start);
    return q;
}

static void free_queue(Queue q) { free(q.places), free(q.items), free(q.first); }

/* --- governments --- */

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

INLINE int64_t purse(const State *f, const Tables *c, int64_t lever, int64_t r, int64_t t, const Sizes *n) {
    int64_t row = lever * n->regions + r;
    return c->budget[row] * (t / YEAR + 1) - f->spent[row];
}

INLINE int64_t gross(int64_t amount, const Numbers *p) { return round_money((double)amount / (1.0 - p->admin)); }

INLINE void pay(const State *f, int64_t lever, int64_t r, int64_t each, const Sizes *n, const Numbers *p) {
    f->received[lever * n->regions + r] += each * n->weight;
    f->spent[lever * n->regions + r] += gross(each * n->weight, p);
}

static void support_firms(const State *f, const Tables *c, int64_t lever, int64_t t, const Sizes *n, const Numbers *p) {
    int64_t *who = NEW(int64_t, n->firms), *region = NEW(int64_t, n->firms), *place = NEW(int64_t, n->firms), count = 0;
    EACH(i, n->firms)
        if ((lever == P01 && f->level[i] > 0) || (lever == P08 && f->want[i] == 1 && f->platform[i] == 0)) {
            who[count] = i;
            region[count++] = c->firm_region[i];
        }
    Listed w;
    BLOCKS(begin, m, count) {
        const int64_t *them = who + begin;
        EACH(i, m) w.id0[i] = f->firm_id0[them[i]], w.id1[i] = f->firm_id1[them[i]], w.number[i] = 0;
        draw_listed(&w, m, what(t, FIRM_TARGET + lever), f->key);
        EACH(i, m) {
            double need = lever == P01 ? (CLASSES - 1) * (1.0 - f->p[them[i]]) : 0.0;
            place[begin + i] = position((int64_t)need, w.w0[i], w.w1[i]);
        }
    }
    Queue q = queue(region, place, count, n->regions, lever == P01 ? CLASSES : 1);
    int64_t each = c->unit[lever], price = gross(each * n->weight, p);
    int64_t grant = round_money(p->rd_share * (double)each) / YEAR;
    int64_t gift = round_money((1.0 - p->payout) * (double)(each - grant * YEAR));
    int16_t until = (int16_t)(t + (int64_t)p->record_quarters);
    EACH(r, n->regions) {
        int64_t supported = least(most(purse(f, c, lever, r, t, n), 0) / price, q.first[r + 1] - q.first[r]);
        for (int64_t a = q.first[r]; a < q.first[r] + supported; a++) {
            int64_t i = who[q.items[a]];
            pay(f, lever, r, each, n, p);
            f->taken_until[i] = until;
            if (lever == P01) {
                f->rd_grant[i] += grant;
                f->cash[i] += gift;
                f->funds_until[i] = until;
                continue;
            }
            uint32_t w = philox(f->firm_id0[i], f->firm_id1[i], what(t, FIRM_GRANT), P08, f->key[0], f->key[1]).w0;
            if (uniform(w) < p->adopt_share) f->platform[i] = 1, f->want[i] = 0, f->tally[ADOPTIONS] += 1;
        }
    }
    free_queue(q), free(who), free(region), free(place);
}

static void govern(const State *f, const Tables *c, int64_t t, const Sizes *n, const Numbers *p) {
    if (t % YEAR != 0) return;
    EACH(i, n->firms) f->rd_grant[i] = 0;
    support_firms(f, c, P01, t, n, p);
    support_firms(f, c, P08, t, n, p);
}

/* --- people --- */

INLINE int64_t pick(const double *cumulative, int64_t n, double u) {
    int64_t k = 0;
    while (k < n - 1 && cumulative[k] <= u) k++;
    return k;
}

INLINE int64_t skill_class(double u, const Numbers *p) { return (u >= p->skill[0]) + (u >= p->skill[1]); }

INLINE Words draw_person(const State *f, int64_t j, int64_t t, int64_t purpose, uint32_t number) {
    return philox(f->person_id0[j], f->person_id1[j], what(t, purpose), number, f->key[0], f->key[1]);
}

INLINE void become(const State *f, int64_t j, int8_t status, int64_t t) {
    f->status[j] = status;
    f->employer[j] = NO_EMPLOYER;
    f->since[j] = (int16_t)t;
}

static void arrive(const State *f, const Tables *c, int64_t j, int64_t t, const Sizes *n, const Numbers *p) {
    Words w = draw_person(f, j, t, PERSON_QUARTER, 0);
    become(f, j, SEEKING, t);
    f->region[j] = (int8_t)pick(c->graduate_region, n->regions, uniform(w.w1));
    f->person_field[j] = (int8_t)pick(c->graduate_field, n->fields, uniform(w.w2));
    f->skill[j] = f->wage[j] = (int8_t)skill_class(uniform(w.w3), p);
    f->tally[ARRIVALS] += 1;
}

INLINE void change_status(const State *f, const Tables *c, int64_t j, int64_t t, double u, double back,
                          const double *quits, const Sizes *n, const Numbers *p) {
    int8_t status = f->status[j];
    if (status == EMPLOYED) {
        if (u < quits[f->wage[j]]) {
            f->talent[f->employer[j]] -= 1;
            become(f, j, SEEKING, t);
            f->tally[SEPARATIONS] += 1;
        }
    } else if (status == SEEKING) {
        double waited = smaller((double)(t - f->since[j] - 1), p->patience);
        double leave = p->leave_unmatched * c->pull[f->region[j]] * (1.0 + p->leave_growth * waited);
        if (u < leave) become(f, j, AWAY, t), f->tally[DEPARTURES] += 1;
        else if (u < leave + p->public_in) become(f, j, PUBLIC, t);
    } else if (status == PUBLIC) {
        if (u < back) become(f, j, SEEKING, t);
    } else if (status == AWAY && u < p->enter) {
        arrive(f, c, j, t, n, p);
    }
}

INLINE uint32_t limit_of(double chance) { return (uint32_t)smaller(chance * 0x1p32 + 1.0, 0x1p32 - 1.0); }

/* Return how many may search; list them in `unmatched`. */
static int64_t status_changes(const State *f, const Tables *c, int64_t t, const Sizes *n, const Numbers *p,
                              int64_t *restrict unmatched) {
    double part = quarterly(p->separation), back = quarterly(p->public_out);
    double quits[LEVELS + SKILLS], most_pull = 0.0, most_quits = 0.0;
    EACH(wage, LEVELS + SKILLS) {
        quits[wage] = part * exp_(-p->quit_wage * ((double)wage - p->wage_usual));
        most_quits = larger(most_quits, quits[wage]);
    }
    EACH(r, n->regions) most_pull = larger(most_pull, c->pull[r]);
    double leave = p->leave_unmatched * most_pull * (1.0 + p->leave_growth * p->patience) + p->public_in;
    uint32_t limit[STATUSES] = {[AWAY] = limit_of(p->enter), [EMPLOYED] = limit_of(most_quits),
                                [PUBLIC] = limit_of(back), [SEEKING] = limit_of(leave)};
    uint32_t words[BLOCK], k0 = f->key[0], k1 = f->key[1], counter = what(t, PERSON_QUARTER);
    int64_t few[BLOCK + 1], found = 0;
    BLOCKS(first, m, n->people) {
        int64_t count = 0;
        const uint32_t *id0 = f->person_id0 + first, *id1 = f->person_id1 + first;
        EACH(i, m) words[i] = philox(id0[i], id1[i], counter, 0, k0, k1).w0;
        const int8_t *status = f->status + first;
        EACH(i, m) {
            few[count] = i;
            count += words[i] < limit[status[i]];
            unmatched[found] = first + i;
            found += (status[i] == SEEKING) | (status[i] == POOLED);
        }
        EACH(a, count) {
            int64_t j = first + few[a];
            int8_t before = f->status[j];
            change_status(f, c, j, t, uniform(words[few[a]]), back, quits, n, p);
            if (f->status[j] == SEEKING && before != SEEKING) unmatched[found++] = j;
        }
    }
    return found;
}

/* --- search --- */

typedef struct { int64_t *firm, *ring, *places, *first, n; bool *is_open; } Posts;

/* Put posts into the order of their queue, all open. */
static Posts in_order(int64_t *firm, int64_t *ring, int64_t *place, int64_t n, int64_t rings) {
    Queue q = queue(ring, place, n, rings, ARCS);
    Posts posts = {NEW(int64_t, n), NEW(int64_t, n), q.places, q.first, n, NEW(bool, n)};
    EACH(b, n) posts.firm[b] = firm[q.items[b]], posts.ring[b] = ring[q.items[b]], posts.is_open[b] = true;
    free(q.items), free(firm), free(ring), free(place);
    return posts;
}

static void free_posts(Posts x) { free(x.firm), free(x.ring), free(x.places), free(x.first), free(x.is_open); }

INLINE int64_t open_posts_of(const State *f, int64_t i) { return (int64_t)floor(f->wanted[i] + 0.5) - f->talent[i]; }

static Posts open_posts(const State *f, const Tables *c, int64_t t, const Sizes *n, const Numbers *p) {
    int64_t *hiring = NEW(int64_t, n->firms), hirers = 0, total = 0, k = 0;
    EACH(i, n->firms) {
        int64_t posts = open_posts_of(f, i);
        hiring[hirers] = i;
        hirers += posts > 0;
        total += most(posts, 0);
    }
    int64_t *firm = NEW(int64_t, total), *unit = NEW(int64_t, total);
    int64_t *ring = NEW(int64_t, total), *place = NEW(int64_t, total);
    EACH(a, hirers) {
        int64_t i = hiring[a], posts = open_posts_of(f, i);
        EACH(post, posts) {
            firm[k] = i, unit[k] = post;
            ring[k++] = c->firm_region[i] * n->fields + f->firm_field[i];
        }
    }
    Listed w;
    BLOCKS(begin, m, total) {
        const int64_t *them = firm + begin;
        EACH(i, m) {
            w.id0[i] = f->firm_id0[them[i]], w.id1[i] = f->firm_id1[them[i]];
            w.number[i] = (uint32_t)unit[begin + i];
        }
        draw_listed(&w, m, what(t, FIRM_VACANCY), f->key);
        EACH(i, m) place[begin + i] = position(skill_class(uniform(w.w2[i]), p), w.w0[i], w.w1[i]);
    }
    free(unit), free(hiring);
    return in_order(firm, ring, place, total, n->regions * n->fields);
}

static void hire(const State *f, const Tables *c, int64_t j, int64_t i, int64_t t, int64_t number) {
    f->region[j] = c->firm_region[i];
    f->status[j] = EMPLOYED;
    f->employer[j] = (int32_t)i;
    f->since[j] = (int16_t)t;
    f->wage[j] = (int8_t)(f->skill[j] + f->level[i]);
    f->talent[i] += 1;
    f->staff[i] = f->staff[i] > f->talent[i] ? f->staff[i] : f->talent[i];
    f->tally[HIRES + number] += 1;
}

typedef struct { int64_t *who, *ring, *place, n; bool *willing; } Seekers;

static Seekers seekers_of(int64_t n) {
    return (Seekers){NEW(int64_t, n), NEW(int64_t, n), NEW(int64_t, n), 0, NEW(bool, n)};
}

static void free_seekers(Seekers x) { free(x.who), free(x.ring), free(x.place), free(x.willing); }

static void meet(const State *f, const Tables *c, int64_t t, int64_t number, const Seekers *seekers, int64_t rings,
                 const Posts *posts) {
    Queue q = queue(seekers->ring, seekers->place, seekers->n, rings, ARCS);
    int64_t *stack = NEW(int64_t, seekers->n), *spare = NEW(int64_t, posts->n);
    EACH(g, rings) {
        int64_t a = q.first[g], stop = q.first[g + 1], waiting = 0, left = 0;
        if (a == stop) continue;
        for (int64_t b = posts->first[g]; b < posts->first[g + 1]; b++) {
            if (!posts->is_open[b]) continue;
            while (a < stop && q.places[a] <= posts->places[b]) stack[waiting++] = q.items[a++];
            if (waiting > 0) {
                int64_t seeker = stack[--waiting];
                if (seekers->willing[seeker]) {
                    posts->is_open[b] = false;
                    hire(f, c, seekers->who[seeker], posts->firm[b], t, number);
                }
            } else {
                spare[left++] = b;
            }
        }
        while (a < stop) stack[waiting++] = q.items[a++];
        EACH(k, least(waiting, left)) {
            int64_t seeker = stack[waiting - 1 - k], b = spare[k];
            if (seekers->willing[seeker]) {
                posts->is_open[b] = false;
                hire(f, c, seekers->who[seeker], posts->firm[b], t, number);
            }
        }
    }
    free_queue(q), free(stack), free(spare);
}

/* Write those of some people who have a status into `chosen`; return how many. */
static int64_t select_people(const State *f, const int64_t *people, int64_t n, int8_t status, int64_t *restrict chosen) {
    int64_t count = 0;
    EACH(a, n) {
        chosen[count] = people[a];
        count += f->status[people[a]] == status;
    }
    return count;
}

static void search(const State *f, const Tables *c, int64_t t, const int64_t *unmatched, int64_t count,
                   const Posts *posts, const Sizes *n, const Numbers *p) {
    Seekers x = seekers_of(count);
    int64_t *chosen = NEW(int64_t, count);
    Listed w;
    for (uint32_t number = 0; number < 2; number++) {
        int64_t seeking = select_people(f, unmatched, count, SEEKING, chosen);
        x.n = 0;
        BLOCKS(begin, m, seeking) {
            list_people(&w, f, chosen + begin, m, 1 + number);
            draw_listed(&w, m, what(t, PERSON_QUARTER), f->key);
            EACH(i, m) {
                int64_t j = chosen[begin + i], r = f->region[j];
                if (number == 1) {
                    double u = uniform(w.w3[i]);
                    if (u >= p->mobile) continue;
                    r = pick(c->move + r * n->regions, n->regions, u / p->mobile);
                }
                x.who[x.n] = j;
                x.ring[x.n] = r * n->fields + f->person_field[j];
                x.place[x.n] = position(f->skill[j], w.w0[i], w.w1[i]);
                x.willing[x.n++] = uniform(w.w2[i]) < p->accept;
            }
        }
        meet(f, c, t, number, &x, n->regions * n->fields, posts);
    }
    free_seekers(x), free(chosen);
}

static void place_pooled(const State *f, const Tables *c, int64_t t, const int64_t *unmatched, int64_t count,
                         const Posts *posts, const Sizes *n, const Numbers *p) {
    Seekers x = seekers_of(count);
    int64_t *chosen = NEW(int64_t, count), pooled = select_people(f, unmatched, count, POOLED, chosen);
    Listed w;
    BLOCKS(begin, m, pooled) {
        list_people(&w, f, chosen + begin, m, 0);
        draw_listed(&w, m, what(t, PERSON_POOL), f->key);
        EACH(i, m) {
            int64_t j = chosen[begin + i];
            if (uniform(w.w3[i]) < p->lock) continue;
            x.who[x.n] = j;
            x.ring[x.n] = f->person_field[j];
            x.place[x.n] = position(f->skill[j], w.w0[i], w.w1[i]);
            x.willing[x.n++] = uniform(w.w2[i]) < p->accept;
        }
    }
    int64_t *firm = NEW(int64_t, posts->n), *field = NEW(int64_t, posts->n), *at = NEW(int64_t, posts->n), left = 0;
    EACH(b, posts->n) if (posts->is_open[b]) {
        firm[left] = posts->firm[b], field[left] = posts->ring[b] % n->fields;
        at[left++] = posts->places[b];
    }
    Posts remaining = in_order(firm, field, at, left, n->fields);
    meet(f, c, t, 2, &x, n->fields, &remaining);
    free_posts(remaining), free_seekers(x), free(chosen);
}

static void hold(const State *f, const Tables *c, int64_t t, const int64_t *unmatched, int64_t count, const Sizes *n,
                 const Numbers *p) {
    int64_t *waiting = NEW(int64_t, count), *region = NEW(int64_t, count), *place = NEW(int64_t, count), found = 0;
    EACH(a, count) {
        int64_t j = unmatched[a];
        waiting[found] = j;
        found += (f->status[j] == POOLED) | ((f->status[j] == SEEKING) & (f->since[j] < t));
    }
    Listed w;
    BLOCKS(begin, m, found) {
        list_people(&w, f, waiting + begin, m, 1);
        draw_listed(&w, m, what(t, PERSON_POOL), f->key);
        EACH(i, m) {
            int64_t j = waiting[begin + i];
            region[begin + i] = f->region[j];
            place[begin + i] = position(f->status[j] == POOLED ? 0 : 1, w.w0[i], w.w1[i]);
        }
    }
    Queue q = queue(region, place, found, n->regions, ARCS);
    int64_t price = gross(c->unit[P04] * n->weight, p), *share = NEW(int64_t, n->regions), asked = 0;
    EACH(r, n->regions) asked += share[r] = most(purse(f, c, P04, r, t, n), 0) / (YEAR - t % YEAR) / price;
    EACH(r, n->regions) {
        int64_t places = asked > n->capacity ? share[r] * n->capacity / asked : share[r];
        for (int64_t a = q.first[r]; a < q.first[r + 1]; a++) {
            int64_t j = waiting[q.items[a]];
            if (a < q.first[r] + places) {
                if (f->status[j] != POOLED) become(f, j, POOLED, t);
                pay(f, P04, r, c->unit[P04], n, p);
            } else if (f->status[j] == POOLED) {
                become(f, j, SEEKING, t);
            }
        }
    }
    free_queue(q), free(waiting), free(region), free(place), free(share);
}

void run(const State *f, const Tables *c, const Sizes *n, const Numbers *p, int64_t quarters) {
    int64_t *unmatched = NEW(int64_t, n->people);
    EACH(quarter, quarters) {
        int64_t t = f->clock[0];
        govern(f, c, t, n, p);
        int64_t count = status_changes(f, c, t, n, p, unmatched);
        Posts posts = open_posts(f, c, t, n, p);
        search(f, c, t, unmatched, count, &posts, n, p);
        place_pooled(f, c, t, unmatched, count, &posts, n, p);
        hold(f, c, t, unmatched, count, n, p);
        firms_quarter(f, t, n, p);
        f->clock[0] = t + 1;
        free_posts(posts);
    }
    free(unmatched);
}

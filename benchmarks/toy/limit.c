/* The toy world in C with AVX2 intrinsics: the practical limit of one core.
 *
 * The numbers of the world are macros, set by limit.py. Rounds 1 and 2 of the Philox block of
 * a hazard decision depend on the pair alone or on the tick alone, so they are computed once a
 * batch or once a tick; CHAINS vectors of four pairs are in flight at once.
 */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define M0 0xD2511F53u
#define M1 0xCD9E8D57u
#define W0 0x9E3779B9u
#define W1 0xBB67AE85u
#ifdef __AVX512VL__ /* the same instructions, but 32 registers for them */
#define CHAINS 4
#else
#define CHAINS 2
#endif
#define BOUND_EVERY 8

typedef struct {
    uint16_t tick, province;
    uint8_t attacker, target;
    uint16_t killed_target, wounded_target, killed_attacker, wounded_attacker, depth;
    double hazard;
} event;

typedef struct {
    int64_t provinces, groups, ticks, strength, seed, pairs;
    const int64_t *agent, *rival;
    const double *background;
    const int64_t *first_neighbour, *neighbour;
    const double *killed_target, *wounded_target, *killed_attacker, *wounded_attacker;
} tables;

typedef struct {
    int32_t pair, kv, wv, ka, wa, depth;
    double hazard;
} attack;

typedef struct {
    int64_t *bound, *low_1, *high_2, *low_2; /* per pair; the last three are rounds 1 and 2 */
    double *grievance, *obeys, *pending;
    int32_t *strength, *depth_in, *pending_depth, *touched, *below;
    int32_t *deaths, *withdrawn, *settled, *place, *target, *arrival;
    double *compliance, *recent, *new, *presence;
    attack *attacks;
} state;

static inline void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)M0 * c[0], p1 = (uint64_t)M1 * c[2];
        uint32_t c1 = c[1], c3 = c[3];
        c[0] = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c[1] = (uint32_t)p1;
        c[2] = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c[3] = (uint32_t)p0;
        k0 += W0;
        k1 += W1;
    }
}

static inline double unit_interval(uint32_t high, uint32_t low) {
    return ((double)(high >> 5) * 67108864.0 + (double)(low >> 6)) * 0x1p-53;
}

static inline void uniforms(const tables *t, uint32_t replicate, uint32_t tick, uint32_t agent,
                            uint32_t rival, uint32_t purpose, double *first, double *second) {
    uint32_t c[4] = {tick, agent, rival, purpose};
    philox(c, (uint32_t)t->seed, replicate);
    *first = unit_interval(c[0], c[1]);
    *second = unit_interval(c[2], c[3]);
}

static inline void renew_bound(const tables *t, state *s, int64_t k) {
    s->bound[k] = (int64_t)((t->background[k] + EXCITATION * s->grievance[k]) * s->obeys[k] *
                            4294967296.0) + 1;
}

static void reset(const tables *t, state *s, uint32_t replicate) {
    int64_t units = t->provinces * t->groups;
    for (int64_t u = 0; u < units; u++) {
        double first, second;
        uniforms(t, replicate, 0, (uint32_t)u, 0, INITIAL, &first, &second);
        s->compliance[u] = COMPLIANCE_LEAST + COMPLIANCE_RANGE * first;
        s->strength[u] = (int32_t)t->strength;
    }
    for (int64_t k = 0; k < t->pairs; k++) {
        s->grievance[k] = 0.0;
        s->obeys[k] = 1.0;
        s->depth_in[k] = 0;
        s->pending[k] = 0.0;
        s->pending_depth[k] = -1;
    }
    for (int64_t i = 0; i < t->groups; i++) s->deaths[i] = s->withdrawn[i] = 0;
    for (int64_t p = 0; p < t->provinces; p++) {
        s->recent[p] = s->new[p] = 0.0;
        s->settled[p] = 1;
        s->place[p] = (int32_t)p;
        s->arrival[p] = -1;
    }
}

static void settle(const tables *t, state *s, int32_t tick) {
    for (int64_t p = 0; p < t->provinces; p++)
        if (s->arrival[p] == tick) {
            s->place[p] = s->target[p];
            s->arrival[p] = -1;
            s->settled[s->place[p]]++;
        }
    for (int64_t p = 0; p < t->provinces; p++) {
        double n = (double)s->settled[p] / SECURITY_FULL;
        s->presence[p] = n < 1.0 ? n : 1.0;
    }
}

static inline __m256i spread(uint32_t word) { return _mm256_set1_epi64x((int64_t)word); }

/* Pairs whose draw is below their bound, in order. High halves of lanes hold rubbish, which
 * the 32-bit multiplication ignores. */
static int64_t screen(const tables *t, state *s, uint32_t tick, uint32_t replicate) {
    const __m256i m0 = spread(M0), m1 = spread(M1), low = spread(0xFFFFFFFFu);
    uint32_t k0 = (uint32_t)t->seed, k1 = replicate;
    uint64_t p0 = (uint64_t)M0 * tick;
    uint64_t p1 = (uint64_t)M1 * ((uint32_t)(p0 >> 32) ^ k1);
    const __m256i c0_2 = spread((uint32_t)(p1 >> 32) ^ (k0 + W0));
    const __m256i c2_2 = spread((uint32_t)p0 ^ (k1 + W1));
    const __m256i c0_3 = spread((uint32_t)p1 ^ (k0 + 2 * W0));
    const __m256i c2_3 = spread(k1 + 2 * W1);
    __m256i key_0[7], key_1[7];
    for (int round = 0; round < 7; round++) {
        key_0[round] = spread(k0 + (uint32_t)(round + 3) * W0);
        key_1[round] = spread(k1 + (uint32_t)(round + 3) * W1);
    }
    int64_t found = 0;
    for (int64_t k = 0; k < t->pairs; k += 4 * CHAINS) {
        __m256i c0[CHAINS], c1[CHAINS], c2[CHAINS], c3[CHAINS];
        for (int n = 0; n < CHAINS; n++) {
            const __m256i low_1 = _mm256_loadu_si256((const void *)(s->low_1 + k + 4 * n));
            const __m256i high_2 = _mm256_loadu_si256((const void *)(s->high_2 + k + 4 * n));
            const __m256i low_2 = _mm256_loadu_si256((const void *)(s->low_2 + k + 4 * n));
            const __m256i q0 = _mm256_mul_epu32(m0, _mm256_xor_si256(c0_2, low_1));
            const __m256i q1 = _mm256_mul_epu32(m1, _mm256_xor_si256(c2_2, high_2));
            c0[n] = _mm256_xor_si256(_mm256_srli_epi64(q1, 32), c0_3);
            c1[n] = q1;
            c2[n] = _mm256_xor_si256(_mm256_srli_epi64(q0, 32), _mm256_xor_si256(c2_3, low_2));
            c3[n] = q0;
        }
        for (int round = 0; round < 6; round++)
            for (int n = 0; n < CHAINS; n++) {
                const __m256i q0 = _mm256_mul_epu32(m0, c0[n]), q1 = _mm256_mul_epu32(m1, c2[n]);
                c0[n] = _mm256_xor_si256(_mm256_srli_epi64(q1, 32),
                                         _mm256_xor_si256(c1[n], key_0[round]));
                c1[n] = q1;
                c2[n] = _mm256_xor_si256(_mm256_srli_epi64(q0, 32),
                                         _mm256_xor_si256(c3[n], key_1[round]));
                c3[n] = q0;
            }
        unsigned mask = 0;
        for (int n = 0; n < CHAINS; n++) {
            const __m256i q1 = _mm256_mul_epu32(m1, c2[n]);
            const __m256i w0 = _mm256_xor_si256(_mm256_srli_epi64(q1, 32),
                                                _mm256_xor_si256(c1[n], key_0[6]));
            const __m256i bound = _mm256_loadu_si256((const void *)(s->bound + k + 4 * n));
            const __m256i hit = _mm256_cmpgt_epi64(bound, _mm256_and_si256(w0, low));
            mask |= (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(hit)) << (4 * n);
        }
        for (; mask; mask &= mask - 1) s->below[found++] = (int32_t)(k + __builtin_ctz(mask));
    }
    return found;
}

static inline int32_t inverted(const double *table, double uniform) {
    int32_t k = 0;
    while (k < POISSON_CAP && uniform >= table[k]) k++;
    return k;
}

static inline void casualties(const tables *t, attack *a, uint32_t replicate, uint32_t tick,
                              uint32_t u, uint32_t j) {
    double first, second;
    int64_t m = 1;
    uniforms(t, replicate, tick, u, j, SEVERITY_DRAW, &first, &second);
    if (first < HEAVY) {
        double steps = 1 + floor(log(1.0 - second) / log(1.0 - SEVERITY));
        m = steps < SEVERITY_CAP ? (int64_t)steps : SEVERITY_CAP;
    }
    uniforms(t, replicate, tick, u, j, VICTIM, &first, &second);
    a->kv = inverted(t->killed_target + (m - 1) * POISSON_CAP, first);
    a->wv = inverted(t->wounded_target + (m - 1) * POISSON_CAP, second);
    uniforms(t, replicate, tick, u, j, ATTACKER, &first, &second);
    a->ka = inverted(t->killed_attacker, first);
    a->wa = inverted(t->wounded_attacker, second);
}

static inline int decide(const tables *t, state *s, attack *a, uint32_t replicate, uint32_t tick,
                         int32_t k) {
    int64_t P = t->provinces, u = t->agent[k], j = t->rival[k], i = u / P, p = u - i * P;
    if (s->strength[u] == 0 || s->strength[j * P + p] == 0) return 0;
    double excitation = EXCITATION * s->grievance[k], wish = t->background[k] + excitation;
    double hazard = wish * (1.0 - DETERRENCE * s->presence[p]) * s->obeys[k];
    double first, second;
    uniforms(t, replicate, tick, (uint32_t)u, (uint32_t)j, DECIDE, &first, &second);
    if (!(first < hazard && first < 1.0 - exp(-hazard))) return 0;
    a->pair = k;
    a->hazard = hazard;
    a->depth = second * wish < excitation ? s->depth_in[k] + 1 : 0;
    casualties(t, a, replicate, tick, (uint32_t)u, (uint32_t)j);
    return 1;
}

static inline int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int64_t suffer(state *s, int64_t touched, int64_t k, double harm, int32_t depth) {
    if (s->pending_depth[k] < 0) s->touched[touched++] = (int32_t)k;
    s->pending[k] += harm;
    if (depth > s->pending_depth[k]) s->pending_depth[k] = depth;
    return touched;
}

static inline int64_t apply(const tables *t, state *s, const attack *a, int64_t touched,
                            int32_t tick, event *row) {
    int64_t P = t->provinces, rivals = t->groups - 1;
    int64_t u = t->agent[a->pair], j = t->rival[a->pair], i = u / P, p = u - i * P;
    int64_t v = j * P + p, back = i - (i > j);
    int32_t killed = smaller(a->kv, s->strength[v]);
    s->strength[v] -= killed;
    int32_t lost = smaller(a->ka, s->strength[u]);
    s->strength[u] -= lost;
    s->deaths[j] += killed;
    s->deaths[i] += lost;
    double harm = killed + WOUND_WEIGHT * a->wv;
    touched = suffer(s, touched, v * rivals + back, harm, a->depth);
    for (int64_t at = t->first_neighbour[p]; at < t->first_neighbour[p + 1]; at++) {
        int64_t kin = j * P + t->neighbour[at];
        if (s->strength[kin] > 0)
            touched = suffer(s, touched, kin * rivals + back, SPILLOVER * harm, a->depth);
    }
    s->new[p] += (killed + lost) + WOUND_WEIGHT * (a->wv + a->wa);
    *row = (event){(uint16_t)tick, (uint16_t)p, (uint8_t)i, (uint8_t)j, (uint16_t)killed,
                   (uint16_t)a->wv, (uint16_t)lost, (uint16_t)a->wa, (uint16_t)a->depth,
                   a->hazard};
    return touched;
}

static void remember(const tables *t, state *s, int64_t touched) {
    double *restrict grievance = s->grievance;
    for (int64_t k = 0; k < t->pairs; k++) grievance[k] *= KEEP;
    for (int64_t n = 0; n < touched; n++) {
        int64_t k = s->touched[n];
        grievance[k] += s->pending[k];
        s->depth_in[k] = s->pending_depth[k];
        s->pending[k] = 0.0;
        s->pending_depth[k] = -1;
        renew_bound(t, s, k);
    }
}

static void withdraw(const tables *t, state *s) {
    int64_t P = t->provinces, rivals = t->groups - 1;
    for (int64_t i = 0; i < t->groups; i++)
        if (s->deaths[i] > WITHDRAW_AT && !s->withdrawn[i]) {
            s->withdrawn[i] = 1;
            for (int64_t k = i * P * rivals; k < (i + 1) * P * rivals; k++)
                s->obeys[k] = 1.0 - s->compliance[t->agent[k]];
        }
}

static void deploy(const tables *t, state *s, uint32_t replicate, int32_t tick) {
    int64_t P = t->provinces;
    for (int64_t p = 0; p < P; p++) {
        s->recent[p] = s->recent[p] * KEEP_RECENT + s->new[p];
        s->new[p] = 0.0;
    }
    for (int64_t unit = (REVIEW - tick % REVIEW) % REVIEW; unit < P; unit += REVIEW) {
        if (s->arrival[unit] >= 0) continue;
        int32_t here = s->place[unit], best = here;
        double bar = s->recent[here] + MARGIN, first, second;
        for (int64_t at = t->first_neighbour[here]; at < t->first_neighbour[here + 1]; at++)
            if (s->recent[t->neighbour[at]] > bar) {
                best = (int32_t)t->neighbour[at];
                bar = s->recent[best];
            }
        if (best == here) continue;
        uniforms(t, replicate, (uint32_t)tick, (uint32_t)(P * t->groups + unit), 0, MOVE, &first,
                 &second);
        if (first < MOVE_CHANCE) {
            s->target[unit] = best;
            s->arrival[unit] = tick + TRANSIT;
            s->settled[here]--;
        }
    }
}

static int64_t run(const tables *t, state *s, uint32_t replicate, event *log, int64_t row,
                   int64_t capacity) {
    reset(t, s, replicate);
    for (int32_t tick = 0; tick < t->ticks; tick++) {
        settle(t, s, tick);
        if (tick % BOUND_EVERY == 0)
            for (int64_t k = 0; k < t->pairs; k++) renew_bound(t, s, k);
        int64_t below = screen(t, s, (uint32_t)tick, replicate), hits = 0, touched = 0;
        for (int64_t n = 0; n < below; n++)
            hits += decide(t, s, s->attacks + hits, replicate, (uint32_t)tick, s->below[n]);
        if (row + hits > capacity) return -1;
        for (int64_t n = 0; n < hits; n++)
            touched = apply(t, s, s->attacks + n, touched, tick, log + row++);
        remember(t, s, touched);
        if (hits) withdraw(t, s);
        deploy(t, s, replicate, tick);
    }
    return row;
}

static void *zeros(int64_t count, size_t size) {
    void *found = aligned_alloc(64, ((size_t)count * size + 63) / 64 * 64);
    if (!found) abort();
    return memset(found, 0, ((size_t)count * size + 63) / 64 * 64);
}

static void first_rounds(const tables *t, state *s) {
    for (int64_t k = 0; k < t->pairs; k++) {
        uint64_t p1 = (uint64_t)M1 * (uint32_t)t->rival[k];
        uint64_t p0 = (uint64_t)M0 *
            ((uint32_t)(p1 >> 32) ^ (uint32_t)t->agent[k] ^ (uint32_t)t->seed);
        s->low_1[k] = (uint32_t)p1;
        s->high_2[k] = (int64_t)(p0 >> 32);
        s->low_2[k] = (uint32_t)p0;
    }
}

/* Replicates from `first` on into one log; how many fitted. `ends` gets the row after each. */
int64_t run_many(const tables *t, int64_t first, int64_t count, int64_t *ends, event *log,
                 int64_t capacity) {
    int64_t K = t->pairs, P = t->provinces, G = t->groups, done = 0, row = 0;
    state s = {
        zeros(K, 8), zeros(K, 8), zeros(K, 8), zeros(K, 8),
        zeros(K, 8), zeros(K, 8), zeros(K, 8),
        zeros(P * G, 4), zeros(K, 4), zeros(K, 4), zeros(K, 4), zeros(K, 4),
        zeros(G, 4), zeros(G, 4), zeros(P, 4), zeros(P, 4), zeros(P, 4), zeros(P, 4),
        zeros(P * G, 8), zeros(P, 8), zeros(P, 8), zeros(P, 8),
        zeros(K, sizeof(attack)),
    };
    first_rounds(t, &s);
    for (; done < count; done++) {
        row = run(t, &s, (uint32_t)(first + done), log, row, capacity);
        if (row < 0) break;
        ends[done] = row;
    }
    void *all[] = {s.bound, s.low_1, s.high_2, s.low_2, s.grievance, s.obeys, s.pending,
                   s.strength, s.depth_in, s.pending_depth, s.touched, s.below, s.deaths,
                   s.withdrawn, s.settled, s.place, s.target, s.arrival, s.compliance, s.recent,
                   s.new, s.presence, s.attacks};
    for (size_t n = 0; n < sizeof all / sizeof *all; n++) free(all[n]);
    return done;
}

// Ranks advance in the order of their clocks, each by a step of all that it has in work, so that
// ranges go to whoever really asks first.
#include "hcsp/fleet/model.h"

#include <math.h>
#include <stdlib.h>

#include "hcsp/fleet/internal.h"

typedef struct Rank {
  double clock, ready;  // s; ready: when the range that was asked for is there
  int next, end;        // range in hand
  int n;                // in work
  double *left;         // [room] steps
  bool over;
} Rank;

typedef struct Model {
  const FleetWork *work;
  const FleetCosts *costs;
  int ranks, room, chunk, next;  // next: first item that nobody has
  Rank *rank;
} Model;

// the next item of a rank, -1: none; may let it wait for its range
static int take(Model *m, Rank *r) {
  if (r->next == r->end && !r->over) {
    r->over = m->next >= m->work->items;
    if (!r->over) {
      // asked for when the one before began, unless one item is in work at a time
      r->clock = fmax(r->clock, m->room > 1 ? r->ready : r->clock + m->costs->take);
      r->ready = r->clock + m->costs->take;
      r->next = m->next;
      r->end = m->next = (int)fmin(m->next + m->chunk, m->work->items);
    }
  }
  return r->next < r->end ? r->next++ : -1;
}

static void fill(Model *m, Rank *r) {
  for (int i; r->n < m->room && (i = take(m, r)) >= 0;) {
    r->left[r->n++] = m->work->length[i];
  }
}

// as many steps as it takes until something is done, one at most where others might ask first
static void advance(Model *m, Rank *r) {
  double steps = (double)INFINITY;
  for (int i = 0; i < r->n; i++) {
    steps = fmin(steps, r->left[i]);
  }
  r->clock += steps * (m->work->step + m->work->work * r->n);
  int kept = 0;
  for (int i = 0; i < r->n; i++) {
    r->left[i] -= steps;
    if (r->left[i] > 0) {
      r->left[kept++] = r->left[i];
    }
  }
  r->n = kept;
  fill(m, r);
}

static Rank *earliest(Model *m) {
  Rank *best = NULL;
  for (int i = 0; i < m->ranks; i++) {
    Rank *r = &m->rank[i];
    best = r->n > 0 && (!best || r->clock < best->clock) ? r : best;
  }
  return best;
}

// when the last rank has done its share; *idle: mean time that the others wait for it
static double play(Model *m, double *idle) {
  double last = 0, sum = 0;
  for (int i = 0; i < m->ranks; i++) {
    m->rank[i].ready = m->ranks > 1 ? m->costs->take : 0;
    fill(m, &m->rank[i]);
  }
  for (Rank *r; (r = earliest(m));) {
    advance(m, r);
  }
  for (int i = 0; i < m->ranks; i++) {
    last = fmax(last, m->rank[i].clock);
    sum += m->rank[i].clock;
  }
  *idle = last - sum / m->ranks;
  return last;
}

static double run(double *idle, const FleetWork *work, const FleetCosts *costs, int ranks) {
  Model m = {.work = work, .costs = costs, .ranks = ranks};
  fleet_share_sizes(&m.room, &m.chunk, work->items, work->room, ranks);
  m.chunk = ranks == 1 ? work->items : m.chunk;
  m.rank = sim_new((size_t)ranks, sizeof *m.rank);
  double *left = sim_new((size_t)ranks * (size_t)m.room + 1, sizeof *left);
  for (int i = 0; i < ranks; i++) {
    m.rank[i].left = left + (size_t)i * (size_t)m.room;
  }
  const double seconds = play(&m, idle);
  free(m.rank);
  free(left);
  return seconds;
}

// a gather of all ranks and its answer
static double together(const FleetCosts *costs, int ranks) {
  return ranks > 1 ? ranks * costs->gather + (1 + ceil(log2(ranks))) * costs->hop : 0;
}

FleetForecast fleet_forecast_step(int items, double step, double work, const FleetCosts *costs,
                                  int ranks) {
  const double block = ceil((double)items / ranks), even = (double)items / ranks;
  FleetForecast f = {.seconds = step + work * block + together(costs, ranks)};
  f.efficiency = (step + work * items) / (ranks * f.seconds);
  f.idle = 1 - (step + work * even) / f.seconds;
  return f;
}

FleetForecast fleet_forecast(const FleetWork *work, const FleetCosts *costs, int ranks) {
  double idle = 0;
  const FleetCosts none = {0};
  const double one = run(&idle, work, &none, 1);
  FleetForecast f = {.seconds = run(&idle, work, costs, ranks) + together(costs, ranks)};
  f.efficiency = one / (ranks * f.seconds);
  f.idle = idle / f.seconds;
  return f;
}

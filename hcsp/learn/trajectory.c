// Stored decisions of a row are linked in both directions, so that advantages run back along each
// row whatever else was stored in between. Sums of plain rewards are exact as long as rewards are
// small whole numbers, which points are.
#include "hcsp/learn/trajectory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// a row without a decision in force
static Transition closed(int row) {
  return (Transition){.row = row, .before = -1, .after = -1, .cut = -1};
}

Trajectory *trajectory_create(const TrajectoryShape *shape, SimError *err) {
  const size_t rows = (size_t)shape->rows, inputs = (size_t)shape->inputs,
               heads = (size_t)shape->heads, n = (size_t)shape->capacity;
  assert(shape->heads >= 1 && shape->heads <= TRAJECTORY_HEADS_MAX && shape->seconds > 0);
  Trajectory *d = calloc(1, sizeof *d);
  if (d) {
    *d = (Trajectory){.shape = *shape,
                      .done = calloc(n, sizeof *d->done),
                      .obs = calloc(n * inputs, sizeof *d->obs),
                      .action = calloc(n * heads, sizeof *d->action),
                      .legal = calloc(n * heads, sizeof *d->legal),
                      .cut_obs = calloc(n * inputs, sizeof *d->cut_obs),
                      .open = calloc(rows, sizeof *d->open),
                      .open_obs = calloc(rows * inputs, sizeof *d->open_obs),
                      .open_action = calloc(rows * heads, sizeof *d->open_action),
                      .open_legal = calloc(rows * heads, sizeof *d->open_legal)};
  }
  if (!d || !d->done || !d->obs || !d->action || !d->legal || !d->cut_obs || !d->open ||
      !d->open_obs || !d->open_action || !d->open_legal) {
    sim_error(err, SIM_FAIL, "no memory for %d decisions of %d teams", shape->capacity,
              shape->rows);
    trajectory_destroy(d);
    return NULL;
  }
  for (int row = 0; row < shape->rows; row++) {
    d->open[row] = closed(row);
  }
  return d;
}

void trajectory_destroy(Trajectory *d) {
  if (d) {
    free(d->done);
    free(d->obs);
    free(d->action);
    free(d->legal);
    free(d->cut_obs);
    free(d->open);
    free(d->open_obs);
    free(d->open_action);
    free(d->open_legal);
    free(d);
  }
}

// ---- as they happen

static double discount(const Trajectory *d, const Transition *open, double seconds) {
  return exp(-(seconds - open->taken) / d->shape.seconds);
}

static void store(Trajectory *d, int row, double seconds, TransitionEnd end) {
  Transition *open = &d->open[row];
  const size_t inputs = (size_t)d->shape.inputs, heads = (size_t)d->shape.heads, at = (size_t)d->n;
  assert(open->open && d->n < d->shape.capacity);
  open->pass = discount(d, open, seconds);
  open->end = end;
  open->after = -1;
  memcpy(d->obs + at * inputs, d->open_obs + (size_t)row * inputs, inputs * sizeof *d->obs);
  memcpy(d->action + at * heads, d->open_action + (size_t)row * heads, heads * sizeof *d->action);
  memcpy(d->legal + at * heads, d->open_legal + (size_t)row * heads, heads * sizeof *d->legal);
  if (open->before >= 0) {
    d->done[open->before].after = d->n;
  }
  d->stored += open->plain;
  d->done[d->n] = *open;
  d->done[d->n++].open = false;
  *open = closed(row);
}

void trajectory_act(Trajectory *d, int row, double seconds, const float *obs, const uint8_t *option,
                    const uint32_t *legal, float log_prob) {
  const size_t inputs = (size_t)d->shape.inputs;
  Transition *open = &d->open[row];
  int32_t before = -1;
  if (open->open) {
    store(d, row, seconds, TRANSITION_NEXT);
    before = d->n - 1;
  }
  *open = (Transition){.row = row,
                       .taken = seconds,
                       .before = before,
                       .after = -1,
                       .cut = -1,
                       .log_prob = log_prob,
                       .open = true};
  memcpy(d->open_obs + (size_t)row * inputs, obs, inputs * sizeof *obs);
  for (int head = 0; head < d->shape.heads; head++) {
    const int at = row * d->shape.heads + head;
    assert(option[head] < 32 && legal[head] >> option[head] & 1u);
    d->open_action[at] = (float)option[head];
    d->open_legal[at] = legal[head];
  }
}

void trajectory_reward(Trajectory *d, int row, double seconds, double reward) {
  Transition *open = &d->open[row];
  d->paid += reward;
  if (open->open) {
    open->plain += reward;
    open->reward += reward * discount(d, open, seconds);
  } else {
    d->unclaimed += reward;
  }
}

void trajectory_end(Trajectory *d, int row, double seconds, const float *cut_obs) {
  const size_t inputs = (size_t)d->shape.inputs;
  if (!d->open[row].open) {
    return;
  }
  store(d, row, seconds, cut_obs ? TRANSITION_TRUNCATED : TRANSITION_TERMINATED);
  if (cut_obs) {
    d->done[d->n - 1].cut = d->cuts;
    memcpy(d->cut_obs + (size_t)d->cuts++ * inputs, cut_obs, inputs * sizeof *cut_obs);
  }
}

double trajectory_pending(const Trajectory *d) {
  double sum = 0;
  for (int row = 0; row < d->shape.rows; row++) {
    sum += d->open[row].open ? d->open[row].plain : 0;
  }
  return sum;
}

// ---- learning

// what the rest of the rally is worth when the decision ends
static double value_after(const Transition *done, const float *stored, const float *open,
                          const float *cut) {
  switch (done->end) {
  case TRANSITION_NEXT:
    return (double)(done->after >= 0 ? stored[done->after] : open[done->row]);
  case TRANSITION_TRUNCATED:
    return (double)cut[done->cut];
  case TRANSITION_TERMINATED:
    break;
  }
  return 0;
}

SimStatus trajectory_gae(float *advantage, float *wanted, const Trajectory *d, double lambda,
                         TrajectoryValueFn *value, void *arg, SimError *err) {
  const size_t n = (size_t)d->n + (size_t)d->shape.rows + (size_t)d->cuts;
  float *stored = calloc(n, sizeof *stored), *open = stored + d->n, *cut = open + d->shape.rows;
  if (!stored) {
    return sim_error(err, SIM_FAIL, "no memory for the values of %zu decisions", n);
  }
  value(arg, stored, d->obs, d->n);
  value(arg, open, d->open_obs, d->shape.rows);
  value(arg, cut, d->cut_obs, d->cuts);
  // later decisions of a row were stored later
  for (int i = d->n - 1; i >= 0; i--) {
    const Transition *done = &d->done[i];
    const double now = (double)stored[i];
    const double delta = done->reward + done->pass * value_after(done, stored, open, cut) - now;
    const double rest = done->after >= 0 ? (double)advantage[done->after] : 0;
    advantage[i] = (float)(delta + done->pass * lambda * rest);
    wanted[i] = (float)((double)advantage[i] + now);
  }
  free(stored);
  return SIM_OK;
}

void trajectory_clear(Trajectory *d) {
  d->n = d->cuts = 0;
  for (int row = 0; row < d->shape.rows; row++) {
    d->open[row].before = -1;
  }
}

// ---- bytes

typedef struct Part {
  void *at;
  size_t size;
} Part;
enum { PARTS = 7 };

static void parts(Part out[PARTS], const Trajectory *d) {
  Trajectory *m = (Trajectory *)(uintptr_t)d;
  const size_t rows = (size_t)d->shape.rows, inputs = (size_t)d->shape.inputs,
               heads = (size_t)d->shape.heads;
  const Part all[PARTS] = {{m->open, rows * sizeof *m->open},
                           {m->open_obs, rows * inputs * sizeof *m->open_obs},
                           {m->open_action, rows * heads * sizeof *m->open_action},
                           {m->open_legal, rows * heads * sizeof *m->open_legal},
                           {&m->paid, sizeof m->paid},
                           {&m->stored, sizeof m->stored},
                           {&m->unclaimed, sizeof m->unclaimed}};
  memcpy(out, all, sizeof all);
}

size_t trajectory_size(const Trajectory *d) {
  Part all[PARTS];
  size_t size = 0;
  parts(all, d);
  for (int i = 0; i < PARTS; i++) {
    size += all[i].size;
  }
  return size;
}

void trajectory_save(void *out, const Trajectory *d) {
  assert(d->n == 0);
  Part all[PARTS];
  char *to = out;
  parts(all, d);
  for (int i = 0; i < PARTS; to += all[i++].size) {
    memcpy(to, all[i].at, all[i].size);
  }
}

SimStatus trajectory_load(Trajectory *d, const void *in, SimError *err) {
  Part all[PARTS];
  const char *from = in;
  parts(all, d);
  for (int i = 0; i < PARTS; from += all[i++].size) {
    memcpy(all[i].at, from, all[i].size);
  }
  d->n = d->cuts = 0;
  for (int row = 0; row < d->shape.rows; row++) {
    const Transition *open = &d->open[row];
    bool legal = isfinite(open->taken) && isfinite(open->reward) && isfinite(open->plain);
    for (int head = 0; open->open && head < d->shape.heads; head++) {
      const int at = row * d->shape.heads + head;
      const float option = d->open_action[at];
      legal = legal && option >= 0 && option < 32 && d->open_legal[at] >> (int)option & 1u;
    }
    if (!legal || open->before != -1 || open->row != row) {
      return sim_error(err, SIM_BAD_INPUT, "row %d of the open decisions: saw none that can be",
                       row);
    }
  }
  return SIM_OK;
}

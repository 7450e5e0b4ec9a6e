// Samples lie in the order of time, chained backwards, which is the way advantages are added up.
#include "hcsp/learn/strike_trajectory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

// ---- making and freeing

StrikeTrajectory *strike_trajectory_create(const StrikeTrajectoryShape *shape, SimError *err) {
  const size_t room = (size_t)shape->capacity, rows = (size_t)shape->rows;
  const size_t inputs = (size_t)shape->inputs, outputs = (size_t)shape->outputs;
  StrikeTrajectory *f = calloc(1, sizeof *f);
  if (f) {
    *f = (StrikeTrajectory){.shape = *shape,
                            .obs = calloc(room * inputs, sizeof *f->obs),
                            .action = calloc(room * outputs, sizeof *f->action),
                            .log_prob = calloc(room, sizeof *f->log_prob),
                            .reward = calloc(room, sizeof *f->reward),
                            .flight = calloc(room, sizeof *f->flight),
                            .before = calloc(room, sizeof *f->before),
                            .one = calloc(room, sizeof *f->one),
                            .cut_obs = calloc(room * inputs, sizeof *f->cut_obs),
                            .open = calloc(rows, sizeof *f->open),
                            .waiting = calloc(rows, sizeof *f->waiting),
                            .moved_flight = calloc(room, sizeof *f->moved_flight),
                            .moved_sample = calloc(room, sizeof *f->moved_sample)};
  }
  if (!f || !f->obs || !f->action || !f->log_prob || !f->reward || !f->flight || !f->before ||
      !f->one || !f->cut_obs || !f->open || !f->waiting || !f->moved_flight || !f->moved_sample) {
    sim_error(err, SIM_FAIL, "no memory for %d strikes", shape->capacity);
    strike_trajectory_destroy(f);
    return NULL;
  }
  for (int row = 0; row < shape->rows; row++) {
    f->open[row] = f->waiting[row] = NONE;
  }
  return f;
}

void strike_trajectory_destroy(StrikeTrajectory *f) {
  if (f) {
    void *const parts[] = {f->obs,    f->action,  f->log_prob,     f->reward,
                           f->flight, f->before,  f->one,          f->cut_obs,
                           f->open,   f->waiting, f->moved_flight, f->moved_sample};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
      free(parts[i]);
    }
    free(f);
  }
}

// ---- what happens

bool strike_trajectory_is_open(const StrikeTrajectory *f, int row) {
  return f->open[row] != NONE;
}

static void settle(StrikeTrajectory *f, int flight) {
  f->one[flight].settled = true;
  f->ready += f->one[flight].n;
}

bool strike_trajectory_act(StrikeTrajectory *f, int row, const float *obs, const float *action,
                           float log_prob) {
  const size_t inputs = (size_t)f->shape.inputs, outputs = (size_t)f->shape.outputs;
  if (f->n == f->shape.capacity) {
    if (f->open[row] != NONE) {
      strike_trajectory_end(f, row, STRIKE_TRANSITION_TRUNCATED, 0, obs);
    }
    return false;
  }
  if (f->open[row] == NONE) {
    f->one[f->flights] = (StrikeTransition){.row = row, .last = NONE, .cut = NONE};
    f->open[row] = f->flights++;
  }
  StrikeTransition *one = &f->one[f->open[row]];
  const int at = f->n++;
  memcpy(f->obs + (size_t)at * inputs, obs, inputs * sizeof *obs);
  memcpy(f->action + (size_t)at * outputs, action, outputs * sizeof *action);
  f->log_prob[at] = log_prob;
  f->reward[at] = 0;
  f->flight[at] = f->open[row];
  f->before[at] = one->last;
  one->last = at;
  one->n++;
  return true;
}

static void pay(StrikeTrajectory *f, const StrikeTransition *one, double reward) {
  const double was = (double)f->reward[one->last];
  f->reward[one->last] = (float)(was + reward);
  f->paid += (double)f->reward[one->last] - was;
}

void strike_trajectory_reward(StrikeTrajectory *f, int row, double reward) {
  assert(f->open[row] != NONE);
  pay(f, &f->one[f->open[row]], reward);
}

void strike_trajectory_end(StrikeTrajectory *f, int row, StrikeTransitionEnd end, double seconds,
                           const float *cut_obs) {
  assert(f->open[row] != NONE && end != STRIKE_TRANSITION_OPEN &&
         (end == STRIKE_TRANSITION_TRUNCATED) == !!cut_obs);
  const size_t inputs = (size_t)f->shape.inputs;
  StrikeTransition *one = &f->one[f->open[row]];
  one->end = (uint8_t)end;
  one->ended = seconds;
  if (end == STRIKE_TRANSITION_STRUCK) {
    strike_trajectory_settle(f, row, seconds, 0);
    f->waiting[row] = f->open[row];
  } else {
    if (cut_obs) {
      one->cut = f->cuts++;
      memcpy(f->cut_obs + (size_t)one->cut * inputs, cut_obs, inputs * sizeof *cut_obs);
    }
    settle(f, f->open[row]);
  }
  f->open[row] = NONE;
}

void strike_trajectory_settle(StrikeTrajectory *f, int row, double seconds, double result) {
  const int flight = f->waiting[row];
  if (flight == NONE) {
    return;
  }
  const StrikeTransition *one = &f->one[flight];
  if (result != 0) {
    pay(f, one, result * exp(-(seconds - one->ended) / f->shape.seconds));
  }
  settle(f, flight);
  f->waiting[row] = NONE;
}

// ---- advantages

static void judge_flight(float *advantage, float *wanted, const StrikeTrajectory *f,
                         const StrikeTransition *one, const float *value, const float *rest,
                         double discount, double trace) {
  double later = one->end == STRIKE_TRANSITION_TRUNCATED ? (double)rest[one->cut] : 0, sum = 0;
  for (int at = one->last; at != NONE; at = f->before[at]) {
    const double own = (double)value[at];
    sum = (double)f->reward[at] + discount * later - own + discount * trace * sum;
    advantage[at] = (float)sum;
    wanted[at] = (float)(sum + own);
    later = own;
  }
}

SimStatus strike_trajectory_gae(int32_t *index, float *advantage, float *wanted,
                                const StrikeTrajectory *f, double discount, double trace,
                                StrikeTrajectoryValueFn *value, void *arg, SimError *err) {
  const size_t n = (size_t)f->n + 1;
  float *own = calloc(n, sizeof *own), *rest = calloc((size_t)f->cuts + 1, sizeof *rest);
  float *all_advantage = calloc(n, sizeof *own), *all_wanted = calloc(n, sizeof *own);
  const bool ok = own && rest && all_advantage && all_wanted;
  if (ok) {
    int left = 0;
    value(arg, own, f->obs, f->n);
    value(arg, rest, f->cut_obs, f->cuts);
    for (int i = 0; i < f->flights; i++) {
      if (f->one[i].settled) {
        judge_flight(all_advantage, all_wanted, f, &f->one[i], own, rest, discount, trace);
      }
    }
    for (int at = 0; at < f->n; at++) {
      if (f->one[f->flight[at]].settled) {
        index[left] = at;
        advantage[left] = all_advantage[at];
        wanted[left++] = all_wanted[at];
      }
    }
    assert(left == f->ready);
  }
  free(own);
  free(rest);
  free(all_advantage);
  free(all_wanted);
  return ok ? SIM_OK : sim_error(err, SIM_FAIL, "no memory for %d strikes", f->n);
}

// ---- forgetting

static int32_t moved(const int32_t *to, int32_t from) {
  return from == NONE ? NONE : to[from];
}

// moves flights that stay together, and tells where each went
static void pack_flights(StrikeTrajectory *f, int32_t *to) {
  int kept = 0;
  for (int i = 0; i < f->flights; i++) {
    to[i] = f->one[i].settled ? NONE : kept;
    if (to[i] != NONE) {
      f->one[kept++] = f->one[i];
    }
  }
  f->flights = kept;
  for (int row = 0; row < f->shape.rows; row++) {
    f->open[row] = moved(to, f->open[row]);
    f->waiting[row] = moved(to, f->waiting[row]);
  }
}

static void pack_samples(StrikeTrajectory *f, const int32_t *to, int32_t *place) {
  const size_t inputs = (size_t)f->shape.inputs, outputs = (size_t)f->shape.outputs;
  int kept = 0;
  for (int at = 0; at < f->n; at++) {
    const int32_t flight = to[f->flight[at]];
    if (flight == NONE) {
      f->taken += (double)f->reward[at];
      continue;
    }
    place[at] = kept;
    memmove(f->obs + (size_t)kept * inputs, f->obs + (size_t)at * inputs, inputs * sizeof *f->obs);
    memmove(f->action + (size_t)kept * outputs, f->action + (size_t)at * outputs,
            outputs * sizeof *f->action);
    f->log_prob[kept] = f->log_prob[at];
    f->reward[kept] = f->reward[at];
    f->before[kept] = moved(place, f->before[at]);
    f->flight[kept] = flight;
    f->one[flight].last = kept++;
  }
  f->n = kept;
}

void strike_trajectory_clear(StrikeTrajectory *f) {
  pack_flights(f, f->moved_flight);
  pack_samples(f, f->moved_flight, f->moved_sample);
  f->cuts = 0;
  f->ready = 0;
}

double strike_trajectory_kept(const StrikeTrajectory *f) {
  double sum = 0;
  for (int at = 0; at < f->n; at++) {
    sum += (double)f->reward[at];
  }
  return sum;
}

// ---- bytes

// The parts that a checkpoint holds, each n[i] of size[i] bytes.
enum { PARTS = 10 };
typedef struct Head {
  int32_t n, flights, cuts, ready;
  double paid, taken;
} Head;

static size_t list_parts(void *part[PARTS], size_t bytes[PARTS], StrikeTrajectory *f, int n,
                         int flights, int cuts) {
  const size_t rows = (size_t)f->shape.rows, real = sizeof(float), whole = sizeof(int32_t);
  const size_t all = (size_t)n;
  void *const parts[PARTS] = {f->obs,    f->action, f->log_prob, f->reward,  f->flight,
                              f->before, f->one,    f->open,     f->waiting, f->cut_obs};
  const size_t sizes[PARTS] = {all * (size_t)f->shape.inputs * real,
                               all * (size_t)f->shape.outputs * real,
                               all * real,
                               all * real,
                               all * whole,
                               all * whole,
                               (size_t)flights * sizeof *f->one,
                               rows * whole,
                               rows * whole,
                               (size_t)cuts * (size_t)f->shape.inputs * real};
  size_t sum = sizeof(Head);
  for (int i = 0; i < PARTS; i++) {
    part[i] = parts[i];
    bytes[i] = sizes[i];
    sum += sizes[i];
  }
  return sum;
}

size_t strike_trajectory_size(const StrikeTrajectory *f) {
  void *part[PARTS];
  size_t bytes[PARTS];
  StrikeTrajectory copy = *f;
  return list_parts(part, bytes, &copy, f->n, f->flights, f->cuts);
}

void strike_trajectory_save(void *out, const StrikeTrajectory *f) {
  void *part[PARTS];
  size_t bytes[PARTS];
  StrikeTrajectory copy = *f;
  const Head head = {.n = f->n,
                     .flights = f->flights,
                     .cuts = f->cuts,
                     .ready = f->ready,
                     .paid = f->paid,
                     .taken = f->taken};
  char *to = out;
  list_parts(part, bytes, &copy, f->n, f->flights, f->cuts);
  memcpy(to, &head, sizeof head);
  to += sizeof head;
  for (int i = 0; i < PARTS; i++) {
    if (bytes[i] > 0) {
      memcpy(to, part[i], bytes[i]);
    }
    to += bytes[i];
  }
}

static bool sound(const StrikeTrajectory *f) {
  bool ok = true;
  int ready = 0;
  for (int at = 0; at < f->n; at++) {
    ok = ok && f->flight[at] >= 0 && f->flight[at] < f->flights && f->before[at] >= NONE &&
         f->before[at] < at;
    ready += ok && f->one[f->flight[at]].settled;
  }
  for (int i = 0; i < f->flights; i++) {
    const StrikeTransition *one = &f->one[i];
    ok = ok && one->row >= 0 && one->row < f->shape.rows && one->last >= 0 && one->last < f->n &&
         one->cut >= NONE && one->cut < f->cuts && isfinite(one->ended);
  }
  for (int row = 0; row < f->shape.rows; row++) {
    ok = ok && f->open[row] >= NONE && f->open[row] < f->flights && f->waiting[row] >= NONE &&
         f->waiting[row] < f->flights;
  }
  return ok && ready == f->ready;
}

SimStatus strike_trajectory_load(StrikeTrajectory *f, const void *in, size_t size, SimError *err) {
  void *part[PARTS];
  size_t bytes[PARTS];
  Head head = {0};
  const char *from = in;
  if (size >= sizeof head) {
    memcpy(&head, from, sizeof head);
  }
  const bool fits = head.n >= 0 && head.n <= f->shape.capacity && head.flights >= 0 &&
                    head.flights <= head.n && head.cuts >= 0 && head.cuts <= head.flights;
  if (!fits || size != list_parts(part, bytes, f, head.n, head.flights, head.cuts)) {
    return sim_error(err, SIM_BAD_INPUT, "saw no strikes in flight, wanted them");
  }
  from += sizeof head;
  for (int i = 0; i < PARTS; i++) {
    if (bytes[i] > 0) {
      memcpy(part[i], from, bytes[i]);
    }
    from += bytes[i];
  }
  f->n = head.n;
  f->flights = head.flights;
  f->paid = head.paid;
  f->taken = head.taken;
  f->cuts = head.cuts;
  f->ready = head.ready;
  return sound(f) ? SIM_OK
                  : sim_error(err, SIM_BAD_INPUT, "saw strikes that cannot be, wanted a book");
}

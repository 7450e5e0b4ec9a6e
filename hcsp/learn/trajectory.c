// Transitions of an episode are linked in both directions, so that advantages run back along each
// row whatever else was stored in between. Sums of plain rewards are exact as long as rewards are
// small whole numbers, which points are.
#include "hcsp/learn/trajectory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

// ---- making and freeing

static void allocate(Trajectory *t) {
  const TrajectoryShape *s = &t->shape;
  const size_t room = (size_t)s->capacity, rows = (size_t)s->rows;
  const size_t inputs = (size_t)s->inputs, actions = (size_t)s->actions;
  t->one = sim_new(room, sizeof *t->one);
  t->obs = sim_new(room * inputs, sizeof *t->obs);
  t->action = sim_new(room * actions, sizeof *t->action);
  t->log_prob = sim_new(room, sizeof *t->log_prob);
  t->legal = sim_new(room * actions, sizeof *t->legal);
  t->cut_obs = sim_new(room * inputs, sizeof *t->cut_obs);
  t->list = sim_new(room, sizeof *t->list);
  t->moved = sim_new(room, sizeof *t->moved);
  t->open = sim_new(rows, sizeof *t->open);
  t->waiting = sim_new(rows, sizeof *t->waiting);
  t->batch_obs = sim_new(room * inputs, sizeof *t->batch_obs);
  t->batch_action = sim_new(room * actions, sizeof *t->batch_action);
  t->batch_log_prob = sim_new(room, sizeof *t->batch_log_prob);
  t->batch_legal = sim_new(room * actions, sizeof *t->batch_legal);
  t->advantage = sim_new(room, sizeof *t->advantage);
  t->returns = sim_new(room, sizeof *t->returns);
  t->open_obs = sim_new(rows * inputs, sizeof *t->open_obs);
}

Trajectory *trajectory_create(const TrajectoryShape *shape) {
  assert(shape->rows >= 1 && shape->inputs >= 1 && shape->capacity >= shape->rows);
  assert(shape->actions >= 1 && shape->actions <= TRAJECTORY_ACTIONS_MAX);
  assert(shape->gamma_horizon > 0 && shape->gamma >= 0 && shape->gamma <= 1);
  Trajectory *t = sim_new(1, sizeof *t);
  t->shape = *shape;
  allocate(t);
  for (int row = 0; row < shape->rows; row++) {
    t->open[row] = t->waiting[row] = NONE;
  }
  return t;
}

void trajectory_destroy(Trajectory *t) {
  if (t) {
    void *const parts[] = {
        t->one,         t->obs,       t->action,         t->log_prob, t->legal,     t->cut_obs,
        t->list,        t->moved,     t->open,           t->waiting,  t->batch_obs, t->batch_action,
        t->batch_legal, t->advantage, t->batch_log_prob, t->returns,  t->open_obs};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
      free(parts[i]);
    }
    free(t);
  }
}

// ---- as they happen

static float *obs_of(const Trajectory *t, int at) {
  assert(at >= 0 && at < t->shape.capacity);
  return t->obs + (size_t)at * (size_t)t->shape.inputs;
}

// of what comes `seconds` later
static double discount(const Trajectory *t, double seconds) {
  return exp(-seconds / t->shape.gamma_horizon);
}

static double discount_within(const Trajectory *t, const Transition *one, double seconds) {
  return t->shape.gamma > 0 ? 1 : discount(t, seconds - one->taken);
}

static void make_ready(Trajectory *t, int at) {
  assert(t->one[at].place == NONE && t->ready < t->n);
  t->one[at].place = t->ready;
  t->list[t->ready++] = at;
}

// the episode whose last transition that is will be paid nothing more
static void settle(Trajectory *t, int last) {
  int at = last;
  while (t->one[at].before != NONE) {
    at = t->one[at].before;
  }
  for (; at != NONE; at = t->one[at].after) {
    make_ready(t, at);
  }
}

static void close_transition(Trajectory *t, int at, double seconds, TransitionEnd end) {
  Transition *one = &t->one[at];
  assert(one->end == TRANSITION_OPEN && end != TRANSITION_OPEN);
  one->end = (int32_t)end;
  one->ended = seconds;
  one->pass = t->shape.gamma > 0 ? t->shape.gamma : discount(t, seconds - one->taken);
  if (!t->shape.settles) {
    make_ready(t, at);
  }
}

bool trajectory_act(Trajectory *t, int row, double seconds, const float *obs, const float *action,
                    const uint32_t *legal, float log_prob) {
  assert(row >= 0 && row < t->shape.rows && t->shape.heads == !!legal);
  const int before = t->open[row], at = t->n;
  if (at == t->shape.capacity) {
    trajectory_end(t, row, seconds, TRANSITION_TRUNCATED, obs);
    return false;
  }
  t->n++;
  if (before != NONE) {
    t->one[before].after = at;
    close_transition(t, before, seconds, TRANSITION_NEXT);
  }
  t->one[at] = (Transition){
      .taken = seconds, .row = row, .before = before, .after = NONE, .place = NONE, .cut = NONE};
  const size_t actions = (size_t)t->shape.actions, first = (size_t)at * actions;
  memcpy(obs_of(t, at), obs, (size_t)t->shape.inputs * sizeof *obs);
  memcpy(t->action + first, action, actions * sizeof *action);
  for (size_t head = 0; legal && head < actions; head++) {
    assert(action[head] >= 0 && action[head] < 32 && legal[head] >> (int)action[head] & 1u);
    t->legal[first + head] = legal[head];
  }
  t->log_prob[at] = log_prob;
  t->open[row] = at;
  return true;
}

bool trajectory_is_open(const Trajectory *t, int row) {
  assert(row >= 0 && row < t->shape.rows);
  return t->open[row] != NONE;
}

bool trajectory_is_waiting(const Trajectory *t, int row) {
  assert(row >= 0 && row < t->shape.rows);
  return t->waiting[row] != NONE;
}

void trajectory_reward(Trajectory *t, int row, double seconds, double reward) {
  assert(row >= 0 && row < t->shape.rows);
  t->paid += reward;
  if (t->open[row] == NONE) {
    t->unclaimed += reward;
    return;
  }
  Transition *one = &t->one[t->open[row]];
  one->plain += reward;
  one->reward += reward * discount_within(t, one, seconds);
}

void trajectory_lean(Trajectory *t, int row, double lean) {
  assert(row >= 0 && row < t->shape.rows && isfinite(lean));
  if (t->open[row] != NONE) {
    t->one[t->open[row]].lean += lean;
  }
}

void trajectory_end(Trajectory *t, int row, double seconds, TransitionEnd end,
                    const float *final_obs) {
  assert(row >= 0 && row < t->shape.rows && end != TRANSITION_NEXT);
  assert((end == TRANSITION_TRUNCATED) == !!final_obs);
  assert(end != TRANSITION_WAITS || t->shape.settles);
  const int at = t->open[row];
  if (at == NONE) {
    return;
  }
  close_transition(t, at, seconds, end);
  t->open[row] = NONE;
  if (final_obs) {
    const size_t inputs = (size_t)t->shape.inputs;
    t->one[at].cut = t->cuts;
    memcpy(t->cut_obs + (size_t)t->cuts++ * inputs, final_obs, inputs * sizeof *final_obs);
  }
  if (end == TRANSITION_WAITS) {
    trajectory_settle(t, row, seconds, 0);
    t->waiting[row] = at;
  } else if (t->shape.settles) {
    settle(t, at);
  }
}

void trajectory_settle(Trajectory *t, int row, double seconds, double result) {
  assert(row >= 0 && row < t->shape.rows);
  const int last = t->waiting[row];
  if (last == NONE) {
    return;
  }
  Transition *one = &t->one[last];
  const double worth = result * discount(t, seconds - one->ended);
  one->reward += worth;
  one->plain += worth;
  t->paid += worth;
  settle(t, last);
  t->waiting[row] = NONE;
}

double trajectory_kept(const Trajectory *t) {
  double sum = 0;
  for (int at = 0; at < t->n; at++) {
    sum += t->one[at].plain;
  }
  return sum;
}

// ---- learning

static void gather(Trajectory *t) {
  const size_t inputs = (size_t)t->shape.inputs, actions = (size_t)t->shape.actions;
  for (size_t i = 0; i < (size_t)t->ready; i++) {
    const size_t at = (size_t)t->list[i];
    memcpy(t->batch_obs + i * inputs, t->obs + at * inputs, inputs * sizeof *t->obs);
    memcpy(t->batch_action + i * actions, t->action + at * actions, actions * sizeof *t->action);
    memcpy(t->batch_legal + i * actions, t->legal + at * actions, actions * sizeof *t->legal);
    t->batch_log_prob[i] = t->log_prob[at];
  }
  for (int row = 0; row < t->shape.rows; row++) {
    if (t->open[row] != NONE) {
      memcpy(t->open_obs + (size_t)row * inputs, obs_of(t, t->open[row]), inputs * sizeof *t->obs);
    }
  }
}

// what the rest of the episode is worth when the transition ends
static double value_after(const Trajectory *t, const Transition *one, const float *ready,
                          const float *open, const float *cut) {
  switch ((TransitionEnd)one->end) {
  case TRANSITION_NEXT: {
    const int32_t place = t->one[one->after].place;
    return (double)(place != NONE ? ready[place] : open[one->row]);
  }
  case TRANSITION_TRUNCATED:
    return (double)cut[one->cut];
  case TRANSITION_OPEN:
  case TRANSITION_TERMINATED:
  case TRANSITION_WAITS:
    break;
  }
  return 0;
}

void trajectory_gae(RolloutSamples *out, Trajectory *t, double lambda, TrajectoryValueFn *value,
                    void *arg) {
  const int rows = t->shape.rows;
  float *ready = sim_new((size_t)(t->ready + rows + t->cuts), sizeof *ready);
  float *open = ready + t->ready, *cut = open + rows;
  gather(t);
  value(arg, ready, t->batch_obs, t->ready);
  value(arg, open, t->open_obs, rows);
  value(arg, cut, t->cut_obs, t->cuts);
  // later transitions of an episode became ready later
  for (int i = t->ready - 1; i >= 0; i--) {
    const Transition *one = &t->one[t->list[i]];
    const int32_t next = one->after == NONE ? NONE : t->one[one->after].place;
    assert(next == NONE || next > i);
    const double now = (double)ready[i], rest = next == NONE ? 0 : (double)t->advantage[next];
    const double delta = one->reward + one->pass * value_after(t, one, ready, open, cut) - now;
    t->advantage[i] = (float)(delta + one->pass * lambda * rest);
    t->returns[i] = (float)((double)t->advantage[i] + now);
  }
  for (int i = 0; i < t->ready; i++) {
    t->advantage[i] += (float)t->one[t->list[i]].lean;
  }
  free(ready);
  *out = (RolloutSamples){.n = t->ready,
                          .obs = t->batch_obs,
                          .action = t->batch_action,
                          .legal = t->shape.heads ? t->batch_legal : NULL,
                          .log_prob = t->batch_log_prob,
                          .advantage = t->advantage,
                          .wanted = t->returns};
}

// ---- forgetting

static int32_t moved(const Trajectory *t, int32_t from) {
  return from == NONE ? NONE : t->moved[from];
}

static void move(Trajectory *t, size_t to, size_t from) {
  const size_t inputs = (size_t)t->shape.inputs, actions = (size_t)t->shape.actions;
  t->one[to] = t->one[from];
  memmove(t->obs + to * inputs, t->obs + from * inputs, inputs * sizeof *t->obs);
  memmove(t->action + to * actions, t->action + from * actions, actions * sizeof *t->action);
  memmove(t->legal + to * actions, t->legal + from * actions, actions * sizeof *t->legal);
  t->log_prob[to] = t->log_prob[from];
}

void trajectory_clear(Trajectory *t) {
  int kept = 0;
  for (int at = 0; at < t->n; at++) {
    const bool forget = t->one[at].place != NONE;
    t->moved[at] = forget ? NONE : kept;
    if (forget) {
      t->taken += t->one[at].plain;
    } else {
      move(t, (size_t)kept++, (size_t)at);
    }
  }
  t->n = kept;
  t->cuts = t->ready = 0;
  for (int at = 0; at < t->n; at++) {
    t->one[at].before = moved(t, t->one[at].before);
    t->one[at].after = moved(t, t->one[at].after);
  }
  for (int row = 0; row < t->shape.rows; row++) {
    t->open[row] = moved(t, t->open[row]);
    t->waiting[row] = moved(t, t->waiting[row]);
  }
}

// ---- bytes

enum { PARTS = 9 };
typedef struct Part {
  void *at;
  size_t size;
} Part;

typedef struct Head {
  int32_t n, cuts, ready, rows;
  double paid, taken, unclaimed;
} Head;

// the parts that a checkpoint holds; returns the bytes of all
static size_t list_parts(Part out[PARTS], const Trajectory *t, const Head *head) {
  const size_t n = (size_t)head->n, rows = (size_t)t->shape.rows, real = sizeof(float);
  const size_t inputs = (size_t)t->shape.inputs, actions = (size_t)t->shape.actions;
  const Part all[PARTS] = {{t->one, n * sizeof *t->one},
                           {t->obs, n * inputs * real},
                           {t->action, n * actions * real},
                           {t->legal, n * actions * sizeof *t->legal},
                           {t->log_prob, n * real},
                           {t->cut_obs, (size_t)head->cuts * inputs * real},
                           {t->list, (size_t)head->ready * sizeof *t->list},
                           {t->open, rows * sizeof *t->open},
                           {t->waiting, rows * sizeof *t->waiting}};
  size_t sum = sizeof *head;
  memcpy(out, all, sizeof all);
  for (int i = 0; i < PARTS; i++) {
    sum += all[i].size;
  }
  return sum;
}

static Head head_of(const Trajectory *t) {
  return (Head){.n = t->n,
                .cuts = t->cuts,
                .ready = t->ready,
                .rows = t->shape.rows,
                .paid = t->paid,
                .taken = t->taken,
                .unclaimed = t->unclaimed};
}

size_t trajectory_size(const Trajectory *t) {
  Part part[PARTS];
  const Head head = head_of(t);
  return list_parts(part, t, &head);
}

void trajectory_save(void *out, const Trajectory *t) {
  Part part[PARTS];
  const Head head = head_of(t);
  char *to = out;
  list_parts(part, t, &head);
  memcpy(to, &head, sizeof head);
  to += sizeof head;
  for (int i = 0; i < PARTS; to += part[i++].size) {
    if (part[i].size > 0) {
      memcpy(to, part[i].at, part[i].size);
    }
  }
}

static bool within(int32_t number, int32_t low, int32_t end) {
  return number >= low && number < end;
}

static bool is_legal(const Trajectory *t, int at) {
  bool ok = true;
  for (int head = 0; t->shape.heads && ok && head < t->shape.actions; head++) {
    const int i = at * t->shape.actions + head;
    const float option = t->action[i];
    ok = option >= 0 && option < 32 && t->legal[i] >> (int)option & 1u;
  }
  return ok;
}

static bool is_sound(const Trajectory *t, int at) {
  const Transition *one = &t->one[at];
  const bool links = within(one->before, NONE, at) && within(one->row, 0, t->shape.rows) &&
                     within(one->after, NONE, t->n) && within(one->cut, NONE, t->cuts) &&
                     (one->after == NONE || one->after > at) &&
                     within(one->end, TRANSITION_OPEN, TRANSITION_WAITS + 1) &&
                     within(one->place, NONE, t->ready);
  return links && (one->place == NONE || t->list[one->place] == at) &&
         (one->end == TRANSITION_NEXT) == (one->after != NONE) &&
         (one->end == TRANSITION_TRUNCATED) == (one->cut != NONE) && isfinite(one->taken) &&
         isfinite(one->ended) && isfinite(one->reward) && isfinite(one->plain) &&
         isfinite(one->pass) && isfinite(one->lean) && is_legal(t, at);
}

// the transition that a row has there, if any, is its own and ended like that
static bool is_rows(const Trajectory *t, int32_t at, int row, TransitionEnd end) {
  return within(at, NONE, t->n) &&
         (at == NONE || (t->one[at].row == row && t->one[at].end == (int32_t)end));
}

static bool all_sound(const Trajectory *t) {
  bool ok = true;
  for (int i = 0; ok && i < t->ready; i++) {
    ok = within(t->list[i], 0, t->n) && t->one[t->list[i]].place == i;
  }
  for (int at = 0; ok && at < t->n; at++) {
    ok = is_sound(t, at);
  }
  for (int row = 0; ok && row < t->shape.rows; row++) {
    ok = is_rows(t, t->open[row], row, TRANSITION_OPEN) &&
         is_rows(t, t->waiting[row], row, TRANSITION_WAITS);
  }
  return ok;
}

SimStatus trajectory_load(Trajectory *t, const void *in, size_t size, SimError *err) {
  Part part[PARTS];
  Head head = {0};
  const char *from = in;
  if (size >= sizeof head) {
    memcpy(&head, from, sizeof head);
  }
  const bool fits = within(head.n, 0, t->shape.capacity + 1) && within(head.cuts, 0, head.n + 1) &&
                    within(head.ready, 0, head.n + 1) && head.rows == t->shape.rows;
  if (!fits || size != list_parts(part, t, &head)) {
    return sim_error(err, SIM_BAD_INPUT, "saw %zu bytes of transitions, wanted those of %d agents",
                     size, t->shape.rows);
  }
  from += sizeof head;
  for (int i = 0; i < PARTS; from += part[i++].size) {
    if (part[i].size > 0) {
      memcpy(part[i].at, from, part[i].size);
    }
  }
  t->n = head.n;
  t->cuts = head.cuts;
  t->ready = head.ready;
  t->paid = head.paid;
  t->taken = head.taken;
  t->unclaimed = head.unclaimed;
  return all_sound(t) ? SIM_OK
                      : sim_error(err, SIM_BAD_INPUT,
                                  "saw transitions that cannot be, wanted those "
                                  "of a checkpoint");
}

void trajectory_serialize(RunArchive *ar, const char *name, Trajectory *t) {
  const size_t size = run_archive_count(ar, name, trajectory_size(t), 1);
  void *bytes = run_archive_bytes(ar, name, size);
  if (bytes && !run_archive_reads(ar)) {
    trajectory_save(bytes, t);
  } else if (bytes && trajectory_load(t, bytes, size, ar->err) != SIM_OK) {
    run_archive_fail(ar, ar->err->status);
  }
}

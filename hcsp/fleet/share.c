// Handing out. Numbers go in ranges of a few, the next of which is asked for when the one in hand
// begins, so that a slow network is not waited for. Who has asked for the most gets the most: a
// slow machine holds nobody up. Rank 0 answers from a thread of its own, because MPI answers
// nothing while a program computes.
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/fleet/internal.h"
#include "sim/base/log.h"

enum { RANGES_A_RANK = 16, RANGE_MAX = 64, NAP_US = 200, NAP_US_MAX = 2000, RESTED = 50 };

typedef struct Request {
  uint64_t queue;
  int32_t total, chunk;  // chunk 0: nothing more of it is to be given out
} Request;

// ---- rank 0: who has asked for what

// A rank may have come to the next share while another is still in the one before.
enum { QUEUES = 8 };

typedef struct Desk {
  pthread_mutex_t lock;
  struct {
    uint64_t number;
    int next;
  } queue[QUEUES];
} Desk;

static Desk *desk(void) {
  static Desk here = {.lock = PTHREAD_MUTEX_INITIALIZER};
  return &here;
}

int fleet_next(uint64_t queue, int total, int chunk) {
  Desk *d = desk();
  pthread_mutex_lock(&d->lock);
  const uint64_t at = queue % QUEUES;
  if (queue > d->queue[at].number) {
    d->queue[at].number = queue;
    d->queue[at].next = 0;
  }
  assert(queue == d->queue[at].number);
  int *next = &d->queue[at].next;
  *next = chunk == 0 ? INT_MAX : *next;
  const int first = *next < total ? *next : -1;
  *next += first >= 0 ? chunk : 0;
  pthread_mutex_unlock(&d->lock);
  return first;
}

static bool answer_one(const FleetTransport *t) {
  Request request;
  size_t size;
  int from = -1;
  if (!t->probe(&from, &size, FLEET_TAG_TAKE) || size != sizeof request ||
      !t->receive(&request, size, from, FLEET_TAG_TAKE)) {
    return false;
  }
  const int32_t first = fleet_next(request.queue, request.total, request.chunk);
  void *sent = t->send(from, FLEET_TAG_GIVE, &first, sizeof first);
  while (sent && !t->sent(sent)) {
  }
  return true;
}

static void *serve(void *arg) {
  Fleet *f = arg;
  int idle = 0;
  while (!atomic_load(&f->stop)) {
    if (answer_one(f->transport)) {
      idle = 0;
    } else {
      const struct timespec nap = {.tv_nsec = 1000L * (idle < RESTED ? NAP_US : NAP_US_MAX)};
      idle++;
      nanosleep(&nap, NULL);
    }
  }
  return NULL;
}

SimStatus fleet_serve(SimError *err) {
  Fleet *f = fleet_here();
  if (f->transport->rank > 0 || !f->transport->threads) {
    return SIM_OK;
  }
  f->serving = pthread_create(&f->server, NULL, serve, f) == 0;
  return f->serving ? SIM_OK : sim_error(err, SIM_FAIL, "no thread that hands out work");
}

void fleet_serve_end(void) {
  Fleet *f = fleet_here();
  if (f->serving) {
    atomic_store(&f->stop, true);
    pthread_join(f->server, NULL);
    f->serving = false;
  }
}

// ---- a share

void fleet_share_sizes(int *fair, int *chunk, int total, int room, int ranks) {
  const int each = (total + ranks - 1) / ranks, fine = total / (ranks * RANGES_A_RANK);
  *fair = each < room ? each : room;
  *chunk = room == 1 || fine < 1 ? 1 : fine < RANGE_MAX ? fine : RANGE_MAX;
}

void fleet_share_alone(FleetShare *s, int total, int room) {
  *s = (FleetShare){
      .what = "", .total = total, .room = room < total ? room : total, .end = total, .alone = true};
}

void fleet_share_open(FleetShare *s, int total, int room, const char *what) {
  const int ranks = fleet_size();
  Fleet *f = fleet_here();
  if (ranks == 1) {
    fleet_share_alone(s, total, room);
    s->what = what;
    return;
  }
  *s = (FleetShare){.what = what, .total = total};
  fleet_share_sizes(&s->room, &s->chunk, total, room, ranks);
  s->dynamic = f->transport->threads;
  s->slot = fleet_rank();
  s->queue = ++f->queues;
  s->range_room = total / s->chunk + 1;
  s->range = sim_new((size_t)s->range_room, 2 * sizeof *s->range);
}

static void ask(FleetShare *s, int chunk) {
  const FleetTransport *t = fleet_here()->transport;
  const Request request = {.queue = s->queue, .total = s->total, .chunk = chunk};
  FleetWait wait = {0};
  void *sent = t->send(0, FLEET_TAG_TAKE, &request, sizeof request);
  while (sent && !t->sent(sent)) {
    fleet_wait(&wait, s->what, NULL, 0, 0);
  }
  s->asked = true;
}

static int hear(FleetShare *s) {
  const FleetTransport *t = fleet_here()->transport;
  FleetWait wait = {0};
  int32_t first = -1;
  size_t size;
  int from = 0;
  while (!t->probe(&from, &size, FLEET_TAG_GIVE)) {
    fleet_wait(&wait, s->what, NULL, 0, 0);
  }
  if (size != sizeof first || !t->receive(&first, size, 0, FLEET_TAG_GIVE)) {
    fleet_abort(SIM_FAIL, "%s: an answer of rank 0 was lost", fleet_name(t->rank));
  }
  s->asked = false;
  return first;
}

// the first number of the next range, -1: there is none
static int next_range(FleetShare *s) {
  if (!s->dynamic) {
    const int first = s->slot * s->chunk;
    s->slot += fleet_size();
    return first < s->total ? first : -1;
  }
  if (fleet_rank() == 0) {
    return fleet_next(s->queue, s->total, s->chunk);
  }
  if (!s->asked) {
    ask(s, s->chunk);
  }
  const int first = hear(s);
  if (first >= 0 && s->room > 1) {
    ask(s, s->chunk);
  }
  return first;
}

int fleet_share_take(FleetShare *s) {
  if (s->next == s->end && !s->alone && !s->over) {
    const int first = next_range(s);
    if (first < 0) {
      s->over = true;
      return -1;
    }
    assert(s->ranges < s->range_room);
    s->next = first;
    s->end = first + s->chunk < s->total ? first + s->chunk : s->total;
    s->range[2 * s->ranges] = first;
    s->range[2 * s->ranges++ + 1] = s->end;
  }
  return s->next < s->end ? s->next++ : -1;
}

// the end of it for this rank: no answer is left on its way, and after a failure nobody gets more
static void finish(FleetShare *s, SimStatus own) {
  if (s->asked) {
    hear(s);
  }
  if (s->alone || s->over) {
    return;
  }
  s->over = true;
  if (own != SIM_OK && s->dynamic && fleet_rank() == 0) {
    fleet_next(s->queue, s->total, 0);
  } else if (own != SIM_OK && s->dynamic) {
    ask(s, 0);
    hear(s);
  }
}

void fleet_share_close(FleetShare *s, SimStatus own) {
  finish(s, own);
  free(s->range);
  s->range = NULL;
}

// ---- what becomes of it

// the ranges of this rank with their results behind them
static char *new_part(size_t *size, const FleetShare *s, const char *result, size_t each) {
  size_t n = 0;
  for (int i = 0; i < s->ranges; i++) {
    n += (size_t)(s->range[2 * i + 1] - s->range[2 * i]);
  }
  const size_t head = (size_t)s->ranges * 2 * sizeof *s->range;
  *size = head + n * each;
  char *part = sim_new(*size + 1, 1), *at = part;
  for (int i = 0; i < s->ranges; i++) {
    const int *range = &s->range[2 * i];
    const size_t bytes = (size_t)(range[1] - range[0]) * each;
    memcpy(at, range, 2 * sizeof *range);
    memcpy(at + 2 * sizeof *range, result + (size_t)range[0] * each, bytes);
    at += 2 * sizeof *range + bytes;
  }
  return part;
}

static void take_part(char *result, size_t each, const FleetBytes *part) {
  for (size_t at = 0; at < part->size;) {
    int range[2];
    memcpy(range, part->data + at, sizeof range);
    const size_t bytes = (size_t)(range[1] - range[0]) * each;
    memcpy(result + (size_t)range[0] * each, part->data + at + sizeof range, bytes);
    at += sizeof range + bytes;
  }
}

SimStatus fleet_share_gather(FleetShare *s, void *result, size_t each, SimStatus own,
                             SimError *err) {
  if (s->alone) {
    return own;
  }
  finish(s, own);
  size_t size = 0;
  char *part = own == SIM_OK ? new_part(&size, s, result, each) : NULL;
  FleetBytes *all = fleet_new_gather(part, size, s->what, &own, err);
  for (int r = 0; own == SIM_OK && r < fleet_size(); r++) {
    if (r != fleet_rank()) {
      take_part(result, each, &all[r]);
    }
  }
  fleet_free_gather(all);
  free(part);
  return own;
}

SimStatus fleet_sum(double *value, int n, const char *what, SimStatus own, SimError *err) {
  if (fleet_size() == 1) {
    return own;
  }
  FleetBytes *all = fleet_new_gather(value, (size_t)n * sizeof *value, what, &own, err);
  for (int r = 0; own == SIM_OK && r < fleet_size(); r++) {
    for (int i = 0; i < n; i++) {
      double part;
      memcpy(&part, all[r].data + (size_t)i * sizeof part, sizeof part);
      value[i] = r == 0 ? part : value[i] + part;
    }
  }
  fleet_free_gather(all);
  return own;
}

// ---- items

static SimStatus run_alone(FleetBytes *left, int item, FleetItemFn *run, void *arg, SimError *err) {
  fleet_solo_begin();
  const SimStatus status = run(left, item, arg, err);
  fleet_solo_end();
  return status;
}

// what this rank's items have left: number and size in front of each
static char *pack_items(size_t *size, const FleetBytes *left, const bool *mine, int n) {
  *size = 0;
  for (int i = 0; i < n; i++) {
    *size += mine[i] ? sizeof i + sizeof left[i].size + left[i].size : 0;
  }
  char *packed = sim_new(*size + 1, 1), *at = packed;
  for (int i = 0; i < n; i++) {
    if (mine[i]) {
      memcpy(at, &i, sizeof i);
      memcpy(at + sizeof i, &left[i].size, sizeof left[i].size);
      at += sizeof i + sizeof left[i].size;
      if (left[i].size > 0) {
        memcpy(at, left[i].data, left[i].size);
      }
      at += left[i].size;
    }
  }
  return packed;
}

static void unpack_items(FleetBytes *left, const FleetBytes *packed) {
  for (size_t at = 0; at < packed->size;) {
    int i;
    size_t size;
    memcpy(&i, packed->data + at, sizeof i);
    memcpy(&size, packed->data + at + sizeof i, sizeof size);
    at += sizeof i + sizeof size;
    left[i] = (FleetBytes){.data = sim_new(size + 1, 1), .size = size};
    memcpy(left[i].data, packed->data + at, size);
    at += size;
  }
}

static SimStatus gather_items(FleetBytes *left, const bool *mine, int n, const char *what,
                              SimStatus own, SimError *err) {
  size_t size = 0;
  char *packed = own == SIM_OK ? pack_items(&size, left, mine, n) : NULL;
  FleetBytes *all = fleet_new_gather(packed, size, what, &own, err);
  for (int r = 0; own == SIM_OK && r < fleet_size(); r++) {
    if (r != fleet_rank()) {
      unpack_items(left, &all[r]);
    }
  }
  fleet_free_gather(all);
  free(packed);
  return own;
}

SimStatus fleet_items(FleetBytes *result, int n, FleetItemFn *run, void *arg, const char *what,
                      SimError *err) {
  FleetBytes *left = result ? result : sim_new((size_t)n + 1, sizeof *left);
  bool *mine = sim_new((size_t)n + 1, sizeof *mine);
  FleetShare share;
  SimStatus status = SIM_OK;
  fleet_share_open(&share, n, 1, what);
  for (int i = 0; status == SIM_OK && i >= 0;) {
    i = fleet_share_take(&share);
    if (i >= 0) {
      mine[i] = true;
      left[i] = (FleetBytes){0};
      status = share.alone ? run(&left[i], i, arg, err) : run_alone(&left[i], i, run, arg, err);
    }
  }
  fleet_share_close(&share, status);
  if (!share.alone) {
    status = gather_items(left, mine, n, what, status, err);
  }
  if (!result) {
    fleet_free(left, n);
    free(left);
  }
  free(mine);
  return status;
}

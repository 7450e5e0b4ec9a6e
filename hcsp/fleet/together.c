// What is made of gathers: answers that all have, blocks of which each rank has filled its own, and
// whether it pays to share.
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/fleet/internal.h"
#include "sim/base/log.h"

enum { TRIALS = 5, TRIAL_BYTES = 1 << 18 };

FleetBytes *fleet_new_gather(const void *data, size_t size, const char *what, SimStatus *status,
                             SimError *err) {
  FleetBytes *all = sim_new((size_t)fleet_size(), sizeof *all);
  *status = fleet_gather(all, data, size, what, *status, err);
  return all;
}

void fleet_free_gather(FleetBytes *all) {
  if (all) {
    fleet_free(all, fleet_size());
    free(all);
  }
}

SimStatus fleet_agree(const char *what, SimStatus own, SimError *err) {
  if (fleet_size() > 1) {
    fleet_free_gather(fleet_new_gather(NULL, 0, what, &own, err));
  }
  return own;
}

bool fleet_any(bool own, const char *what) {
  if (fleet_size() > 1) {
    SimStatus status = SIM_OK;
    const char byte = (char)own;
    FleetBytes *all = fleet_new_gather(&byte, 1, what, &status, NULL);
    for (int r = 0; r < fleet_size(); r++) {
      own |= all[r].data[0] != 0;
    }
    fleet_free_gather(all);
  }
  return own;
}

bool fleet_first_says(bool own, const char *what) {
  if (fleet_size() > 1) {
    SimStatus status = SIM_OK;
    const char byte = (char)own;
    FleetBytes *all = fleet_new_gather(&byte, 1, what, &status, NULL);
    own = all[0].data[0] != 0;
    fleet_free_gather(all);
  }
  return own;
}

SimStatus fleet_broadcast(FleetBytes *bytes, const char *what, SimStatus own, SimError *err) {
  if (fleet_size() > 1) {
    const bool mine = fleet_rank() == 0;
    FleetBytes *all =
        fleet_new_gather(mine ? bytes->data : NULL, mine ? bytes->size : 0, what, &own, err);
    if (!mine) {
      *bytes = all[0];
      all[0] = (FleetBytes){0};
    }
    fleet_free_gather(all);
  }
  return own;
}

static void block_of(int *first, int *end, int n, int rank) {
  *first = (int)((int64_t)n * rank / fleet_size());
  *end = (int)((int64_t)n * (rank + 1) / fleet_size());
}

void fleet_block(int *first, int *end, int n) {
  block_of(first, end, n, fleet_rank());
}

void fleet_blocks(void *data, size_t each, int n, const char *what) {
  SimStatus status = SIM_OK;
  SimError err = {0};
  int first, end;
  if (fleet_size() == 1) {
    return;
  }
  fleet_block(&first, &end, n);
  FleetBytes *all = fleet_new_gather((char *)data + (size_t)first * each,
                                     (size_t)(end - first) * each, what, &status, &err);
  for (int r = 0; r < fleet_size(); r++) {
    block_of(&first, &end, n, r);
    assert(all[r].size == (size_t)(end - first) * each);
    memcpy((char *)data + (size_t)first * each, all[r].data, all[r].size);
  }
  fleet_free_gather(all);
}

// s of the quickest of some gathers; rank 0's is everybody's
static double time_gathers(size_t size) {
  static const char WHAT[] = "the cost of a message";
  double best = 1e9;
  char *data = sim_new(size + 1, 1);
  for (int i = 0; i < TRIALS; i++) {
    SimStatus status = SIM_OK;
    const double start = sim_time_wall();
    fleet_free_gather(fleet_new_gather(data, fleet_rank() == 0 ? size : 0, WHAT, &status, NULL));
    const double took = sim_time_wall() - start;
    best = took < best ? took : best;
  }
  free(data);
  return best;
}

bool fleet_pays(double seconds, int parts, int trips, double bytes) {
  Fleet *f = fleet_here();
  const char *order = getenv("HCSP_FLEET_LEARN");
  const int n = fleet_size();
  if (n == 1 || (order && strcmp(order, "never") == 0)) {
    return false;
  }
  if (order && strcmp(order, "always") == 0) {
    return true;
  }
  if (f->trip == 0) {
    f->trip = time_gathers(0) / 2;
    f->byte = fmax(time_gathers(TRIAL_BYTES) - 2 * f->trip, 0) / TRIAL_BYTES;
  }
  const double saved = seconds * (1 - 1.0 / (parts < n ? parts : n));
  // all judge, rank 0's word counts
  return fleet_first_says(saved > trips * f->trip + bytes * f->byte, "what to share");
}

SimStatus fleet_check_same(uint64_t hash, const char *what, SimError *err) {
  SimStatus status = SIM_OK;
  if (fleet_size() > 1) {
    FleetBytes *all = fleet_new_gather(&hash, sizeof hash, what, &status, err);
    for (int r = 1; status == SIM_OK && r < fleet_size(); r++) {
      if (memcmp(all[r].data, all[0].data, sizeof hash) != 0) {
        status = sim_error(err, SIM_BAD_INPUT,
                           "%s: saw another %s than rank 0 has, wanted the same on all ranks",
                           fleet_name(r), what);
      }
    }
    fleet_free_gather(all);
  }
  return status;
}

#include "hcsp/env/episodes.h"

#include <assert.h>
#include <math.h>

#include "hcsp/run/interrupt.h"

// the next episode in a place, if there is one
static SimStatus start(EnvEpisodes *e, int place, SimError *err) {
  assert(place >= 0 && place < ENV_PLACES_MAX && e->n < ENV_PLACES_MAX);
  const int number = fleet_share_take(e->share);
  if (number >= 0) {
    SIM_TRY(e->start(e->arg, place, number, err));
    e->ids[e->n++] = place;
  }
  return SIM_OK;
}

// one control step of everything in flight
static SimStatus advance(EnvEpisodes *e, SimError *err) {
  const int n = e->n;
  SIM_TRY(e->step(e->arg, e->ids, n, err));
  e->n = 0;
  for (int i = 0; i < n; i++) {
    const int place = e->ids[i];
    bool over = false;
    assert(e->n <= i);
    SIM_TRY(e->book(&over, e->arg, place, err));
    e->done += over;
    if (over) {
      SIM_TRY(start(e, place, err));
    } else {
      e->ids[e->n++] = place;
    }
  }
  return SIM_OK;
}

SimStatus env_episodes_run(EnvEpisodes *e, SimError *err) {
  const FleetShare *share = e->share;
  const int ranks = share->alone ? 1 : fleet_size();  // others are about as far
  for (int place = 0; place < share->room && e->n == place; place++) {
    SIM_TRY(start(e, place, err));
  }
  while (e->n > 0) {
    SIM_TRY(advance(e, err));
    if (e->progress) {
      sim_progress(e->progress, e->before + fmin(e->done * ranks, share->total),
                   e->note ? e->note : "");
    }
    if (run_interrupted()) {
      return sim_error(err, SIM_INTERRUPTED, "interrupted after %d of %d %s", e->done, share->total,
                       share->what);
    }
  }
  return SIM_OK;
}

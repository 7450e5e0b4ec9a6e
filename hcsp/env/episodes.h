// Numbered episodes in the places of a batch: a place takes the next number when its episode is
// over, so that all cores stay busy. Ranks share the numbers. Episodes depend on their number
// alone.
#ifndef HCSP_ENV_EPISODES_H_
#define HCSP_ENV_EPISODES_H_

#include "hcsp/fleet/fleet.h"
#include "sim/base/log.h"

enum { ENV_PLACES_MAX = 256 };

typedef struct EnvEpisodes {
  void *arg;
  SimStatus (*start)(void *arg, int place, int number, SimError *err);
  // one control step of the places ids[n]
  SimStatus (*step)(void *arg, const int *ids, int n, SimError *err);
  // books a place's step; *over, false before, tells that its episode has ended
  SimStatus (*book)(bool *over, void *arg, int place, SimError *err);
  FleetShare *share;      // of the numbers, open
  SimProgress *progress;  // where it shows; NULL: nowhere
  const char *note;       // beside that, or NULL
  double before;          // what it shows when these begin
  int done;
  int ids[ENV_PLACES_MAX], n;  // places in flight
} EnvEpisodes;

// Until no number is left. SIM_INTERRUPTED after run_interrupted() became true.
SimStatus env_episodes_run(EnvEpisodes *episodes, SimError *err);

#endif  // HCSP_ENV_EPISODES_H_

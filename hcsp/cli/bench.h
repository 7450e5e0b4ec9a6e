// One measurement of `hcsp bench`, and where its figures go.
#ifndef HCSP_CLI_BENCH_H_
#define HCSP_CLI_BENCH_H_

#include <jansson.h>
#include <stdbool.h>

#include "sim/model.h"
#include "sim/referee.h"

typedef struct CliBenchReport {
  json_t *json;
  bool quiet;          // figures go to the JSON object only
  const char *device;  // of train, for krn_device_open
  bool simulate;       // of fleet: forecasts for more ranks
} CliBenchReport;

// Books one figure: key in JSON, value, what it is and its unit.
void cli_bench_add(CliBenchReport *report, const char *key, double value, const char *text);
// Sorts value in place.
double cli_median(double *value, int n);

// CPU seconds per step of the first 90 steps of 20 rallies: our control step, or with bare MuJoCo's
// mj_step alone.
double cli_bench_world(const SimModel *model, mjData *d, const SimRules *rules, bool bare);

typedef struct CliBenchFn {
  const char *name;
  SimStatus (*run)(CliBenchReport *report, SimError *err);
} CliBenchFn;

SimStatus cli_bench_physics(CliBenchReport *report, SimError *err);
SimStatus cli_bench_nets(CliBenchReport *report, SimError *err);
SimStatus cli_bench_rollout(CliBenchReport *report, SimError *err);
SimStatus cli_bench_train(CliBenchReport *report, SimError *err);
SimStatus cli_bench_log(CliBenchReport *report, SimError *err);
SimStatus cli_bench_fleet(CliBenchReport *report, SimError *err);

#endif  // HCSP_CLI_BENCH_H_

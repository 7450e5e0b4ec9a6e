// One measurement of `hcsp bench`, and where its figures go.
#ifndef HCSP_CLI_BENCH_H_
#define HCSP_CLI_BENCH_H_

#include <jansson.h>
#include <stdbool.h>

#include "sim/model.h"
#include "sim/referee.h"

typedef struct HcspReport {
  json_t *json;
  bool quiet;          // figures go to the JSON object only
  const char *device;  // of train, for krn_device_open
} HcspReport;

// Books one figure: key in JSON, value, what it is and its unit.
void hcsp_bench_add(HcspReport *report, const char *key, double value, const char *text);
// Sorts value in place.
double hcsp_median(double *value, int n);

// CPU seconds per step of the first 90 steps of 20 rallies: our control step, or with bare MuJoCo's
// mj_step alone.
double hcsp_bench_world(const SimModel *model, mjData *d, const SimRules *rules, bool bare);

typedef struct HcspBench {
  const char *name;
  SimStatus (*run)(HcspReport *report, SimError *err);
} HcspBench;

SimStatus hcsp_bench_physics(HcspReport *report, SimError *err);
SimStatus hcsp_bench_nets(HcspReport *report, SimError *err);
SimStatus hcsp_bench_rollout(HcspReport *report, SimError *err);
SimStatus hcsp_bench_train(HcspReport *report, SimError *err);
SimStatus hcsp_bench_log(HcspReport *report, SimError *err);

#endif  // HCSP_CLI_BENCH_H_

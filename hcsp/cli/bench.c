// hcsp bench: CPU-time medians and ratios, measured interleaved in one run, never wall-clock
// promises. Each figure is the median of several repetitions of the same work.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/bench.h"
#include "hcsp/cli/cli.h"
#include "hcsp/eval/summary.h"
#include "hcsp/fleet/fleet.h"
#include "kernels/ops.h"
#include "sim/base/log.h"

typedef struct Arguments {
  const char *what, *device;
  bool json, simulate;
} Arguments;

static const CliOption OPTIONS[] = {
    CLI_SWITCH("json", 'j', json, "print one JSON object"),
    CLI_OPTION("device", 0, "DEVICE", CLI_DEVICE, device, "train: as of hcsp train --device"),
    CLI_SWITCH("simulate", 0, simulate, "fleet: what 8, 64 and 512 ranks would do")};

static const CliBenchFn BENCHES[] = {{"physics", cli_bench_physics}, {"nets", cli_bench_nets},
                                     {"rollout", cli_bench_rollout}, {"train", cli_bench_train},
                                     {"log", cli_bench_log},         {"fleet", cli_bench_fleet}};
enum { N_BENCHES = sizeof BENCHES / sizeof BENCHES[0] };

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double cli_median(double *value, int n) {
  qsort(value, (size_t)n, sizeof *value, compare);
  return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

void cli_bench_add(CliBenchReport *report, const char *key, double value, const char *text) {
  json_object_set_new(report->json, key, eval_number_json(value));
  if (!report->quiet) {
    printf("%-24s %12.4g  %s\n", key, value, text);
  }
}

static const CliBenchFn *find(const char *name) {
  for (int i = 0; i < N_BENCHES; i++) {
    if (strcmp(BENCHES[i].name, name) == 0) {
      return &BENCHES[i];
    }
  }
  return NULL;
}

int cli_cmd_bench(int argc, char **argv) {
  static const CliCommand COMMAND = {
      CLI_OPTIONS,
      .usage = "physics|nets|rollout|train|log|fleet",
      .words = {1, 1, "measurement",
                "one thing to measure: physics, nets, rollout, train, log or fleet",
                offsetof(Arguments, what), CLI_UNCOUNTED},
      .help =
          "Measures CPU time on this machine.\v"
          "physics: one control step against MuJoCo's bare mj_step, one and two threads.\n"
          "nets: inference of the published and of a small network.\n"
          "rollout: a match of six learned skills against its bare physics, grouped and "
          "ungrouped.\n"
          "train: an update of PPO against the sgemm rate at its shapes, and where training's time "
          "goes.\n"
          "log: what writing and verifying a match log costs.\n"
          "fleet: messages between the ranks of mpirun or srun, and how long shared work takes.",
  };
  Arguments args = {0};
  cli_read(&args, &COMMAND, argc, argv);
  const CliBenchFn *bench = find(args.what);
  if (!bench) {
    fprintf(stderr, "hcsp bench: '%s'; wanted physics, nets, rollout, train, log or fleet\n",
            args.what);
    return SIM_USAGE;
  }
  if (strcmp(args.what, "fleet") != 0 && !fleet_only_first()) {
    return SIM_OK;
  }
  CliBenchReport report = {
      .json = json_object(), .quiet = args.json, .device = args.device, .simulate = args.simulate};
  SimError err = {0};
  const SimStatus status = bench->run(&report, &err);
  if (status == SIM_OK && args.json) {
    json_dumpf(report.json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
  }
  json_decref(report.json);
  return status == SIM_OK ? SIM_OK : cli_report(&err);
}

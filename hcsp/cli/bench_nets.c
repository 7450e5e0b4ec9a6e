// Nets: rows per CPU second of inference in full tiles, for the published architecture and for the
// small one.
#include "hcsp/cli/bench.h"
#include "hcsp/learn/ppo_config.h"
#include "policies/net.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"

#include <stdlib.h>

enum { TILES = 400, REPETITIONS = 9 };

static void fill(float *value, int n, SimRng *rng, float scale) {
  sim_rng_normals(rng, value, n);
  for (int i = 0; i < n; i++) {
    value[i] *= scale;
  }
}

static void randomise(PolNet *net, SimRng *rng) {
  int inputs = net->arch.inputs;
  for (int l = 0; l < net->arch.layers; l++) {
    fill(net->weight[l], inputs * net->arch.hidden[l], rng, 0.1f);
    inputs = net->arch.hidden[l];
  }
  fill(net->head_weight, inputs * net->arch.outputs, rng, 0.1f);
}

static double flops(const PolArch *arch) {
  double n = 0;
  int inputs = arch->inputs;
  for (int l = 0; l < arch->layers; l++) {
    n += 2.0 * inputs * arch->hidden[l];
    inputs = arch->hidden[l];
  }
  return n + 2.0 * inputs * arch->outputs;
}

static SimStatus bench_arch(CliBenchReport *report, const PolArch *arch, const char *rows_key,
                            const char *flops_key, const char *text, SimError *err) {
  PolNet *net = pol_net_create(arch, false, err);
  SIM_TRY(net ? SIM_OK : err->status);
  float *scratch = sim_new((size_t)pol_net_scratch(net), sizeof *scratch);
  float *in = sim_new((size_t)(POL_NET_TILE * arch->inputs), sizeof *in);
  float *out = sim_new((size_t)(POL_NET_TILE * arch->outputs), sizeof *out);
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  randomise(net, &rng);
  fill(in, POL_NET_TILE * arch->inputs, &rng, 1);
  double seconds[REPETITIONS];
  for (int i = 0; i < REPETITIONS; i++) {
    const double start = sim_time_thread();
    for (int t = 0; t < TILES; t++) {
      pol_net_forward(out, net, in, POL_NET_TILE, scratch);
    }
    seconds[i] = (sim_time_thread() - start) / (TILES * POL_NET_TILE);
  }
  const double row = cli_median(seconds, REPETITIONS);
  cli_bench_add(report, rows_key, 1 / row, text);
  cli_bench_add(report, flops_key, 1e-9 * flops(arch) / row, "GFLOP/s of its matrix products");
  free(scratch);
  free(in);
  free(out);
  pol_net_destroy(net);
  return SIM_OK;
}

SimStatus cli_bench_nets(CliBenchReport *report, SimError *err) {
  const PolArch paper = ppo_arch_of(CONFIG_NET_PAPER, 34, 4);
  const PolArch small = ppo_arch_of(CONFIG_NET_SMALL, 43, 4);
  SIM_TRY(bench_arch(report, &paper, "paper_rows_per_s", "paper_gflops",
                     "rows per CPU second, 34-256-128-128-4, layer norm, ELU", err));
  return bench_arch(report, &small, "small_rows_per_s", "small_gflops",
                    "rows per CPU second, 43-64-64-4, tanh", err);
}

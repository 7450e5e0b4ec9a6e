// Rollout: whole matches of the team stage1 (learned skills, small networks, rule strategy) against
// the bare physics of the same bodies; inference in groups against one row at a time; and what
// running every published network for every match at every step would take, as the reference does.
// Nets: rows per CPU second of inference in full tiles, for the published architecture and for the
// small one.
#include <stdlib.h>

#include "hcsp/cli/bench.h"
#include "hcsp/learn/ppo_config.h"
#include "policies/net.h"
#include "policies/play.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"

enum { MATCHES = 256, STEPS = 200, ROUNDS = 9, REFERENCE_NETS = 26, CALLS = 200 };

// ---- matches

// CPU seconds per match step; finished matches start again
static SimStatus time_matches(double *seconds, PolPlay *play, SimError *err) {
  int ids[MATCHES];
  uint32_t rally[MATCHES], next = MATCHES;
  SimStatus status = SIM_OK;
  for (int m = 0; m < MATCHES; m++) {
    ids[m] = m;
    rally[m] = (uint32_t)m;
  }
  pol_play_reset(play, ids, MATCHES, rally);
  const double start = sim_time_thread();
  for (int k = 0; status == SIM_OK && k < STEPS; k++) {
    status = pol_play_step(play, ids, MATCHES, err);
    for (int m = 0; status == SIM_OK && m < MATCHES; m++) {
      if (pol_play_state(play, m)->referee.winner != SIM_PLAYING) {
        rally[m] = next++;
        pol_play_reset(play, &m, 1, &rally[m]);
      }
    }
  }
  *seconds = (sim_time_thread() - start) / (STEPS * MATCHES);
  return status;
}

static SimStatus bench_matches(CliBenchReport *report, const SimModel *model,
                               const SimModel *flight, const PolTeam *team, SimError *err) {
  const SimRules *rules = sim_rules_find("court");
  const PolPlayOptions options = {.matches = MATCHES, .threads = 1, .seed = 1, .rules = rules};
  double whole[ROUNDS], bare[ROUNDS], ratio[ROUNDS], flown[ROUNDS], flight_ratio[ROUNDS];
  PolPlay *play = pol_play_create(&options, model, team, team, err);
  PolPlay *flying = play ? pol_play_create(&options, flight, team, team, err) : NULL;
  mjData *d = mj_makeData(model->mj);
  SimStatus status = flying ? SIM_OK : err->status;
  for (int i = 0; status == SIM_OK && i < ROUNDS; i++) {
    bare[i] = cli_bench_world(model, d, rules, true);
    status = time_matches(&whole[i], play, err);
    status = status == SIM_OK ? time_matches(&flown[i], flying, err) : status;
    ratio[i] = whole[i] / bare[i];
    flight_ratio[i] = flown[i] / bare[i];
  }
  mj_deleteData(d);
  pol_play_destroy(play);
  pol_play_destroy(flying);
  if (status == SIM_OK) {
    cli_bench_add(report, "match_step_us", 1e6 * cli_median(whole, ROUNDS),
                  "us CPU per step of a whole match, six learned skills");
    cli_bench_add(report, "mj_step_us", 1e6 * cli_median(bare, ROUNDS),
                  "us CPU, bare mj_step of the same bodies");
    cli_bench_add(report, "match_to_physics", cli_median(ratio, ROUNDS),
                  "whole match / bare physics (at most 3)");
    cli_bench_add(report, "match_to_physics_flight", cli_median(flight_ratio, ROUNDS),
                  "the same with the closed-form step / bare physics");
  }
  return status;
}

// ---- inference

// CPU seconds per row of CALLS x POL_NET_TILE rows, `rows` of them at a time
static double time_rows(const PolNet *net, float *out, const float *in, float *scratch, int rows) {
  const double start = sim_time_thread();
  for (int call = 0; call < CALLS; call++) {
    for (int first = 0; first < POL_NET_TILE; first += rows) {
      pol_net_forward(out, net, in + (ptrdiff_t)first * net->arch.inputs, rows, scratch);
    }
  }
  return (sim_time_thread() - start) / (CALLS * POL_NET_TILE);
}

// adds the CPU seconds of a row: of full tiles, and one at a time
static void bench_nets(double *grouped, double *alone, const PolNet *net) {
  float *scratch = sim_new((size_t)pol_net_scratch(net), sizeof *scratch);
  float *in = sim_new((size_t)(POL_NET_TILE * net->arch.inputs), sizeof *in);
  float *out = sim_new((size_t)(POL_NET_TILE * net->arch.outputs), sizeof *out);
  double together[ROUNDS], single[ROUNDS];
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, in, POL_NET_TILE * net->arch.inputs);
  for (int i = 0; i < ROUNDS; i++) {
    together[i] = time_rows(net, out, in, scratch, POL_NET_TILE);
    single[i] = time_rows(net, out, in, scratch, 1);
  }
  *grouped += cli_median(together, ROUNDS);
  *alone += cli_median(single, ROUNDS);
  free(scratch);
  free(in);
  free(out);
}

static void bench_grouping(CliBenchReport *report, const PolTeam *team) {
  static const PolSlot six[] = {POL_SERVE, POL_RECEIVE, POL_PASS, POL_SET, POL_ATTACK, POL_GOTO};
  double grouped = 0, alone = 0;
  for (int i = 0; i < 6; i++) {
    if (team->skill[six[i]]) {
      bench_nets(&grouped, &alone, team->skill[six[i]]->net);
    }
  }
  cli_bench_add(report, "grouped_speed_up", alone / grouped,
                "inference of six skills, one row at a time / grouped (at least 3)");
}

// every network of the published size for both teams, every step, in full tiles
static SimStatus bench_reference(CliBenchReport *report, SimError *err) {
  const PolArch paper = ppo_arch_of(CONFIG_NET_PAPER, 34, 4);
  double grouped = 0, alone = 0;
  PolNet *net = pol_net_create(&paper, false, err);
  SIM_TRY(net ? SIM_OK : err->status);
  bench_nets(&grouped, &alone, net);
  pol_net_destroy(net);
  cli_bench_add(report, "reference_us", 1e6 * REFERENCE_NETS * grouped,
                "us CPU per match step for 26 networks of the published size");
  return SIM_OK;
}

SimStatus cli_bench_rollout(CliBenchReport *report, SimError *err) {
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, err);
  options.physics = SIM_PHYSICS_FLIGHT;
  SimModel *flight = model ? sim_model_create(&options, err) : NULL;
  PolTeam *team = flight ? pol_team_load("stage1", err) : NULL;
  SimStatus status = team ? bench_matches(report, model, flight, team, err) : err->status;
  if (status == SIM_OK) {
    bench_grouping(report, team);
    status = bench_reference(report, err);
  }
  pol_team_destroy(team);
  sim_model_destroy(model);
  sim_model_destroy(flight);
  return status;
}

// ---- one network

static void draw_weights(float *value, int n, SimRng *rng) {
  sim_rng_normals(rng, value, n);
  for (int i = 0; i < n; i++) {
    value[i] *= 0.1f;
  }
}

static void randomise(PolNet *net, SimRng *rng) {
  int inputs = net->arch.inputs;
  for (int l = 0; l < net->arch.layers; l++) {
    draw_weights(net->weight[l], inputs * net->arch.hidden[l], rng);
    inputs = net->arch.hidden[l];
  }
  draw_weights(net->head_weight, inputs * net->arch.outputs, rng);
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
  double row = 0, alone = 0;
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  randomise(net, &rng);
  bench_nets(&row, &alone, net);
  cli_bench_add(report, rows_key, 1 / row, text);
  cli_bench_add(report, flops_key, 1e-9 * flops(arch) / row, "GFLOP/s of its matrix products");
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

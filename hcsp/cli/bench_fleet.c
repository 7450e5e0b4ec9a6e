// Several ranks: what their messages cost, and from that and from how long matches and best
// responses take here, how far more of them would carry.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/bench.h"
#include "hcsp/cli/cli.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/fleet/fleet.h"
#include "hcsp/fleet/model.h"
#include "hcsp/league/learner.h"
#include "sim/base/log.h"

enum {
  CALLS = 200,
  TAKES = 400,
  BYTES = 8 << 20,
  ROUNDS = 5,
  MATCHES = 64,
  FEW = 8,
  STEPS = 60,
  RALLIES = 96,
  RESPONSES = 3,
  DECISIONS = 1536,
  BATCH = 256,  // of a tournament, in flight
  BUDGET = 30000,
};

// Without ranks to measure: messages of a switched gigabit network.
static const FleetCosts ASSUMED = {.take = 1e-3, .gather = 2e-5, .hop = 1e-3};

// What was measured on this machine.
typedef struct Measured {
  double length[RALLIES];  // control steps of rallies
  double step, work;       // s of a step, and of each match in it
  double response[RESPONSES];
} Measured;

// ---- messages

static SimStatus time_calls(double *seconds, SimError *err) {
  double value[CALLS];
  for (int i = 0; i < CALLS; i++) {
    const double start = sim_time_wall();
    const SimStatus status = fleet_agree("bench", SIM_OK, err);
    value[i] = sim_time_wall() - start;
    if (status != SIM_OK) {
      return status;
    }
  }
  *seconds = cli_median(value, CALLS);
  return SIM_OK;
}

// rank 1 takes numbers one at a time
static SimStatus time_takes(double *seconds, SimError *err) {
  FleetShare share;
  double sum[2] = {0};
  fleet_share_open(&share, TAKES, 1, "bench");
  while (fleet_rank() == 1) {
    const double start = sim_time_wall();
    if (fleet_share_take(&share) < 0) {
      break;
    }
    sum[0] += sim_time_wall() - start;
    sum[1]++;
  }
  fleet_share_close(&share, SIM_OK);
  const SimStatus status = fleet_sum(sum, 2, "bench", SIM_OK, err);
  *seconds = sum[1] > 0 ? sum[0] / sum[1] : (double)NAN;
  return status;
}

static SimStatus time_bytes(double *seconds, SimError *err) {
  double value[ROUNDS];
  char *data = sim_new(1, BYTES);
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < ROUNDS; i++) {
    const double start = sim_time_wall();
    FleetBytes bytes = {.data = data, .size = BYTES};
    status = fleet_broadcast(&bytes, "bench", status, err);
    status = fleet_agree("bench", status, err);
    value[i] = sim_time_wall() - start;
    if (fleet_rank() > 0) {
      free(bytes.data);
    }
  }
  *seconds = status == SIM_OK ? cli_median(value, ROUNDS) : (double)NAN;
  free(data);
  return status;
}

static SimStatus bench_messages(FleetCosts *costs, CliBenchReport *report, SimError *err) {
  const int ranks = fleet_size();
  double call, bytes;
  *costs = ASSUMED;
  if (ranks == 1) {
    return SIM_OK;
  }
  SIM_TRY(time_calls(&call, err));
  SIM_TRY(time_takes(&costs->take, err));
  SIM_TRY(time_bytes(&bytes, err));
  costs->hop = call / (1 + ceil(log2(ranks)));
  costs->gather = fmin(costs->hop, ASSUMED.gather);
  cli_bench_add(report, "fleet_ranks", ranks, "ranks");
  cli_bench_add(report, "fleet_gather", 1e6 * call, "us, an empty gather and its answer");
  cli_bench_add(report, "fleet_take", 1e6 * costs->take, "us, from asking for work to having it");
  cli_bench_add(report, "fleet_broadcast", BYTES / 1e6 / bytes, "MB/s to all, 8 MiB at a time");
  return SIM_OK;
}

// ---- work

static SimStatus time_steps(double *seconds, const CliMatchup *matchup, int n, SimError *err) {
  int ids[MATCHES];
  uint32_t rally[MATCHES];
  double value[ROUNDS];
  const PolPlayOptions options = {
      .matches = n, .threads = 1, .seed = 1, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, matchup->model, matchup->near, matchup->far, err);
  SimStatus status = play ? SIM_OK : err->status;
  for (int i = 0; i < n; i++) {
    ids[i] = i;
    rally[i] = (uint32_t)i;
  }
  for (int round = 0; status == SIM_OK && round < ROUNDS; round++) {
    pol_play_reset(play, ids, n, rally);
    const double start = sim_time_thread();
    for (int k = 0; status == SIM_OK && k < STEPS; k++) {
      status = pol_play_step(play, ids, n, err);
    }
    value[round] = (sim_time_thread() - start) / STEPS;
  }
  pol_play_destroy(play);
  *seconds = status == SIM_OK ? cli_median(value, ROUNDS) : (double)NAN;
  return status;
}

static SimStatus time_matches(Measured *m, const CliMatchup *matchup, SimError *err) {
  double many = 0, few = 0;
  EvalRally rally[RALLIES];
  int played;
  const EvalRalliesOptions options = {.model = matchup->model,
                                      .near = matchup->near,
                                      .far = matchup->far,
                                      .rules = sim_rules_find("court"),
                                      .seed = 1,
                                      .rallies = RALLIES,
                                      .threads = 1};
  SIM_TRY(time_steps(&many, matchup, MATCHES, err));
  SIM_TRY(time_steps(&few, matchup, FEW, err));
  SIM_TRY(eval_rallies_play(rally, &played, &options, err));
  m->work = (many - few) / (MATCHES - FEW);
  m->step = fmax(few - FEW * m->work, 0);
  for (int i = 0; i < RALLIES; i++) {
    m->length[i] = rally[i].steps;
  }
  return SIM_OK;
}

static SimStatus time_responses(Measured *m, const CliMatchup *matchup, SimError *err) {
  StrategyConfig config;
  const int64_t budget = DECISIONS;
  LeaguePlayer target = {.n = matchup->near->strategies};
  memcpy(target.weight, matchup->near->weight, sizeof target.weight);
  for (int i = 0; i < target.n; i++) {
    target.strategy[i] = &matchup->near->strategy[i];
  }
  SimStatus status = strategy_config_load(&config, "response", NULL, NULL, 0, err);
  for (int i = 0; status == SIM_OK && i < RESPONSES; i++) {
    const LeagueLearnerOptions options = {.config = &config,
                                          .model = matchup->model,
                                          .team = matchup->near,
                                          .rules = sim_rules_find("court"),
                                          .threads = 1,
                                          .seed = (uint64_t)i + 1};
    PolFile *file = NULL;
    LeagueScore late;
    const double start = sim_time_cpu();
    status = league_best_response(&file, &late, &options, &target, &budget, 1, err);
    m->response[i] = (sim_time_cpu() - start) / DECISIONS;
    pol_file_destroy(file);
  }
  return status;
}

static double mean_of(const double *value, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    sum += value[i];
  }
  return sum / n;
}

static SimStatus bench_work(Measured *m, CliBenchReport *report, SimError *err) {
  CliMatchup matchup;
  SIM_TRY(cli_matchup_open(&matchup, "stage2", "stage2", SIM_PHYSICS_MUJOCO, NULL, err));
  SimStatus status = time_matches(m, &matchup, err);
  status = status == SIM_OK ? time_responses(m, &matchup, err) : status;
  cli_matchup_close(&matchup);
  if (status == SIM_OK) {
    const double steps = mean_of(m->length, RALLIES);
    cli_bench_add(report, "point_steps", steps, "control steps of a point, mean");
    cli_bench_add(report, "match_step", 1e6 * m->work, "us CPU of a match in a step");
    cli_bench_add(report, "batch_step", 1e6 * m->step, "us CPU of a step besides its matches");
    cli_bench_add(report, "point", 1e3 * steps * (m->work + m->step / MATCHES),
                  "ms CPU of a point, 64 in flight");
    cli_bench_add(report, "response", 1e3 * mean_of(m->response, RESPONSES),
                  "ms CPU of a decision of a best response");
  }
  return status;
}

// ---- more ranks

enum { FORECASTS = 3 };
static const int RANKS[FORECASTS] = {8, 64, 512};

static void tell(CliBenchReport *report, const char *name, const char *what, int ranks,
                 const FleetForecast *f) {
  char key[64], text[160];
  snprintf(key, sizeof key, "%s_%d", name, ranks);
  snprintf(text, sizeof text, "times as fast, %s on %d ranks: %.3g s, efficiency %.2f, idle %.2f",
           what, ranks, f->seconds, f->efficiency, f->idle);
  cli_bench_add(report, key, f->efficiency * ranks, text);
}

// the matches of a learner, a control step at a time
static void forecast_steps(CliBenchReport *report, const char *name, const char *what, int matches,
                           const Measured *m, const FleetCosts *costs) {
  for (int i = 0; i < FORECASTS; i++) {
    const FleetForecast f = fleet_forecast_step(matches, m->step, m->work, costs, RANKS[i]);
    tell(report, name, what, RANKS[i], &f);
  }
}

// n items whose durations are those that were measured, over and over
static void forecast_items(CliBenchReport *report, const char *name, const char *what, int n,
                           int room, const double *value, int values, const double cost[2],
                           const FleetCosts *costs) {
  double *length = sim_new((size_t)n, sizeof *length);
  for (int i = 0; i < n; i++) {
    length[i] = value[i % values];
  }
  const FleetWork work = {
      .items = n, .room = room, .length = length, .step = cost[0], .work = cost[1]};
  for (int i = 0; i < FORECASTS; i++) {
    const FleetForecast f = fleet_forecast(&work, costs, RANKS[i]);
    tell(report, name, what, RANKS[i], &f);
  }
  free(length);
}

static void bench_forecast(CliBenchReport *report, const Measured *m, const FleetCosts *costs) {
  const double batch[2] = {m->step, m->work}, single[2] = {0, 1};
  double response[RESPONSES], slow[RESPONSES];
  for (int i = 0; i < RESPONSES; i++) {
    response[i] = BUDGET * m->response[i];
    slow[i] = 4 * response[i];
  }
  forecast_steps(report, "learner_512", "a step of a learner's 512 matches", 512, m, costs);
  forecast_steps(report, "learner_4096", "a step of a learner's 4,096 matches", 4096, m, costs);
  forecast_items(report, "points_5000", "a pass of 5,000 points", 5000, BATCH, m->length, RALLIES,
                 batch, costs);
  forecast_items(report, "points_100000", "a pass of 100,000 points", 100000, BATCH, m->length,
                 RALLIES, batch, costs);
  forecast_items(report, "responses_32", "32 best responses of 30,000 decisions", 32, 1, response,
                 RESPONSES, single, costs);
  forecast_items(report, "seeds_64", "64 seeds of 120,000 decisions", 64, 1, slow, RESPONSES,
                 single, costs);
}

SimStatus cli_bench_fleet(CliBenchReport *report, SimError *err) {
  Measured measured = {.step = 0};
  FleetCosts costs;
  const bool work = report->simulate || fleet_size() == 1;
  SimStatus status = bench_messages(&costs, report, err);
  if (status != SIM_OK || !work || !fleet_only_first()) {
    return status;
  }
  status = bench_work(&measured, report, err);
  if (status == SIM_OK && report->simulate) {
    bench_forecast(report, &measured, &costs);
  }
  return status;
}

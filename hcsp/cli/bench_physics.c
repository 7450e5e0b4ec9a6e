// Physics: a control step of ours (lag, wrench, downwash, ball contact, mj_step, referee) and the
// same in closed form against a bare mj_step of the same model from the same states, one match and
// blocks of them, then the batch on one and two threads.
#include <string.h>

#include "hcsp/cli/bench.h"
#include "sim/base/log.h"
#include "sim/batch.h"

enum {
  STEPS = 90,    // a rally's first steps: the served ball falls for 0.75 s and is hit
  RALLIES = 20,  // rallies in one repetition
  REPETITIONS = 41,
  MATCHES = 256,  // matches of the batch
};

static void hover_action(float action[SIM_DRONES][SIM_ROTORS]) {
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int r = 0; r < SIM_ROTORS; r++) {
      action[i][r] = (float)SIM_HOVER_COMMAND;
    }
  }
}

double cli_bench_world(const SimModel *model, mjData *d, const SimRules *rules, bool bare) {
  SimState state;
  float action[SIM_DRONES][SIM_ROTORS];
  double seconds = 0;
  hover_action(action);
  for (uint32_t rally = 0; rally < RALLIES; rally++) {
    sim_world_reset(&state, d, model, 1, rally);
    const double start = sim_time_thread();
    for (int k = 0; k < STEPS && state.referee.winner == SIM_PLAYING; k++) {
      if (bare) {
        mj_step(model->mj, d);
      } else {
        sim_world_step(&state, d, model, rules, (const float(*)[SIM_ROTORS])action);
      }
    }
    seconds += sim_time_thread() - start;
  }
  return seconds / (RALLIES * STEPS);
}

static void bench_world(CliBenchReport *report, const SimModel *model, const SimModel *flight) {
  const SimRules *rules = sim_rules_find("court");
  double ours[REPETITIONS], bare[REPETITIONS], ratio[REPETITIONS];
  double flown[REPETITIONS], flight_ratio[REPETITIONS];
  mjData *d = mj_makeData(model->mj);
  for (int i = 0; i < REPETITIONS; i++) {
    bare[i] = cli_bench_world(model, d, rules, true);
    ours[i] = cli_bench_world(model, d, rules, false);
    flown[i] = cli_bench_world(flight, d, rules, false);
    ratio[i] = ours[i] / bare[i];
    flight_ratio[i] = flown[i] / bare[i];
  }
  mj_deleteData(d);
  cli_bench_add(report, "mj_step_us", 1e6 * cli_median(bare, REPETITIONS),
                "us CPU, bare mj_step of six drones and a ball");
  cli_bench_add(report, "control_step_us", 1e6 * cli_median(ours, REPETITIONS),
                "us CPU, whole control step without policies");
  cli_bench_add(report, "control_step_ratio", cli_median(ratio, REPETITIONS),
                "control step / bare mj_step (at most 2)");
  cli_bench_add(report, "flight_step_us", 1e6 * cli_median(flown, REPETITIONS),
                "us CPU, the same in closed form");
  cli_bench_add(report, "flight_step_ratio", cli_median(flight_ratio, REPETITIONS),
                "control step in closed form / bare mj_step");
}

typedef struct BatchRun {
  SimBatch *batch;
  float (*action)[SIM_DRONES][SIM_ROTORS];
  int ids[MATCHES];
} BatchRun;

// CPU and wall seconds per match step of one pass over fresh rallies
static SimStatus time_batch(const BatchRun *run, double *cpu, double *wall, SimError *err) {
  uint32_t rally[MATCHES];
  for (int m = 0; m < MATCHES; m++) {
    rally[m] = (uint32_t)m;
  }
  sim_batch_reset(run->batch, run->ids, MATCHES, 1, rally);
  const double start_cpu = sim_time_cpu(), start_wall = sim_time_wall();
  int steps = 0;
  // no rally is over before the served ball comes down
  for (; steps < STEPS / 2; steps++) {
    SIM_TRY(sim_batch_step(run->batch, run->ids, MATCHES,
                           (const float(*)[SIM_DRONES][SIM_ROTORS])run->action, err));
  }
  *cpu = (sim_time_cpu() - start_cpu) / (steps * MATCHES);
  *wall = (sim_time_wall() - start_wall) / (steps * MATCHES);
  return SIM_OK;
}

// matches in blocks, all forces and the referee, against a bare mj_step in the same repetition
static SimStatus bench_blocks(CliBenchReport *report, const SimModel *model, const SimModel *flight,
                              SimError *err) {
  static float action[MATCHES][SIM_DRONES][SIM_ROTORS];
  const SimRules *rules = sim_rules_find("court");
  BatchRun run = {.action = action};
  double cpu[REPETITIONS], ratio[REPETITIONS], wall;
  SimStatus status = SIM_OK;
  for (int m = 0; m < MATCHES; m++) {
    hover_action(action[m]);
    run.ids[m] = m;
  }
  mjData *d = mj_makeData(model->mj);
  run.batch = sim_batch_create(flight, rules, MATCHES, 1, err);
  status = run.batch ? SIM_OK : err->status;
  for (int i = 0; i < REPETITIONS && status == SIM_OK; i++) {
    const double bare = cli_bench_world(model, d, rules, true);
    status = time_batch(&run, &cpu[i], &wall, err);
    ratio[i] = cpu[i] / bare;
  }
  sim_batch_destroy(run.batch);
  mj_deleteData(d);
  if (status == SIM_OK) {
    cli_bench_add(report, "block_step_us", 1e6 * cli_median(cpu, REPETITIONS),
                  "us CPU, a match of a batch in closed form, in blocks");
    cli_bench_add(report, "block_step_ratio", cli_median(ratio, REPETITIONS),
                  "that / bare mj_step");
  }
  return status;
}

static SimStatus bench_threads(CliBenchReport *report, const SimModel *model, SimError *err) {
  static float action[MATCHES][SIM_DRONES][SIM_ROTORS];
  BatchRun run[2] = {{.action = action}, {.action = action}};
  double cpu[2][REPETITIONS], wall[2][REPETITIONS];
  SimStatus status = SIM_OK;
  for (int m = 0; m < MATCHES; m++) {
    hover_action(action[m]);
  }
  for (int t = 0; t < 2 && status == SIM_OK; t++) {
    run[t].batch = sim_batch_create(model, sim_rules_find("court"), MATCHES, t + 1, err);
    status = run[t].batch ? SIM_OK : SIM_FAIL;
    for (int m = 0; m < MATCHES; m++) {
      run[t].ids[m] = m;
    }
  }
  for (int i = 0; i < REPETITIONS && status == SIM_OK; i++) {
    for (int t = 0; t < 2 && status == SIM_OK; t++) {
      status = time_batch(&run[t], &cpu[t][i], &wall[t][i], err);
    }
  }
  sim_batch_destroy(run[0].batch);
  sim_batch_destroy(run[1].batch);
  if (status == SIM_OK) {
    const double one = cli_median(cpu[0], REPETITIONS), two = cli_median(cpu[1], REPETITIONS);
    cli_bench_add(report, "batch_step_us", 1e6 * one, "us CPU per match step, batch, one thread");
    cli_bench_add(report, "batch_step_2_threads_us", 1e6 * two, "us CPU, two threads");
    cli_bench_add(report, "two_thread_cpu_ratio", two / one, "CPU time, two / one (at most 1.1)");
    cli_bench_add(report, "two_thread_speed_up",
                  cli_median(wall[0], REPETITIONS) / cli_median(wall[1], REPETITIONS),
                  "wall clock, one / two threads");
  }
  return status;
}

SimStatus cli_bench_physics(CliBenchReport *report, SimError *err) {
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, err);
  options.physics = SIM_PHYSICS_FLIGHT;
  SimModel *flight = model ? sim_model_create(&options, err) : NULL;
  SimStatus status = flight ? SIM_OK : err->status;
  if (status == SIM_OK) {
    bench_world(report, model, flight);
    status = bench_blocks(report, model, flight, err);
  }
  status = status ? status : bench_threads(report, model, err);
  sim_model_destroy(model);
  sim_model_destroy(flight);
  return status;
}

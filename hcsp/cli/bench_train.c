// Train: one update of PPO on one thread against what sgemm alone takes for the same products, and
// a real training of the serve, split into its parts. With a device that works beside the processor
// seconds are of the wall clock, all processor threads step the worlds, and what is left of the
// time that the device thinks tells how much of it the stepping hides.
#include <stdlib.h>
#include <string.h>

#include "hcsp/cli/bench.h"
#include "hcsp/env/skill_env.h"
#include "hcsp/env/tasks/config.h"
#include "hcsp/learn/collect.h"
#include "hcsp/learn/ppo.h"
#include "kernels/cpu/openblas.h"
#include "policies/thinker.h"
#include "sim/base/cores.h"
#include "sim/base/log.h"

enum { STEPS = 32, WORLDS = 1024, INPUTS = 43, WIDTH = 64, TILE = 512, ROUNDS = 5 };

static const PolArch ACTOR = {.inputs = INPUTS,
                              .outputs = SIM_ROTORS,
                              .layers = 2,
                              .hidden = {WIDTH, WIDTH},
                              .activation = POL_TANH};

static const PpoConfig PPO = {.update_epochs = 4,
                              .num_minibatches = 8,
                              .gamma = 0.99,
                              .gae_lambda = 0.95,
                              .clip_coef = 0.2,
                              .advantage_max = 6,
                              .bound_limit = 1.05,
                              .bound_cost = 0.1,
                              .max_grad_norm = 1,
                              .learning_rate = 1e-4,
                              .learning_rate_min = 1e-4,
                              .learning_rate_max = 1e-4,
                              .std_low = -4,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .epsilon = 1e-7};

// ---- sgemm alone

// multiply-adds a sample of forward and backward of one network; fills shapes[n][3]
static int list_products(int shape[][3], int outputs) {
  const int layers[3][2] = {{WIDTH, INPUTS}, {WIDTH, WIDTH}, {outputs, WIDTH}};
  int n = 0;
  for (int l = 0; l < 3; l++, n++) {
    shape[n][0] = layers[l][0];
    shape[n][1] = layers[l][1];
    shape[n][2] = l > 0;  // the first layer needs no gradient of its input
  }
  return n;
}

static double products_of(KrnSgemm *sgemm, const int shape[3], float *a, float *b, float *c) {
  const int out = shape[0], in = shape[1];
  sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, TILE, out, in, 1, a, in, b, in, 0, c, out);
  sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, TILE, 1, c, out, a, in, 0, b, in);
  if (shape[2]) {
    sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, TILE, in, out, 1, c, out, b, in, 0, a, in);
  }
  return 2.0 * TILE * out * in * (shape[2] ? 3 : 2);
}

// FLOP/s of the products of an update, done over and over
static double sgemm_rate(KrnSgemm *sgemm, float *memory) {
  int shape[6][3];
  const int n = list_products(shape, SIM_ROTORS) + list_products(shape + 3, 1);
  float *a = memory, *b = a + TILE * WIDTH, *c = b + TILE * WIDTH;
  double flops = 0;
  const double start = sim_time_thread();
  for (int round = 0; round < 200; round++) {
    for (int i = 0; i < n; i++) {
      flops += products_of(sgemm, shape[i], a, b, c);
    }
  }
  return flops / (sim_time_thread() - start);
}

static double flops_per_sample(void) {
  int shape[6][3];
  const int n = list_products(shape, SIM_ROTORS) + list_products(shape + 3, 1);
  double flops = 0;
  for (int i = 0; i < n; i++) {
    // forward and backward in every epoch, and once more forward of the critic for the values
    flops += 2.0 * shape[i][0] * shape[i][1] * (shape[i][2] ? 3 : 2) * PPO.update_epochs;
    flops += i >= n / 2 ? 2.0 * shape[i][0] * shape[i][1] : 0;
  }
  return flops;
}

// ---- an update

// CPU time of this thread, which says nothing about a device beside it
static double seconds(const Ppo *ppo) {
  return ppo->device->ops->beside ? sim_time_wall() : sim_time_thread();
}

static void fill_rollout(Rollout *r) {
  SimRng rng = sim_rng(1, 0, 0, SIM_RNG_TEST);
  const int rows = r->steps * r->worlds;
  sim_rng_normals(&rng, r->obs, (rows + r->worlds) * r->inputs);
  sim_rng_normals(&rng, r->action, rows * r->outputs);
  sim_rng_normals(&rng, r->reward, rows);
  for (int i = 0; i < rows; i++) {
    r->log_prob[i] = -4;
    r->ended[i] = i % 37 == 0;
  }
}

static Ppo *make_ppo(KrnDevice *device, SimError *err) {
  const MlpInit init = {.gain = 1.5, .head = 0.01, .head_bias = SIM_HOVER_COMMAND, .log_std = -1};
  PolArch critic = ACTOR;
  critic.outputs = 1;
  Ppo *ppo = ppo_create(device, &PPO, &ACTOR, &critic, STEPS, WORLDS, 1, err);
  if (ppo) {
    mlp_init(ppo->actor, &init, 1, 0);
    mlp_init(ppo->critic, &init, 1, 1);
  }
  return ppo;
}

// decisions a second of one update
static SimStatus time_update(double *rate, Ppo *ppo, const Rollout *rollout, SimError *err) {
  PpoStats figures;
  int bad_row;
  const double start = seconds(ppo);
  SIM_TRY(ppo_update(&figures, &bad_row, ppo, rollout, 0, err));
  *rate = STEPS * WORLDS / (seconds(ppo) - start);
  return SIM_OK;
}

// blas: the same learner with OpenBLAS's products
static SimStatus bench_update(CliBenchReport *report, Ppo *ppo, Ppo *blas, Rollout *rollout,
                              float *memory, SimError *err) {
  double rate[ROUNDS], plain[ROUNDS], over[ROUNDS], share[ROUNDS], gemm[ROUNDS];
  KrnSgemm *sgemm = krn_openblas_sgemm(1, err);
  SIM_TRY(sgemm ? SIM_OK : err->status);
  fill_rollout(rollout);
  for (int i = 0; i < ROUNDS; i++) {
    gemm[i] = sgemm_rate(sgemm, memory);
    SIM_TRY(time_update(&rate[i], ppo, rollout, err));
    share[i] = rate[i] * flops_per_sample() / gemm[i];
    SIM_TRY(time_update(&plain[i], blas, rollout, err));
    over[i] = rate[i] / plain[i];
  }
  cli_bench_add(report, "sgemm_gflops", 1e-9 * cli_median(gemm, ROUNDS),
                "GFLOP/s of sgemm alone at the shapes of an update");
  cli_bench_add(report, "update_share_of_sgemm", cli_median(share, ROUNDS),
                "rate of a whole update / that");
  cli_bench_add(report, "update_decisions_per_s", cli_median(rate, ROUNDS),
                "decisions per second of updating, 4 epochs, 64-64 networks");
  cli_bench_add(report, "blas_decisions_per_s", cli_median(plain, ROUNDS),
                "the same with OpenBLAS's products");
  cli_bench_add(report, "update_over_blas", cli_median(over, ROUNDS), "rate of an update / that");
  return SIM_OK;
}

static SimStatus bench_updates(CliBenchReport *report, Ppo *ppo, Rollout *rollout, SimError *err) {
  KrnDevice *device = krn_cpu_create_blas(1, err);
  Ppo *blas = device ? make_ppo(device, err) : NULL;
  float *memory = sim_new(3 * TILE * WIDTH, sizeof *memory);
  const SimStatus status =
      blas ? bench_update(report, ppo, blas, rollout, memory, err) : err->status;
  free(memory);
  ppo_destroy(blas);
  krn_device_destroy(device);
  return status;
}

// ---- a training

// seconds in which the device thinks about half of the worlds, with nothing beside it
static SimStatus time_thinking(double *took, const Ppo *ppo, SimError *err) {
  const PolThinkerOptions options = {
      .nets = 1, .seats = 1, .rows = WORLDS / 2, .width = INPUTS, .outputs = SIM_ROTORS};
  double round[10 * ROUNDS];
  PolThinker *thinker = pol_thinker_create(ppo->device, &options, err);
  SimStatus status = thinker ? pol_thinker_set(thinker, 0, ppo->actor->net, err) : err->status;
  for (int i = 0; status == SIM_OK && i < 10 * ROUNDS; i++) {
    const double start = sim_time_wall();
    pol_thinker_ask(thinker, 0, WORLDS / 2);
    status = pol_thinker_wait(thinker, 0, err);
    round[i] = sim_time_wall() - start;
  }
  *took = status == SIM_OK ? cli_median(round, 10 * ROUNDS) : 0;
  pol_thinker_destroy(thinker);
  return status;
}

// What takes part in the loop.
typedef struct Loop {
  Ppo *ppo;
  Rollout *rollout;
  EnvSkill *env;
  LearnCollector *collector;
} Loop;

static void report_loop(CliBenchReport *report, const Loop *loop, double updating, double all) {
  const LearnCollectTime *time = learn_collect_time(loop->collector);
  const double paying = env_skill_time(loop->env)->reward, stepping = time->step - paying;
  cli_bench_add(report, "decisions_per_s", STEPS * WORLDS * ROUNDS / all,
                "decisions per second of the whole loop (serve)");
  cli_bench_add(report, "share_simulation", stepping / all, "of it: physics and referee");
  cli_bench_add(report, "share_inference", time->act / all, "of it: observing and inference");
  cli_bench_add(report, "share_judging", paying / all, "of it: rewards, new episodes");
  cli_bench_add(report, "share_update", updating / all, "of it: the update");
  cli_bench_add(report, "share_three", (stepping + time->act + updating) / all,
                "simulation + inference + update");
}

// of the time that a device thinks in a loop, the part in which the processor need not wait
static SimStatus report_overlap(CliBenchReport *report, const Loop *loop, double all,
                                SimError *err) {
  const double waiting = learn_collect_time(loop->collector)->wait;
  double thinking = 0;
  SIM_TRY(time_thinking(&thinking, loop->ppo, err));
  const double hidden = 1 - waiting / (thinking * 2 * STEPS * ROUNDS);
  cli_bench_add(report, "thinking_ms", 1e3 * thinking, "ms to think about half of the worlds");
  cli_bench_add(report, "share_waiting", waiting / all, "of the loop: waiting for that");
  cli_bench_add(report, "overlap", hidden > 0 ? hidden : 0, "of the thinking: beside the physics");
  return SIM_OK;
}

static SimStatus run_loop(CliBenchReport *report, const Loop *loop, SimError *err) {
  const bool beside = loop->ppo->device->ops->beside;
  double updating = 0;
  const double start = beside ? sim_time_wall() : sim_time_cpu();
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < ROUNDS; i++) {
    PpoStats figures;
    int bad_row;
    status = learn_collect(loop->collector, loop->rollout, loop->ppo->actor->net, true, err);
    const double collected = seconds(loop->ppo);
    status = status ? status : ppo_update(&figures, &bad_row, loop->ppo, loop->rollout, 0, err);
    updating += seconds(loop->ppo) - collected;
  }
  const double all = (beside ? sim_time_wall() : sim_time_cpu()) - start;
  if (status == SIM_OK) {
    report_loop(report, loop, updating, all);
  }
  return status == SIM_OK && beside ? report_overlap(report, loop, all, err) : status;
}

static SimStatus bench_loop(CliBenchReport *report, Ppo *ppo, Rollout *rollout, const Task *task,
                            SimError *err) {
  KrnDevice *beside = ppo->device->ops->beside ? ppo->device : NULL;
  const int threads = beside ? sim_cores() : 1;
  Loop loop = {.ppo = ppo, .rollout = rollout};
  loop.env = env_skill_create(task, WORLDS, true, threads, 1, err);
  const Env env = loop.env ? env_skill_env(loop.env) : (Env){.self = NULL};
  loop.collector = loop.env ? learn_collector_create(&env, beside, threads, err) : NULL;
  SimStatus status = loop.collector ? SIM_OK : err->status;
  if (status == SIM_OK) {
    cli_bench_add(report, "threads", threads, "that step worlds");
    status = run_loop(report, &loop, err);
  }
  learn_collector_destroy(loop.collector);
  env_skill_destroy(loop.env);
  return status;
}

SimStatus cli_bench_train(CliBenchReport *report, SimError *err) {
  Rollout rollout = {0};
  TaskConfig *config = task_skill_config_load("serve", NULL, NULL, 0, err);
  Task *task = config ? task_create(config, NULL) : NULL;
  KrnDevice *device = task ? krn_device_open(report->device, 1, err) : NULL;
  Ppo *ppo = device ? make_ppo(device, err) : NULL;
  rollout_create(&rollout, STEPS, WORLDS, INPUTS, SIM_ROTORS);
  SimStatus status = ppo ? bench_updates(report, ppo, &rollout, err) : err->status;
  status = status ? status : bench_loop(report, ppo, &rollout, task, err);
  rollout_free(&rollout);
  ppo_destroy(ppo);
  krn_device_destroy(device);
  task_destroy(task);
  task_skill_config_destroy(config);
  return status;
}

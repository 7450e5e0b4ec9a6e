#include "tests/support/toy_learner.h"

#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/rng.h"

enum { INPUTS = 27, ACTIONS = 4, HEAD_OUTPUTS = 11, SAMPLES = TOY_STEPS * TOY_WORLDS };

PpoConfig toy_config(ToyKind kind) {
  const bool heads = kind == TOY_HEADS;
  PpoConfig c = {.update_epochs = 4,
                 .num_minibatches = 3,
                 .gamma = 0.95,
                 .gae_lambda = 0.9,
                 .clip_coef = 0.2,
                 .advantage_max = 6,
                 .bound_limit = 1.05,
                 .bound_cost = 0.1,
                 .ent_coef = heads ? 0.01 : 0,
                 .max_grad_norm = 1,
                 .learning_rate = 3e-4,
                 .learning_rate_min = 1e-4,
                 .learning_rate_max = 1e-3,
                 .target_kl = 0.02,
                 .learning_rate_end = 1,
                 .std_low = -4,
                 .beta1 = 0.9,
                 .beta2 = 0.999,
                 .epsilon = 1e-7,
                 .normalise_obs = !heads,
                 .normalise_value = true};
  if (heads) {
    c.heads = (KrnHeads){.n = 3, .size = {6, 2, 3}};
  }
  return c;
}

PolArch toy_arch(ToyKind kind) {
  PolArch arch = {.inputs = INPUTS,
                  .outputs = kind == TOY_HEADS ? HEAD_OUTPUTS : ACTIONS,
                  .layers = 2,
                  .hidden = {64, 64},
                  .input_norm = kind == TOY_HEADS ? POL_INPUT_NONE : POL_INPUT_FIXED,
                  .activation = POL_TANH};
  if (kind == TOY_NORMS) {
    arch.layers = 3;
    arch.hidden[0] = 128;
    arch.hidden[1] = arch.hidden[2] = 64;
    arch.input_norm = POL_INPUT_LAYERNORM;
    arch.activation = POL_ELU;
    arch.hidden_norm = true;
  }
  return arch;
}

ToyLearner toy_open(KrnDevice *device, ToyKind kind, int minibatches) {
  SimError err = {0};
  PpoConfig config = toy_config(kind);
  config.num_minibatches = minibatches ? minibatches : config.num_minibatches;
  PolArch actor = toy_arch(kind), critic = actor;
  critic.outputs = 1;
  ToyLearner l = {.device = device, .kind = kind, .legal = calloc(SAMPLES * 3, sizeof *l.legal)};
  assert_true(device && l.legal);
  l.ppo = ppo_create(device, &config, &actor, &critic, TOY_STEPS, TOY_WORLDS, 3, &err);
  assert_non_null(l.ppo);
  rollout_create(&l.rollout, TOY_STEPS, TOY_WORLDS, INPUTS, ACTIONS);
  const MlpInit init = {.gain = 1.5, .head = 0.1, .log_std = -0.5};
  mlp_init(l.ppo->actor, &init, 1, 0);
  mlp_init(l.ppo->critic, &init, 1, 1);
  return l;
}

void toy_close(ToyLearner *l) {
  rollout_free(&l->rollout);
  ppo_destroy(l->ppo);
  krn_device_destroy(l->device);
  free(l->legal);
}

static void fill(ToyLearner *l, uint32_t which) {
  Rollout *r = &l->rollout;
  SimRng rng = sim_rng(9, which, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, r->obs, (SAMPLES + TOY_WORLDS) * INPUTS);
  sim_rng_normals(&rng, r->action, SAMPLES * ACTIONS);
  sim_rng_normals(&rng, r->reward, SAMPLES);
  sim_rng_normals(&rng, r->cut_obs, 8 * INPUTS);
  r->cuts = 0;
  for (int i = 0; i < SAMPLES; i++) {
    r->log_prob[i] = l->kind == TOY_HEADS ? -3.0f : -4.5f;
    r->ended[i] = sim_rng_below(&rng, 20) == 0;
    // as many rows every second time
    r->masked[i] = sim_rng_below(&rng, 50) == 0 && which % 2 == 0;
    if (r->ended[i] && r->cuts < 8) {
      r->cut_row[r->cuts++] = i;
    }
    for (int h = 0; l->kind == TOY_HEADS && h < 3; h++) {
      const uint32_t option = sim_rng_below(&rng, (uint32_t)l->ppo->config.heads.size[h]);
      r->action[3 * i + h] = (float)option;
      l->legal[3 * i + h] = 1u << option | sim_rng_below(&rng, 4);
    }
  }
}

SimStatus toy_update(ToyLearner *l, uint32_t which, SimError *err) {
  PpoStats figures;
  int bad_row;
  fill(l, which);
  if (l->kind != TOY_HEADS) {
    return ppo_update(&figures, &bad_row, l->ppo, &l->rollout, 0, err);
  }
  const Rollout *r = &l->rollout;
  const RolloutSamples samples = {.n = SAMPLES - (int)(which % 2),
                                  .obs = r->obs,
                                  .action = r->action,
                                  .legal = l->legal,
                                  .log_prob = r->log_prob,
                                  .advantage = r->reward,
                                  .wanted = r->obs};
  return ppo_learn(&figures, &bad_row, l->ppo, &samples, 0, err);
}

void toy_updates(ToyLearner *l, uint32_t first, uint32_t end) {
  SimError err = {0};
  for (uint32_t i = first; i < end; i++) {
    assert_ok(toy_update(l, i, &err), &err);
  }
}

double toy_difference(const ToyLearner *a, const ToyLearner *b) {
  const Mlp *const nets[2][2] = {{a->ppo->actor, b->ppo->actor}, {a->ppo->critic, b->ppo->critic}};
  double error = 0;
  for (int k = 0; k < 2; k++) {
    const float *x = nets[k][0]->net->block + nets[k][0]->skip,
                *y = nets[k][1]->net->block + nets[k][1]->skip;
    for (size_t i = 0; i < nets[k][0]->n; i++) {
      error = fmax(error, fabs((double)x[i] - (double)y[i]));
    }
  }
  return error;
}

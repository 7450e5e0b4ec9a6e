// The host says what it knows before an iteration (PpoSays) and reads what the device tells behind
// it (PpoTold); between them nothing waits. While the device works, the host shuffles the samples
// of the next iteration.
#include "hcsp/learn/ppo_resident.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_batch.h"

enum { TURNS = 2, ALIGN = 16 };

// What is looked through for numbers that are not finite, in this order.
typedef enum Guard {
  GUARD_OBS,
  GUARD_ACTION,
  GUARD_LOG_PROB,
  GUARD_REWARD,
  GUARD_CUT_OBS,
  GUARD_ADVANTAGE,
  GUARD_ACTOR,
  GUARD_CRITIC,
  GUARDS
} Guard;

typedef enum Moments { ADVANTAGES, RETURNS, ERRORS, MOMENTS } Moments;

// Where parts of one block of memory lie, on the device or in its copy on the host.
typedef struct Says {
  KrnAdam *adam;   // [epochs][2][minibatches]
  int32_t *order;  // [epochs][rows]
} Says;
typedef struct Told {
  double *moments;  // [MOMENTS][2]
  double *sums;     // [epochs][minibatches][KRN_SUMS]
  double *tally;    // [ENV_TALLY]
  float *scale;     // [epochs][minibatches][2]
  float *norm;      // [2]: length of the last gradient, actor's and critic's
  float *log_std;   // [outputs]
  int32_t *bad;     // [GUARDS]
} Told;

struct PpoResident {
  Ppo *ppo;
  EnvResident *env;
  int steps, rows, cut_rows;
  size_t said_size, told_size;
  char *said, *told;        // the device's
  char *say[TURNS], *tell;  // the host's, page-locked
  KrnMark sent[TURNS], done;
  KrnRecord record;
  int turn;           // whose order is that of the iteration `shuffled`
  int64_t shuffled;   // -1: none yet
  int32_t *identity;  // of the host
};

// ---- blocks of memory

static void *carve(char *block, size_t *at, size_t bytes) {
  void *part = block ? block + *at : NULL;
  *at += (bytes + ALIGN - 1) / ALIGN * ALIGN;
  return part;
}

static size_t batches_of(const PpoResident *r) {
  return (size_t)r->ppo->config.num_minibatches;
}

static size_t epochs_of(const PpoResident *r) {
  return (size_t)r->ppo->config.update_epochs;
}

static Says says_of(const PpoResident *r, char *block, size_t *size) {
  Says s;
  *size = 0;
  s.adam = carve(block, size, epochs_of(r) * 2 * batches_of(r) * sizeof *s.adam);
  s.order = carve(block, size, epochs_of(r) * (size_t)r->rows * sizeof *s.order);
  return s;
}

static Told told_of(const PpoResident *r, char *block, size_t *size) {
  const size_t all = epochs_of(r) * batches_of(r);
  Told t;
  *size = 0;
  t.moments = carve(block, size, (size_t)MOMENTS * 2 * sizeof *t.moments);
  t.sums = carve(block, size, all * KRN_SUMS * sizeof *t.sums);
  t.tally = carve(block, size, ENV_TALLY * sizeof *t.tally);
  t.scale = carve(block, size, all * 2 * sizeof *t.scale);
  t.norm = carve(block, size, 2 * sizeof *t.norm);
  t.log_std = carve(block, size, (size_t)ppo_actions(r->ppo) * sizeof *t.log_std);
  t.bad = carve(block, size, GUARDS * sizeof *t.bad);
  return t;
}

static Told told_by(const PpoResident *r) {
  size_t unused;
  return told_of(r, r->told, &unused);
}

// ---- making and freeing

const char *ppo_resident_why_not(const PpoConfig *config) {
  return config->normalise_obs     ? "observations are normalised by running statistics"
         : config->normalise_value ? "returns are normalised by running statistics"
         : config->symmetry        ? "samples are mirrored"
         : config->heads.n         ? "its actions are choices"
                                   : NULL;
}

PpoResident *ppo_resident_create(Ppo *ppo, EnvResident *env, int steps, SimError *err) {
  const KrnOps *ops = ppo->device->ops;
  const int rows = steps * env_resident_envs(env);
  PpoResident *r = sim_new(1, sizeof *r);
  assert(!ppo_resident_why_not(&ppo->config) && rows == ppo->buffers->rows);
  assert(ops->tiles(ppo->device, rows) == 1 && env_resident_cut_rows(env) <= rows);
  if (r) {
    *r = (PpoResident){.ppo = ppo,
                       .env = env,
                       .steps = steps,
                       .rows = rows,
                       .cut_rows = env_resident_cut_rows(env),
                       .shuffled = -1};
    says_of(r, NULL, &r->said_size);
    told_of(r, NULL, &r->told_size);
    r->said = ops->alloc(ppo->device, r->said_size);
    r->told = ops->alloc(ppo->device, r->told_size);
    r->say[0] = ops->share(ppo->device, r->said_size);
    r->say[1] = ops->share(ppo->device, r->said_size);
    r->tell = ops->share(ppo->device, r->told_size);
    r->identity = sim_new((size_t)rows, sizeof *r->identity);
  }
  if (!r->said || !r->told || !r->say[0] || !r->say[1] || !r->tell) {
    if (ops->status(ppo->device, err) == SIM_OK) {
      sim_error(err, SIM_FAIL, "no memory on the device for the order of %d samples", rows);
    }
    ppo_resident_destroy(r);
    return NULL;
  }
  for (int i = 0; i < rows; i++) {
    r->identity[i] = i;
  }
  return r;
}

void ppo_resident_destroy(PpoResident *r) {
  if (!r) {
    return;
  }
  KrnDevice *device = r->ppo->device;
  device->ops->forget(device, &r->record);
  device->ops->release(device, r->said);
  device->ops->release(device, r->told);
  device->ops->unshare(device, r->tell);
  for (int i = 0; i < TURNS; i++) {
    device->ops->unshare(device, r->say[i]);
    device->ops->unmark(device, &r->sent[i]);
  }
  device->ops->unmark(device, &r->done);
  free(r->identity);
  free(r);
}

// ---- what the host says

// the order of the samples in all epochs of an iteration
static void shuffle_all(PpoResident *r, int turn, int64_t iteration) {
  size_t unused;
  const Says says = says_of(r, r->say[turn], &unused);
  const size_t rows = (size_t)r->rows;
  r->ppo->device->ops->wait(r->ppo->device, &r->sent[turn]);
  for (size_t epoch = 0; epoch < epochs_of(r); epoch++) {
    int32_t *order = says.order + epoch * rows;
    memcpy(order, epoch > 0 ? order - rows : r->identity, rows * sizeof *order);
    ppo_shuffle(order, r->rows, r->ppo, iteration, (int)epoch);
  }
  r->turn = turn;
  r->shuffled = iteration;
}

static void say_rates(PpoResident *r, double rate) {
  Ppo *ppo = r->ppo;
  size_t unused;
  KrnAdam *adam = says_of(r, r->say[r->turn], &unused).adam;
  const int batches = ppo->config.num_minibatches;
  for (int epoch = 0; epoch < ppo->config.update_epochs; epoch++, adam += 2 * batches) {
    for (int m = 0; m < batches; m++) {
      ppo->step += ppo_batch_first(ppo, r->rows, m + 1) > ppo_batch_first(ppo, r->rows, m);
      adam[m] = ppo_adam_of_step(&ppo->config, ppo->step, ppo_warms(ppo) ? 0 : rate);
      adam[batches + m] = ppo_adam_of_step(&ppo->config, ppo->step, rate);
    }
  }
}

// ---- what the device does: nothing here may depend on anything but what r was made with

typedef struct Think {
  const PpoResident *r;
  int t;
} Think;

// actions of all environments for decision t
static void think(void *arg, KrnWork *work, int tile, int first, int rows) {
  (void)tile;
  (void)first;
  const Think *call = arg;
  const Ppo *ppo = call->r->ppo;
  const PpoBuffers *b = ppo->buffers;
  const size_t inputs = (size_t)ppo->actor->net->arch.inputs, outputs = (size_t)ppo_actions(ppo),
               at = (size_t)call->t * (size_t)rows;
  assert(first == 0);
  ppo_put_obs(ppo, ppo->actor, work, b->obs + at * inputs, NULL, rows);
  const float *mean = mlp_forward(ppo->actor, work, rows);
  ppo->device->ops->gaussian_draw(work, b->action + at * outputs, b->log_prob + at, mean,
                                  mlp_log_std(ppo->actor), env_resident_draw(call->r->env), NULL,
                                  rows, (int)outputs);
}

static void roll_out(PpoResident *r) {
  Ppo *ppo = r->ppo;
  const PpoBuffers *b = ppo->buffers;
  const EnvCudaRows rows = {.obs = b->obs,
                            .action = b->action,
                            .reward = b->reward,
                            .ended = b->ended,
                            .cut_obs = b->cut_obs};
  env_resident_begin(r->env, &rows);
  for (int t = 0; t < r->steps; t++) {
    Think call = {r, t};
    ppo->device->ops->for_tiles(ppo->device, env_resident_envs(r->env), think, &call);
    env_resident_step(r->env, &rows, t);
  }
}

static void find_advantages(PpoResident *r, const Told *told) {
  Ppo *ppo = r->ppo;
  const KrnOps *ops = ppo->device->ops;
  const PpoConfig *c = &ppo->config;
  const PpoBuffers *b = ppo->buffers;
  const size_t rows = (size_t)r->rows;
  ppo_find_values(ppo, b->obs, b->value, b->all_rows);
  ppo_find_values(ppo, b->cut_obs, b->cut_value, r->cut_rows);
  ops->pick(ppo->device, b->rest, b->cut_value, env_resident_cut_index(r->env), rows);
  ops->gae(ppo->device, b->advantage, b->wanted, b->reward, b->value, b->ended, b->rest,
           (float)c->gamma, (float)c->gae_lambda, r->steps, env_resident_envs(r->env));
  ops->moments(ppo->device, told->moments + 2 * ADVANTAGES, b->advantage, NULL, rows);
  ops->moments(ppo->device, told->moments + 2 * RETURNS, b->wanted, NULL, rows);
  ops->moments(ppo->device, told->moments + 2 * ERRORS, b->wanted, b->value, rows);
}

static void guard_rows(PpoResident *r, const Told *told) {
  Ppo *ppo = r->ppo;
  const KrnOps *ops = ppo->device->ops;
  const PpoBuffers *b = ppo->buffers;
  const int inputs = ppo->actor->net->arch.inputs;
  const size_t rows = (size_t)r->rows;
  ops->first_bad(ppo->device, told->bad + GUARD_OBS, b->obs, (size_t)b->all_rows, inputs);
  ops->first_bad(ppo->device, told->bad + GUARD_ACTION, b->action, rows, ppo_actions(ppo));
  ops->first_bad(ppo->device, told->bad + GUARD_LOG_PROB, b->log_prob, rows, 1);
  ops->first_bad(ppo->device, told->bad + GUARD_REWARD, b->reward, rows, 1);
  ops->first_bad(ppo->device, told->bad + GUARD_CUT_OBS, b->cut_obs, (size_t)r->cut_rows, inputs);
  ops->first_bad(ppo->device, told->bad + GUARD_ADVANTAGE, b->advantage, rows, 1);
}

static void learn(PpoResident *r, const Told *told) {
  Ppo *ppo = r->ppo;
  size_t unused;
  const Says says = says_of(r, r->said, &unused);
  const int batches = ppo->config.num_minibatches;
  ppo->device->ops->standardise(ppo->device, ppo->buffers->advantage, told->moments,
                                ppo->config.advantage_max, (size_t)r->rows);
  for (int k = 0; k < ppo->config.update_epochs * batches; k++) {
    const int epoch = k / batches, m = k % batches, first = ppo_batch_first(ppo, r->rows, m),
              rows = ppo_batch_first(ppo, r->rows, m + 1) - first;
    PpoBatch batch = {.ppo = ppo,
                      .rows = rows,
                      .index = says.order + (size_t)epoch * (size_t)r->rows + first,
                      .sums = told->sums + (ptrdiff_t)k * KRN_SUMS,
                      .scale = told->scale + (ptrdiff_t)k * 2,
                      .adam = says.adam + (ptrdiff_t)epoch * 2 * batches + m,
                      .mine = {.end = 1},
                      .loss = ppo_loss(&ppo->config, rows)};
    if (rows > 0) {
      ppo_batch_step(&batch);
    }
  }
}

static void look_at_weights(PpoResident *r, const Told *told) {
  Ppo *ppo = r->ppo;
  const KrnOps *ops = ppo->device->ops;
  const Mlp *const net[2] = {ppo->actor, ppo->critic};
  for (int i = 0; i < 2; i++) {
    ops->first_bad(ppo->device, told->bad + GUARD_ACTOR + i, net[i]->weight, net[i]->n, 1);
    ops->affine(ppo->device, told->norm + i, net[i]->norm, 1, 0, 1);
  }
  ops->affine(ppo->device, told->log_std, mlp_log_std(ppo->actor), 1, 0, (size_t)ppo_actions(ppo));
}

static void iterate(void *arg) {
  PpoResident *r = arg;
  KrnDevice *device = r->ppo->device;
  const Told told = told_by(r);
  device->ops->zero(device, r->told, r->told_size);
  roll_out(r);
  find_advantages(r, &told);
  guard_rows(r, &told);
  learn(r, &told);
  look_at_weights(r, &told);
  env_resident_total(r->env, told.tally);
  device->ops->fetch(device, r->tell, r->told, r->told_size);
}

// ---- what the device has told

static SimStatus guard(int *bad_row, const PpoResident *r, const Told *told, SimError *err) {
  static const char *const WHAT[] = {"an observation", "an action",          "the log-probability",
                                     "the reward",     "a last observation", "the advantage"};
  const int envs = env_resident_envs(r->env);
  for (int i = 0; i <= (int)GUARD_ADVANTAGE; i++) {
    if (told->bad[i] >= 0) {
      // of a last observation the environment is known, and not when
      *bad_row = i == GUARD_CUT_OBS ? told->bad[i] % envs : told->bad[i];
      return sim_error(err, SIM_FAIL, "%s of row %d of the rollout is not finite", WHAT[i],
                       *bad_row);
    }
  }
  SimStatus status = SIM_OK;
  const size_t all = epochs_of(r) * batches_of(r);
  for (size_t k = 0; status == SIM_OK && k < all; k++) {
    status = ppo_guard_batch(told->sums + k * KRN_SUMS, told->scale + 2 * k, err);
  }
  for (int i = 0; status == SIM_OK && i < 2; i++) {
    if (told->bad[(int)GUARD_ACTOR + i] >= 0) {
      status = sim_error(err, SIM_FAIL, "a weight of the %s is not finite after the update",
                         i ? "critic" : "actor");
    }
  }
  return status;
}

static void fill(PpoStats *figures, const PpoResident *r, const Told *told, double rate) {
  const double *moments = told->moments;
  const double *last = told->sums + (epochs_of(r) - 1) * batches_of(r) * KRN_SUMS;
  double sums[KRN_SUMS] = {0};
  for (size_t m = 0; m < batches_of(r); m++) {
    for (int s = 0; s < KRN_SUMS; s++) {
      sums[s] += last[m * KRN_SUMS + (size_t)s];
    }
  }
  ppo_fill_losses(figures, sums, r->rows, rate);
  figures->gradient_actor = (double)told->norm[0];
  figures->gradient_critic = (double)told->norm[1];
  for (int j = 0; j < ppo_actions(r->ppo); j++) {
    figures->std += (double)expf(told->log_std[j]) / ppo_actions(r->ppo);
  }
  figures->wanted_mean = moments[2 * RETURNS];
  figures->value_mean = moments[2 * RETURNS] - moments[2 * ERRORS];
  figures->explained =
      moments[2 * RETURNS + 1] > 0 ? 1 - moments[2 * ERRORS + 1] / moments[2 * RETURNS + 1] : 0;
}

SimStatus ppo_resident_iterate(PpoStats *figures, double *tally, int *bad_row, PpoResident *r,
                               double done, SimError *err) {
  Ppo *ppo = r->ppo;
  KrnDevice *device = ppo->device;
  const double rate = ppo_rate_now(ppo, done);
  size_t unused;
  *figures = (PpoStats){0};
  *bad_row = -1;
  if (r->shuffled != ppo->iteration) {
    shuffle_all(r, 0, ppo->iteration);
  }
  say_rates(r, rate);
  device->ops->send(device, r->said, r->say[r->turn], r->said_size);
  device->ops->mark(device, &r->sent[r->turn]);
  device->ops->repeat(device, &r->record, 1, iterate, r);
  device->ops->mark(device, &r->done);
  shuffle_all(r, (r->turn + 1) % TURNS, ppo->iteration + 1);
  device->ops->wait(device, &r->done);
  const Told told = told_of(r, r->tell, &unused);
  if (device->ops->status(device, err) != SIM_OK) {
    return SIM_FAIL;
  }
  const SimStatus status = guard(bad_row, r, &told, err);
  if (status == SIM_OK) {
    fill(figures, r, &told, rate);
    memcpy(tally, told.tally, ENV_TALLY * sizeof *tally);
    ppo_adapt_rate(ppo, figures->kl, done);
    ppo->iteration++;
  }
  return status;
}

void ppo_resident_rows(Rollout *rollout, const PpoResident *r) {
  const PpoBuffers *b = r->ppo->buffers;
  KrnDevice *device = r->ppo->device;
  const size_t rows = (size_t)r->rows, real = sizeof(float);
  device->ops->download(device, rollout->obs, b->obs,
                        (size_t)b->all_rows * (size_t)rollout->inputs * real);
  device->ops->download(device, rollout->action, b->action, rows * (size_t)rollout->outputs * real);
  device->ops->download(device, rollout->log_prob, b->log_prob, rows * real);
  device->ops->download(device, rollout->reward, b->reward, rows * real);
  device->ops->download(device, rollout->ended, b->ended, rows);
}

// An iteration: upload, values of every row, advantages, then epochs of shuffled minibatches. All
// sums are taken tile by tile in a fixed order; shuffles come from Philox with the iteration and
// the epoch as counters, so that nothing has to be remembered but weights and counts. The
// minibatches of an epoch wait for nothing: their losses, and whether a gradient was finite, lie on
// the device until its end.
#include "hcsp/learn/ppo_buffers.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_batch.h"
#include "sim/base/log.h"
#include "sim/base/rng.h"

#define KL_BAND 1.5    // the rate moves when the KL divergence is off by more than this factor
#define RATE_STEP 1.3  // by this factor

typedef PpoBuffers Buffers;

// ---- making and freeing

Ppo *ppo_create(KrnDevice *device, const PpoConfig *config, const PolArch *actor,
                const PolArch *critic, int steps, int worlds, uint64_t seed, SimError *err) {
  assert(steps >= 1 && worlds >= 1 && config->num_minibatches >= 1);
  Ppo *ppo = sim_new(1, sizeof *ppo);
  *ppo = (Ppo){.config = *config, .device = device, .rate = config->learning_rate, .seed = seed};
  const int rows = steps * worlds,
            batch = (rows + config->num_minibatches - 1) / config->num_minibatches;
  // values are found for all rows at once, whose tiles may be larger than a minibatch
  const int tile = device->ops->tile_rows(device, rows + worlds);
  const int largest = batch > tile ? batch : tile;
  ppo->actor = mlp_create(device, actor, config->heads.n == 0, largest, err);
  ppo->critic = ppo->actor ? mlp_create(device, critic, false, largest, err) : NULL;
  if (ppo->critic) {
    mlp_share_input(ppo->critic, ppo->actor);
  }
  if (!ppo->critic) {
    ppo_destroy(ppo);
    return NULL;
  }
  running_create(&ppo->obs, actor->inputs);
  running_create(&ppo->value, 1);
  if (!ppo_make_buffers(ppo, steps, worlds)) {
    if (device->ops->status(device, err) == SIM_OK) {
      sim_error(err, SIM_FAIL,
                "no memory on the device for %d samples; wanted fewer worlds or steps", rows);
    }
    ppo_destroy(ppo);
    return NULL;
  }
  return ppo;
}

void ppo_destroy(Ppo *ppo) {
  if (ppo) {
    ppo_free_buffers(ppo);
    mlp_destroy(ppo->critic);
    mlp_destroy(ppo->actor);
    running_free(&ppo->obs);
    running_free(&ppo->value);
    free(ppo);
  }
}

// ---- guards

static SimStatus guard(const float *x, size_t columns, int rows, const char *what, int *bad_row,
                       SimError *err) {
  // one sum tells whether any number of a row is not finite, without a branch a number
  for (int i = 0; i < rows; i++) {
    float sum = 0;
    for (size_t j = 0; j < columns; j++) {
      sum += x[(size_t)i * columns + j] * 0.0f;
    }
    if (sum != 0.0f || isnan(sum)) {
      *bad_row = i;
      return sim_error(err, SIM_FAIL, "%s of row %d of the rollout is not finite", what, i);
    }
  }
  return SIM_OK;
}

static SimStatus guard_rollout(const Rollout *r, int *bad_row, SimError *err) {
  const int rows = r->steps * r->worlds;
  SimStatus status =
      guard(r->obs, (size_t)r->inputs, rows + r->worlds, "an observation", bad_row, err);
  status = status ? status : guard(r->action, (size_t)r->outputs, rows, "an action", bad_row, err);
  status = status ? status : guard(r->log_prob, 1, rows, "the log-probability", bad_row, err);
  status = status ? status : guard(r->reward, 1, rows, "the reward", bad_row, err);
  if (status == SIM_OK && r->cuts) {
    status = guard(r->cut_obs, (size_t)r->inputs, r->cuts, "a last observation", bad_row, err);
    *bad_row = status == SIM_OK ? -1 : r->cut_row[*bad_row];
  }
  return status;
}

// ---- values and advantages

typedef struct ValueCall {
  const Ppo *ppo;
  const float *obs;
  float *value;
} ValueCall;

void ppo_put_obs(const Ppo *ppo, const Mlp *mlp, KrnWork *work, const float *obs,
                 const int32_t *index, int rows) {
  const Buffers *b = ppo->buffers;
  const bool scaled = ppo->config.normalise_obs;
  const int inputs = mlp->net->arch.inputs;
  ppo->device->ops->gather(work, mlp_input(mlp, work), obs, inputs, index,
                           scaled ? b->obs_mean : NULL, scaled ? b->obs_deviation : NULL, rows,
                           inputs);
}

static void value_tile(void *arg, KrnWork *work, int tile, int first, int rows) {
  (void)tile;
  const ValueCall *call = arg;
  const Ppo *ppo = call->ppo;
  ppo_put_obs(ppo, ppo->critic, work, call->obs, ppo->buffers->identity + first, rows);
  const float *out = mlp_forward(ppo->critic, work, rows);
  ppo->device->ops->gather(work, call->value + first, out, 1, NULL, NULL, NULL, rows, 1);
}

void ppo_find_values(Ppo *ppo, const float *obs, float *value, int rows) {
  ValueCall call = {ppo, obs, value};
  ppo->device->ops->for_tiles(ppo->device, rows, value_tile, &call);
  if (ppo->config.normalise_value) {
    ppo->device->ops->affine(ppo->device, value, value, (float)running_deviation(&ppo->value, 0),
                             (float)ppo->value.mean[0], (size_t)rows);
  }
}

static void upload_statistics(Ppo *ppo) {
  const Buffers *b = ppo->buffers;
  const int inputs = ppo->actor->net->arch.inputs;
  for (int j = 0; j < inputs; j++) {
    b->host_stats[j] = (float)ppo->obs.mean[j];
    b->host_stats[inputs + j] = (float)running_deviation(&ppo->obs, j);
  }
  const size_t bytes = (size_t)inputs * sizeof(float);
  ppo->device->ops->upload(ppo->device, b->obs_mean, b->host_stats, bytes);
  ppo->device->ops->upload(ppo->device, b->obs_deviation, b->host_stats + inputs, bytes);
}

static void upload_rollout(Ppo *ppo, const Rollout *r) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t rows = (size_t)b->rows, real = sizeof(float);
  ops->upload(ppo->device, b->obs, r->obs, (size_t)b->all_rows * (size_t)r->inputs * real);
  ops->upload(ppo->device, b->action, r->action, rows * (size_t)r->outputs * real);
  ops->upload(ppo->device, b->log_prob, r->log_prob, rows * real);
  ops->upload(ppo->device, b->reward, r->reward, rows * real);
  ops->upload(ppo->device, b->ended, r->ended, rows);
  ops->upload(ppo->device, b->cut_obs, r->cut_obs, (size_t)r->cuts * (size_t)r->inputs * real);
}

// value of what the clock cut off, at the rows where it did
static void find_rest(Ppo *ppo, const Rollout *r) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  memset(b->host_rest, 0, (size_t)b->rows * sizeof *b->host_rest);
  if (r->cuts) {
    ppo_find_values(ppo, b->cut_obs, b->cut_value, r->cuts);
    ops->download(ppo->device, b->host, b->cut_value, (size_t)r->cuts * sizeof *b->host);
    for (int i = 0; i < r->cuts; i++) {
      b->host_rest[r->cut_row[i]] = b->host[i];
    }
  }
  ops->upload(ppo->device, b->rest, b->host_rest, (size_t)b->rows * sizeof *b->host_rest);
}

// the rows that teach, in order; returns how many
static int list_rows(const Buffers *b, const Rollout *r) {
  int n = 0;
  for (int i = 0; i < b->rows; i++) {
    if (!r->masked[i]) {
      b->order[n++] = i;
    }
  }
  return n;
}

// mean 0, deviation 1 over the rows that teach, held to the limit
static SimStatus normalise_advantages(Ppo *ppo, int n, int *bad_row, SimError *err) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t bytes = (size_t)b->rows_now * sizeof *b->host;
  double mean = 0, square = 0;
  ops->download(ppo->device, b->host, b->advantage, bytes);
  SIM_TRY(guard(b->host, 1, b->rows_now, "the advantage", bad_row, err));
  for (int i = 0; i < n; i++) {
    mean += (double)b->host[b->order[i]];
  }
  mean /= n;
  for (int i = 0; i < n; i++) {
    const double off = (double)b->host[b->order[i]] - mean;
    square += off * off;
  }
  const double rate = 1 / (sqrt(square / n) + 1e-8), limit = ppo->config.advantage_max;
  for (int i = 0; i < b->rows_now; i++) {
    const double a = ((double)b->host[i] - mean) * rate;
    b->host[i] = (float)fmin(fmax(a, -limit), limit);
  }
  ops->upload(ppo->device, b->advantage, b->host, bytes);
  return SIM_OK;
}

// returns and how well the critic foresaw them
static void judge_critic(PpoStats *figures, Ppo *ppo, int n) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t bytes = (size_t)b->rows_now * sizeof(float);
  double wanted = 0, value = 0, spread = 0, left = 0;
  ops->download(ppo->device, b->host, b->wanted, bytes);
  ops->download(ppo->device, b->host_rest, b->value, bytes);
  for (int i = 0; i < n; i++) {
    wanted += (double)b->host[b->order[i]] / n;
    value += (double)b->host_rest[b->order[i]] / n;
  }
  for (int i = 0; i < n; i++) {
    const double w = (double)b->host[b->order[i]] - wanted;
    const double e = (double)(b->host[b->order[i]] - b->host_rest[b->order[i]]) - (wanted - value);
    spread += w * w;
    left += e * e;
  }
  figures->wanted_mean = wanted;
  figures->value_mean = value;
  figures->explained = spread > 0 ? 1 - left / spread : 0;
}

// the critic learns returns of mean 0 and deviation 1; its head moves so that it goes on saying
// the same
static void rescale_value(Ppo *ppo, int n) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const double old_mean = ppo->value.mean[0], old_deviation = running_deviation(&ppo->value, 0);
  for (int i = 0; i < n; i++) {
    b->host_rest[i] = b->host[b->order[i]];
  }
  running_add(&ppo->value, b->host_rest, n);
  const double mean = ppo->value.mean[0], spread = running_deviation(&ppo->value, 0);
  mlp_download(ppo->critic);
  PolNet *net = ppo->critic->net;
  const int inputs = net->arch.layers ? net->arch.hidden[net->arch.layers - 1] : net->arch.inputs;
  for (int j = 0; j < inputs; j++) {
    net->head_weight[j] = (float)((double)net->head_weight[j] * old_deviation / spread);
  }
  net->head_bias[0] =
      (float)(((double)net->head_bias[0] * old_deviation + old_mean - mean) / spread);
  mlp_upload(ppo->critic);
  ops->affine(ppo->device, b->wanted, b->wanted, (float)(1 / spread), (float)(-mean / spread),
              (size_t)b->rows_now);
}

// ---- minibatches

static void batch_tile(void *arg, KrnWork *work, int tile, int first, int rows) {
  const PpoBatch *call = arg;
  if (tile < call->mine.first || tile >= call->mine.end) {
    return;
  }
  Ppo *ppo = call->ppo;
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const int32_t *index = call->index + first;
  double *sums = call->sums + (ptrdiff_t)tile * KRN_SUMS;
  const KrnHeads *heads = &ppo->config.heads;
  float *side = mlp_side(ppo->actor, work);
  float *log_prob = side, *advantage = side + rows, *wanted = side + 2 * (ptrdiff_t)rows;
  float *action = side + 3 * (ptrdiff_t)rows;
  ops->gather(work, log_prob, b->log_prob, 1, index, NULL, NULL, rows, 1);
  ops->gather(work, advantage, b->advantage, 1, index, NULL, NULL, rows, 1);
  ops->gather(work, wanted, b->wanted, 1, index, NULL, NULL, rows, 1);
  ops->gather(work, action, b->action, ppo_actions(ppo), index, NULL, NULL, rows, ppo_actions(ppo));

  ppo_put_obs(ppo, ppo->actor, work, b->obs, index, rows);
  const float *out = mlp_forward(ppo->actor, work, rows);
  float *slope = mlp_output_gradient(ppo->actor, work);
  if (heads->n) {
    uint32_t *legal = mlp_bits(ppo->actor, work);
    ops->gather_bits(work, legal, b->legal, index, rows, heads->n);
    ops->heads_loss(work, slope, sums, out, action, legal, log_prob, advantage, &call->loss, heads,
                    rows);
  } else {
    ops->gaussian_loss(work, slope, mlp_log_std_gradient(ppo->actor, tile), sums, out,
                       mlp_log_std(ppo->actor), action, log_prob, advantage, &call->loss, rows,
                       ppo->actor->net->arch.outputs);
    if (b->pulled) {
      float *reference = action + (ptrdiff_t)rows * ppo_actions(ppo);
      ops->gather(work, reference, b->reference, ppo_actions(ppo), index, NULL, NULL, rows,
                  ppo_actions(ppo));
      ops->gaussian_pull(work, slope, mlp_log_std_gradient(ppo->actor, tile), out,
                         mlp_log_std(ppo->actor), reference, b->reference_log_std, b->pull,
                         call->loss.scale, rows, ppo_actions(ppo));
    }
  }
  mlp_backward(ppo->actor, work, tile, rows);

  // the critic reads what has been put there for the actor
  const float *value = mlp_forward(ppo->critic, work, rows);
  ops->value_loss(work, mlp_output_gradient(ppo->critic, work), sums, value, wanted,
                  call->loss.scale, rows);
  mlp_backward(ppo->critic, work, tile, rows);
}

// all gradients by one kernel, where the device has it for networks like these
static bool queue_gradients(const PpoBatch *call) {
  const Ppo *ppo = call->ppo;
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  KrnGradients fused = {.obs = b->obs,
                        .action = b->action,
                        .log_prob = b->log_prob,
                        .advantage = b->advantage,
                        .wanted = b->wanted,
                        .index = call->index,
                        .sums = call->sums,
                        .loss = call->loss,
                        .rows = call->rows};
  return ops->gradients && !ppo->config.heads.n && !b->pulled && !ppo->config.normalise_obs &&
         mlp_fused(&fused.actor, ppo->actor) && mlp_fused(&fused.critic, ppo->critic) &&
         ops->gradients(ppo->device, &fused);
}

void ppo_batch_step(void *arg) {
  const PpoBatch *call = arg;
  Ppo *ppo = call->ppo;
  const PpoConfig *c = &ppo->config;
  int tiles = ppo->device->ops->tiles(ppo->device, call->rows);
  if (queue_gradients(call)) {
    tiles = 0;
  } else {
    ppo->device->ops->for_tiles(ppo->device, call->rows, batch_tile, arg);
  }
  if (call->mine.shared) {
    ppo_ranks_add(ppo, call->sums, &call->mine, tiles);
    tiles = 0;
  }
  mlp_step(ppo->actor, call->scale, call->adam, tiles, (float)c->max_grad_norm, (float)c->std_low,
           (float)c->std_high);
  mlp_step(ppo->critic, call->scale + 1, call->adam + c->num_minibatches, tiles,
           (float)c->max_grad_norm, 0, 0);
}

KrnPolicyLoss ppo_loss(const PpoConfig *c, int rows) {
  return (KrnPolicyLoss){.clip = (float)c->clip_coef,
                         .bound_limit = (float)c->bound_limit,
                         .bound_cost = (float)c->bound_cost,
                         .entropy = (float)c->ent_coef,
                         .scale = 1.0f / (float)rows};
}

static void run_batch(Ppo *ppo, int batch, int first, int rows) {
  const Buffers *b = ppo->buffers;
  PpoBatch call = {.ppo = ppo,
                   .rows = rows,
                   .index = b->index + first,
                   .sums = b->sums + (size_t)batch * (size_t)b->tiles * KRN_SUMS,
                   .scale = b->scale + 2 * (ptrdiff_t)batch,
                   .adam = b->adam + batch,
                   .mine = ppo_ranks_tiles(ppo, ppo->device->ops->tiles(ppo->device, rows)),
                   .loss = ppo_loss(&ppo->config, rows)};
  // where the configuration stays, with the rows all arguments do
  uint32_t loss[2];
  memcpy(&loss[0], &call.loss.entropy, sizeof loss[0]);
  memcpy(&loss[1], &call.loss.clip, sizeof loss[1]);
  const uint64_t key =
      ((uint64_t)first << 32 | (uint32_t)rows << 1 | (uint32_t)ppo->buffers->pulled) ^
      ((uint64_t)loss[0] << 32 | loss[1]) * UINT64_C(0x9e3779b97f4a7c15);
  const double start = ppo->buffers->rank_sum ? sim_time_wall() : 0;
  ppo->device->ops->repeat(ppo->device, &ppo->buffers->record[batch], key, ppo_batch_step, &call);
  if (ppo->buffers->rank_sum) {
    ppo_ranks_note(ppo, sim_time_wall() - start);
  }
}

// a new critic learns before the actor trusts it
bool ppo_warms(const Ppo *ppo) {
  return ppo->iteration < ppo->config.critic_warmup;
}

KrnAdam ppo_adam_of_step(const PpoConfig *c, int64_t step, double rate) {
  return (KrnAdam){.rate = (float)rate,
                   .beta1 = (float)c->beta1,
                   .beta2 = (float)c->beta2,
                   .epsilon = (float)c->epsilon,
                   .correct1 = (float)(1 / (1 - pow(c->beta1, (double)step))),
                   .correct2 = (float)(1 / (1 - pow(c->beta2, (double)step)))};
}

void ppo_shuffle(int32_t *order, int n, const Ppo *ppo, int64_t iteration, int epoch) {
  SimRng rng = sim_rng(ppo->seed, (uint32_t)iteration, (uint32_t)epoch, SIM_RNG_SHUFFLE);
  for (int i = n - 1; i > 0; i--) {
    const int k = (int)sim_rng_below(&rng, (uint32_t)i + 1);
    const int32_t swap = order[i];
    order[i] = order[k];
    order[k] = swap;
  }
}

int ppo_batch_first(const Ppo *ppo, int n, int batch) {
  return (int)((int64_t)n * batch / ppo->config.num_minibatches);
}

SimStatus ppo_guard_batch(const double sums[KRN_SUMS], const float scale[2], SimError *err) {
  if (!isfinite(sums[KRN_SUM_POLICY]) || !isfinite(sums[KRN_SUM_VALUE])) {
    return sim_error(err, SIM_FAIL, "the loss of a minibatch is not finite");
  }
  return scale[0] >= 0 && scale[1] >= 0
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "the gradient of the %s is not finite",
                         scale[0] >= 0 ? "critic" : "actor");
}

// adds the minibatches' sums in their order; what went wrong first is told
static SimStatus read_epoch(double sums[KRN_SUMS], Ppo *ppo, int n, SimError *err) {
  const KrnOps *ops = ppo->device->ops;
  const Buffers *b = ppo->buffers;
  const size_t batches = (size_t)ppo->config.num_minibatches;
  ops->download(ppo->device, b->host_sums, b->sums,
                batches * (size_t)b->tiles * KRN_SUMS * sizeof *b->sums);
  ops->download(ppo->device, b->host_scale, b->scale, 2 * batches * sizeof *b->scale);
  SimStatus status = ops->status(ppo->device, err);
  for (int m = 0; status == SIM_OK && m < ppo->config.num_minibatches; m++) {
    const int rows = ppo_batch_first(ppo, n, m + 1) - ppo_batch_first(ppo, n, m);
    const double *part = b->host_sums + (size_t)m * (size_t)b->tiles * KRN_SUMS;
    const float *scale = b->host_scale + 2 * (ptrdiff_t)m;
    for (int t = 0; t < ops->tiles(ppo->device, rows); t++) {
      for (int s = 0; s < KRN_SUMS; s++) {
        sums[s] += part[t * KRN_SUMS + s];
      }
    }
    status = ppo_guard_batch(sums, scale, err);
  }
  return status;
}

static SimStatus run_epoch(double sums[KRN_SUMS], Ppo *ppo, int n, int epoch, double rate,
                           SimError *err) {
  const KrnOps *ops = ppo->device->ops;
  Buffers *b = ppo->buffers;
  const size_t batches = (size_t)ppo->config.num_minibatches;
  ppo_shuffle(b->order, n, ppo, ppo->iteration, epoch);
  ops->upload(ppo->device, b->index, b->order, (size_t)n * sizeof *b->order);
  for (int m = 0; m < ppo->config.num_minibatches; m++) {
    ppo->step += ppo_batch_first(ppo, n, m + 1) > ppo_batch_first(ppo, n, m);
    b->host_adam[m] = ppo_adam_of_step(&ppo->config, ppo->step, ppo_warms(ppo) ? 0 : rate);
    b->host_adam[(int)batches + m] = ppo_adam_of_step(&ppo->config, ppo->step, rate);
  }
  ops->upload(ppo->device, b->adam, b->host_adam, 2 * batches * sizeof *b->adam);
  ops->zero(ppo->device, b->sums, batches * (size_t)b->tiles * KRN_SUMS * sizeof *b->sums);
  ops->zero(ppo->device, b->scale, 2 * batches * sizeof *b->scale);
  memset(sums, 0, KRN_SUMS * sizeof *sums);
  for (int m = 0; m < ppo->config.num_minibatches; m++) {
    const int first = ppo_batch_first(ppo, n, m), end = ppo_batch_first(ppo, n, m + 1);
    if (end > first) {
      run_batch(ppo, m, first, end - first);
    }
  }
  return read_epoch(sums, ppo, n, err);
}

// ---- an iteration

// the rate of this iteration: as adapted, less towards the end of the budget
double ppo_rate_now(const Ppo *ppo, double done) {
  const PpoConfig *c = &ppo->config;
  const double left = c->anneal_share > 0 ? fmin((1 - done) / c->anneal_share, 1) : 1;
  return ppo->rate * (c->learning_rate_end + (1 - c->learning_rate_end) * fmax(left, 0));
}

// once the rate falls by plan, a small divergence is no reason to raise it
void ppo_adapt_rate(Ppo *ppo, double kl, double done) {
  const PpoConfig *c = &ppo->config;
  if (c->target_kl <= 0 || 1 - done < c->anneal_share || ppo_warms(ppo)) {
    return;
  }
  if (kl < c->target_kl / KL_BAND) {
    ppo->rate = fmin(ppo->rate * RATE_STEP, c->learning_rate_max);
  } else if (kl > c->target_kl * KL_BAND) {
    ppo->rate = fmax(ppo->rate / RATE_STEP, c->learning_rate_min);
  }
}

void ppo_fill_losses(PpoStats *figures, const double sums[KRN_SUMS], int n, double rate) {
  figures->policy_loss = sums[KRN_SUM_POLICY] / n;
  figures->value_loss = sums[KRN_SUM_VALUE] / n;
  figures->kl = sums[KRN_SUM_KL] / n;
  figures->clipped = sums[KRN_SUM_CLIPPED] / n;
  figures->bound = sums[KRN_SUM_BOUND] / n;
  figures->entropy = sums[KRN_SUM_ENTROPY] / n;
  figures->rate = rate;
}

static void fill_figures(PpoStats *figures, const double sums[KRN_SUMS], Ppo *ppo, int n,
                         double rate) {
  ppo_fill_losses(figures, sums, n, rate);
  figures->gradient_actor = (double)mlp_gradient_norm(ppo->actor);
  figures->gradient_critic = (double)mlp_gradient_norm(ppo->critic);
  mlp_download(ppo->actor);
  const PolNet *net = ppo->actor->net;
  for (int j = 0; net->log_std && j < net->arch.outputs; j++) {
    figures->std += (double)expf(net->log_std[j]) / net->arch.outputs;
  }
}

// what a device that failed leaves behind looks like numbers gone wrong: its own sentence goes
// first
static SimStatus blame_device(SimStatus status, const Ppo *ppo, SimError *err) {
  return ppo->device->ops->status(ppo->device, err) == SIM_OK ? status : SIM_FAIL;
}

static SimStatus guard_weights(Ppo *ppo, SimError *err) {
  int unused;
  mlp_download(ppo->actor);
  mlp_download(ppo->critic);
  const Mlp *const both[2] = {ppo->actor, ppo->critic};
  for (int i = 0; i < 2; i++) {
    if (guard(both[i]->net->block + both[i]->skip, both[i]->n, 1, "a weight", &unused, NULL) !=
        SIM_OK) {
      return sim_error(err, SIM_FAIL, "a weight of the %s is not finite after the update",
                       i ? "critic" : "actor");
    }
  }
  return SIM_OK;
}

// epochs over the n rows of order, whose advantages and returns are on the device
static SimStatus run_epochs(PpoStats *figures, int *bad_row, Ppo *ppo, int n, bool as_is,
                            double done, SimError *err) {
  const double rate = ppo_rate_now(ppo, done);
  double sums[KRN_SUMS] = {0};
  SimStatus status = as_is ? SIM_OK : normalise_advantages(ppo, n, bad_row, err);
  if (status == SIM_OK) {
    judge_critic(figures, ppo, n);
    if (ppo->config.normalise_value) {
      rescale_value(ppo, n);
    }
  }
  for (int epoch = 0; status == SIM_OK && epoch < ppo->config.update_epochs; epoch++) {
    status = run_epoch(sums, ppo, n, epoch, rate, err);
  }
  status = status ? status : guard_weights(ppo, err);
  if (status == SIM_OK) {
    fill_figures(figures, sums, ppo, n, rate);
    ppo_adapt_rate(ppo, figures->kl, done);
    ppo->iteration++;
  }
  return blame_device(status, ppo, err);
}

// puts reflected observations and actions of half of the rows in the place of the true ones; values
// and advantages are known by now
static void reflect_half(Ppo *ppo, const Rollout *r) {
  const Buffers *b = ppo->buffers;
  SimRng rng = sim_rng(ppo->seed, (uint32_t)ppo->iteration, 0, SIM_RNG_REFLECT);
  for (int i = 0; i < b->rows; i++) {
    if (sim_rng_u32(&rng) & 1u) {
      ppo->config.symmetry(ppo->config.symmetry_arg, r->obs + (size_t)i * (size_t)r->inputs,
                           r->action + (size_t)i * (size_t)r->outputs);
    }
  }
  const size_t rows = (size_t)b->rows, real = sizeof(float);
  ppo->device->ops->upload(ppo->device, b->obs, r->obs, rows * (size_t)r->inputs * real);
  ppo->device->ops->upload(ppo->device, b->action, r->action, rows * (size_t)r->outputs * real);
}

SimStatus ppo_update(PpoStats *figures, int *bad_row, Ppo *ppo, const Rollout *r, double done,
                     SimError *err) {
  const PpoConfig *c = &ppo->config;
  Buffers *b = ppo->buffers;
  assert(r->steps * r->worlds == b->rows && r->inputs == ppo->actor->net->arch.inputs);
  *figures = (PpoStats){0};
  *bad_row = -1;
  SIM_TRY(guard_rollout(r, bad_row, err));
  upload_statistics(ppo);
  upload_rollout(ppo, r);
  ppo_find_values(ppo, b->obs, b->value, b->all_rows);
  find_rest(ppo, r);
  ppo->device->ops->gae(ppo->device, b->advantage, b->wanted, b->reward, b->value, b->ended,
                        b->rest, (float)c->gamma, (float)c->gae_lambda, r->steps, r->worlds);
  const int n = list_rows(b, r);
  if (n == 0) {
    return sim_error(err, SIM_FAIL, "every sample of the rollout is masked");
  }
  if (c->symmetry) {
    reflect_half(ppo, r);
  }
  const SimStatus status = run_epochs(figures, bad_row, ppo, n, false, done, err);
  if (status == SIM_OK && c->normalise_obs) {
    running_add(&ppo->obs, r->obs, b->rows);
  }
  return status;
}

// ---- samples

void ppo_values(float *value, Ppo *ppo, const float *obs, int n) {
  const Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t inputs = (size_t)ppo->actor->net->arch.inputs;
  upload_statistics(ppo);
  for (int first = 0; first < n; first += b->all_rows) {
    const int rows = n - first < b->all_rows ? n - first : b->all_rows;
    ops->upload(ppo->device, b->obs, obs + (size_t)first * inputs,
                (size_t)rows * inputs * sizeof *obs);
    ppo_find_values(ppo, b->obs, b->value, rows);
    ops->download(ppo->device, value + first, b->value, (size_t)rows * sizeof *value);
  }
}

// what the learner is pulled to
static void upload_reference(Ppo *ppo, const RolloutSamples *s) {
  Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t bytes = (size_t)ppo_actions(ppo) * sizeof(float);
  const float pull = (float)ppo->pull;
  b->pulled = s->reference != NULL;
  if (b->pulled) {
    ops->upload(ppo->device, b->reference, s->reference, (size_t)s->n * bytes);
    ops->upload(ppo->device, b->reference_log_std, s->reference_log_std, bytes);
    ops->upload(ppo->device, b->pull, &pull, sizeof pull);
  }
}

static SimStatus guard_samples(const RolloutSamples *s, const Ppo *ppo, int *bad_row,
                               SimError *err) {
  const struct {
    const float *x;
    int columns;
    const char *what;
  } parts[] = {{s->obs, ppo->actor->net->arch.inputs, "an observation"},
               {s->action, ppo_actions(ppo), "an action"},
               {s->log_prob, 1, "the log-probability"},
               {s->advantage, 1, "the advantage"},
               {s->wanted, 1, "the return"},
               {s->reference, ppo_actions(ppo), "the reference"}};
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < 6 && parts[i].x; i++) {
    status = guard(parts[i].x, (size_t)parts[i].columns, s->n, parts[i].what, bad_row, err);
  }
  return status;
}

SimStatus ppo_learn(PpoStats *figures, int *bad_row, Ppo *ppo, const RolloutSamples *s, double done,
                    SimError *err) {
  Buffers *b = ppo->buffers;
  const KrnOps *ops = ppo->device->ops;
  const size_t n = (size_t)s->n, real = sizeof(float);
  assert(s->n >= 1 && s->n <= b->rows);
  *figures = (PpoStats){0};
  *bad_row = -1;
  SIM_TRY(guard_samples(s, ppo, bad_row, err));
  upload_statistics(ppo);
  ops->upload(ppo->device, b->obs, s->obs, n * (size_t)ppo->actor->net->arch.inputs * real);
  ops->upload(ppo->device, b->action, s->action, n * (size_t)ppo_actions(ppo) * real);
  ops->upload(ppo->device, b->log_prob, s->log_prob, n * real);
  ops->upload(ppo->device, b->advantage, s->advantage, n * real);
  ops->upload(ppo->device, b->wanted, s->wanted, n * real);
  if (ppo->config.heads.n) {
    ops->upload(ppo->device, b->legal, s->legal,
                n * (size_t)ppo->config.heads.n * sizeof *s->legal);
  }
  upload_reference(ppo, s);
  ppo_find_values(ppo, b->obs, b->value, s->n);
  for (int i = 0; i < s->n; i++) {
    b->order[i] = i;
  }
  b->rows_now = s->n;
  const SimStatus status = run_epochs(figures, bad_row, ppo, s->n, s->as_is, done, err);
  b->rows_now = b->rows;
  b->pulled = false;
  if (status == SIM_OK && ppo->config.normalise_obs) {
    running_add(&ppo->obs, s->obs, s->n);
  }
  return status;
}

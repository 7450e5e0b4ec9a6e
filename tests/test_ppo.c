// Whole updates of PPO against a second learner in double arithmetic that follows the definitions:
// advantages as sums over what comes, losses as written in the papers with gradients by central
// differences, Adam as published, statistics over all that was ever seen. Networks are one linear
// layer, so that a network is a handful of numbers.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo.h"
#include "sim/base/rng.h"

enum { INPUTS = 3, OUTPUTS = 2, STEPS = 11, WORLDS = 4, ROWS = STEPS * WORLDS };
enum { HEADS = 2, LOGITS = 5 };  // heads of 3 and 2
enum { P_MAX = LOGITS * (INPUTS + 1), SEEN_MAX = 4 * ROWS };

static const PpoConfig CONFIG = {.update_epochs = 3,
                                 .num_minibatches = 1,
                                 .gamma = 0.9,
                                 .gae_lambda = 0.8,
                                 .clip_coef = 0.1,
                                 .advantage_max = 1.5,
                                 .bound_limit = 0.4,
                                 .bound_cost = 0.3,
                                 .ent_coef = 0.02,
                                 .max_grad_norm = 0.3,
                                 .learning_rate = 0.02,
                                 .learning_rate_min = 0.001,
                                 .learning_rate_max = 0.1,
                                 .learning_rate_end = 1,
                                 .std_low = -3,
                                 .std_high = 1,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .epsilon = 1e-7};

// ---- the second learner

// Weights, then biases, then log deviations of a linear network, and Adam's memory of them.
typedef struct Linear {
  int outputs, n;
  double p[P_MAX], mean[P_MAX], square[P_MAX], length;  // length: of the last gradient
} Linear;

// What a loss is the mean of.
typedef struct Batch {
  int n;
  const PpoConfig *config;
  double obs[ROWS][INPUTS], action[ROWS][OUTPUTS], old[ROWS], advantage[ROWS], wanted[ROWS];
  uint32_t legal[ROWS][HEADS];
  double reference[ROWS][OUTPUTS], reference_log_std[OUTPUTS], pull;
} Batch;

// Means over a batch that the figures tell.
typedef struct Means {
  double policy, kl, clipped, bound, entropy;
} Means;

static void apply(double *out, const Linear *net, const double *obs) {
  for (int o = 0; o < net->outputs; o++) {
    out[o] = net->p[net->outputs * INPUTS + o];
    for (int i = 0; i < INPUTS; i++) {
      out[o] += net->p[o * INPUTS + i] * obs[i];
    }
  }
}

// the surrogate of Schulman et al. 2017, equation 7, and the divergence of Schulman 2020
static double surrogate(Means *means, double log_prob, double old, double advantage, double clip) {
  const double ratio = exp(log_prob - old);
  means->kl += ratio - 1 - log(ratio);
  means->clipped += fabs(ratio - 1) > clip;
  const double part = -fmin(ratio * advantage, fmin(fmax(ratio, 1 - clip), 1 + clip) * advantage);
  means->policy += part;
  return part;
}

static double gaussian_row(Means *means, const Linear *net, const Batch *b, int row) {
  const PpoConfig *c = b->config;
  const double *log_std = net->p + OUTPUTS * (INPUTS + 1);
  double mean[OUTPUTS], log_prob = 0, more = 0;
  apply(mean, net, b->obs[row]);
  for (int o = 0; o < OUTPUTS; o++) {
    const double s = exp(log_std[o]), over = fmax(fabs(mean[o]) - c->bound_limit, 0);
    const double z = (b->action[row][o] - mean[o]) / s;
    log_prob += -z * z / 2 - log(s) - log(2 * M_PI) / 2;
    // entropy of a normal; the divergence of one normal from another
    const double entropy = log(s * sqrt(2 * M_PI * M_E));
    const double was = exp(b->reference_log_std[o]), apart = mean[o] - b->reference[row][o];
    const double away = log(was / s) + (s * s + apart * apart) / (2 * was * was) - 0.5;
    means->bound += c->bound_cost * over * over;
    means->entropy += entropy;
    more += c->bound_cost * over * over - c->ent_coef * entropy + b->pull * away;
  }
  return surrogate(means, log_prob, b->old[row], b->advantage[row], c->clip_coef) + more;
}

static double heads_row(Means *means, const Linear *net, const Batch *b, int row) {
  static const int SIZE[HEADS] = {3, 2};
  double logit[LOGITS], log_prob = 0, entropy = 0;
  apply(logit, net, b->obs[row]);
  for (int h = 0, first = 0; h < HEADS; first += SIZE[h++]) {
    double sum = 0;
    for (int i = 0; i < SIZE[h]; i++) {
      sum += b->legal[row][h] >> i & 1u ? exp(logit[first + i]) : 0;
    }
    for (int i = 0; i < SIZE[h]; i++) {
      const double p = b->legal[row][h] >> i & 1u ? exp(logit[first + i]) / sum : 0;
      entropy -= p > 0 ? p * log(p) : 0;
    }
    log_prob += logit[first + (int)b->action[row][h]] - log(sum);
  }
  means->entropy += entropy;
  return surrogate(means, log_prob, b->old[row], b->advantage[row], b->config->clip_coef) -
         b->config->ent_coef * entropy;
}

static double actor_loss(Means *means, const Linear *net, const Batch *b) {
  double sum = 0;
  *means = (Means){0};
  for (int i = 0; i < b->n; i++) {
    sum += b->config->heads.n ? heads_row(means, net, b, i) : gaussian_row(means, net, b, i);
  }
  return sum / b->n;
}

static double critic_loss(Means *unused, const Linear *net, const Batch *b) {
  double sum = 0, value;
  (void)unused;
  for (int i = 0; i < b->n; i++) {
    apply(&value, net, b->obs[i]);
    sum += (value - b->wanted[i]) * (value - b->wanted[i]) / 2;
  }
  return sum / b->n;
}

typedef double LossFn(Means *means, const Linear *net, const Batch *b);

// a step of Adam (Kingma and Ba 2015, algorithm 1) along the gradient, no longer than norm_max
static void descend(Linear *net, LossFn *loss, const Batch *b, double rate, int step) {
  const PpoConfig *c = b->config;
  double gradient[P_MAX];
  Means unused;
  net->length = 0;
  for (int k = 0; k < net->n; k++) {
    Linear moved = *net;
    moved.p[k] = net->p[k] + 1e-6;
    const double up = loss(&unused, &moved, b);
    moved.p[k] = net->p[k] - 1e-6;
    gradient[k] = (up - loss(&unused, &moved, b)) / 2e-6;
    net->length += gradient[k] * gradient[k];
  }
  net->length = sqrt(net->length);
  const double shorter = fmin(1, c->max_grad_norm / net->length);
  for (int k = 0; k < net->n; k++) {
    const double g = shorter * gradient[k];
    net->mean[k] = c->beta1 * net->mean[k] + (1 - c->beta1) * g;
    net->square[k] = c->beta2 * net->square[k] + (1 - c->beta2) * g * g;
    const double m = net->mean[k] / (1 - pow(c->beta1, step));
    const double v = net->square[k] / (1 - pow(c->beta2, step));
    net->p[k] -= rate * m / (sqrt(v) + c->epsilon);
  }
}

// Everything a column has ever held.
typedef struct Seen {
  int n;
  double x[SEEN_MAX];
} Seen;

static double mean_of(const Seen *seen) {
  double sum = 0;
  for (int i = 0; i < seen->n; i++) {
    sum += seen->x[i];
  }
  return seen->n ? sum / seen->n : 0;
}

static double deviation_of(const Seen *seen) {
  const double mean = mean_of(seen);
  double sum = 0;
  for (int i = 0; i < seen->n; i++) {
    sum += (seen->x[i] - mean) * (seen->x[i] - mean);
  }
  return seen->n ? sqrt(sum / seen->n) : 1;
}

typedef struct Second {
  PpoConfig config;
  Linear actor, critic;
  Seen obs[INPUTS], wanted;
  int step;
  Means means;
  double value_loss, explained;
} Second;

static void descend_epochs(Second *s, const Batch *b, double rate, double actor_rate) {
  for (int epoch = 0; epoch < s->config.update_epochs; epoch++) {
    s->step++;
    actor_loss(&s->means, &s->actor, b);
    s->value_loss = critic_loss(NULL, &s->critic, b);
    descend(&s->actor, actor_loss, b, actor_rate, s->step);
    descend(&s->critic, critic_loss, b, rate, s->step);
    for (int o = 0; o < OUTPUTS && s->config.heads.n == 0; o++) {
      double *log_std = &s->actor.p[OUTPUTS * (INPUTS + 1) + o];
      *log_std = fmin(fmax(*log_std, s->config.std_low), s->config.std_high);
    }
  }
}

// mean 0, deviation 1, held to the limit
static void scale_advantages(Batch *b) {
  Seen all = {.n = b->n};
  memcpy(all.x, b->advantage, (size_t)b->n * sizeof *all.x);
  const double mean = mean_of(&all), deviation = deviation_of(&all),
               most = b->config->advantage_max;
  for (int i = 0; i < b->n; i++) {
    b->advantage[i] = fmin(fmax((b->advantage[i] - mean) / deviation, -most), most);
  }
}

static double second_value(const Second *s, const float *obs) {
  double x[INPUTS], value;
  for (int j = 0; j < INPUTS; j++) {
    x[j] = s->config.normalise_obs
               ? ((double)obs[j] - mean_of(&s->obs[j])) / deviation_of(&s->obs[j])
               : (double)obs[j];
  }
  apply(&value, &s->critic, x);
  return s->config.normalise_value ? value * deviation_of(&s->wanted) + mean_of(&s->wanted) : value;
}

// what the rows from t on bring: discounted rewards up to the end of the episode or the rollout, as
// a mixture over how far to look (Schulman et al. 2016, equation 16)
static double second_advantage(const Second *s, const Rollout *r, int t, int w) {
  double sum = 0, weight = 1;
  for (int k = t; k < r->steps; k++) {
    const int row = k * r->worlds + w;
    double next = second_value(s, r->obs + (size_t)(row + r->worlds) * INPUTS);
    if (r->ended[row]) {
      next = 0;
      for (int c = 0; c < r->cuts; c++) {
        next = r->cut_row[c] == row ? second_value(s, r->cut_obs + (size_t)c * INPUTS) : next;
      }
    }
    sum += weight * ((double)r->reward[row] + s->config.gamma * next -
                     second_value(s, r->obs + (size_t)row * INPUTS));
    weight *= s->config.gamma * s->config.gae_lambda;
    if (r->ended[row]) {
      break;
    }
  }
  return sum;
}

// 1 - variance of (return - value) / variance of the return
static double explained_by(const Second *s, const Rollout *r, const Batch *b) {
  Seen wanted = {.n = 0}, missed = {.n = 0};
  for (int row = 0; row < ROWS; row++) {
    if (!r->masked[row]) {
      const double value = second_value(s, r->obs + (size_t)row * INPUTS);
      wanted.x[wanted.n] = b->wanted[wanted.n];
      wanted.n++;
      missed.x[missed.n] = b->wanted[missed.n] - value;
      missed.n++;
    }
  }
  return 1 - pow(deviation_of(&missed) / deviation_of(&wanted), 2);
}

// the critic's head goes on saying the same in new units
static void rescale(Second *s, Batch *b) {
  const double mean = mean_of(&s->wanted), deviation = deviation_of(&s->wanted);
  for (int i = 0; i < b->n; i++) {
    s->wanted.x[s->wanted.n++] = b->wanted[i];
  }
  const double now = mean_of(&s->wanted), spread = deviation_of(&s->wanted);
  for (int i = 0; i < b->n; i++) {
    b->wanted[i] = (b->wanted[i] - now) / spread;
  }
  for (int j = 0; j < INPUTS; j++) {
    s->critic.p[j] *= deviation / spread;
  }
  s->critic.p[INPUTS] = (s->critic.p[INPUTS] * deviation + mean - now) / spread;
}

static void second_update(Second *s, const Rollout *r, double rate) {
  static Batch b;
  b = (Batch){.config = &s->config};
  for (int row = 0; row < ROWS; row++) {
    if (r->masked[row]) {
      continue;
    }
    for (int j = 0; j < INPUTS; j++) {
      const double x = (double)r->obs[row * INPUTS + j];
      b.obs[b.n][j] =
          s->config.normalise_obs ? (x - mean_of(&s->obs[j])) / deviation_of(&s->obs[j]) : x;
    }
    for (int o = 0; o < OUTPUTS; o++) {
      b.action[b.n][o] = (double)r->action[row * OUTPUTS + o];
    }
    b.old[b.n] = (double)r->log_prob[row];
    b.advantage[b.n] = second_advantage(s, r, row / WORLDS, row % WORLDS);
    b.wanted[b.n] = b.advantage[b.n] + second_value(s, r->obs + (size_t)row * INPUTS);
    b.n++;
  }
  scale_advantages(&b);
  s->explained = explained_by(s, r, &b);
  if (s->config.normalise_value) {
    rescale(s, &b);
  }
  descend_epochs(s, &b, rate, rate);
  for (int row = 0; row < ROWS; row++) {
    for (int j = 0; j < INPUTS; j++) {
      s->obs[j].x[s->obs[j].n++] = (double)r->obs[row * INPUTS + j];
    }
  }
}

// ---- both side by side

typedef struct Bench {
  KrnDevice *device;
  Ppo *ppo;
  Rollout rollout;
  Second second;
} Bench;

static void copy_net(Linear *to, const PolNet *from) {
  const int outputs = from->arch.outputs;
  *to = (Linear){.outputs = outputs, .n = outputs * (INPUTS + 1)};
  for (int k = 0; k < outputs * INPUTS; k++) {
    to->p[k] = (double)from->head_weight[k];
  }
  for (int o = 0; o < outputs; o++) {
    to->p[outputs * INPUTS + o] = (double)from->head_bias[o];
    if (from->log_std) {
      to->p[to->n++] = (double)from->log_std[o];
    }
  }
}

static Bench open_bench(const PpoConfig *config) {
  SimError err = {0};
  Bench b = {.device = krn_cpu_create(2, &err), .second = {.config = *config}};
  const PolArch actor = {.inputs = INPUTS,
                         .outputs = config->heads.n ? LOGITS : OUTPUTS,
                         .activation = POL_TANH,
                         .input_norm = config->normalise_obs ? POL_INPUT_FIXED : POL_INPUT_NONE};
  PolArch critic = actor;
  critic.outputs = 1;
  b.ppo = ppo_create(b.device, config, &actor, &critic, STEPS, WORLDS, 7, &err);
  assert_non_null(b.ppo);
  rollout_create(&b.rollout, STEPS, WORLDS, INPUTS, OUTPUTS);
  const MlpInit init = {.gain = 1, .head = 0.5, .head_bias = 0.1, .log_std = -0.4};
  mlp_init(b.ppo->actor, &init, 1, 0);
  mlp_init(b.ppo->critic, &init, 1, 1);
  copy_net(&b.second.actor, b.ppo->actor->net);
  copy_net(&b.second.critic, b.ppo->critic->net);
  return b;
}

static void close_bench(Bench *b) {
  rollout_free(&b->rollout);
  ppo_destroy(b->ppo);
  krn_device_destroy(b->device);
}

// experience with ends, cuts and masks; log-probabilities near those of the actor
static void fill(Bench *b, uint32_t which) {
  Rollout *r = &b->rollout;
  SimRng rng = sim_rng(5, which, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, r->obs, (ROWS + WORLDS) * INPUTS);
  sim_rng_normals(&rng, r->action, ROWS * OUTPUTS);
  sim_rng_normals(&rng, r->reward, ROWS);
  sim_rng_normals(&rng, r->cut_obs, ROWS * INPUTS);
  r->cuts = 0;
  for (int i = 0; i < ROWS; i++) {
    r->log_prob[i] = -3 + (float)sim_rng_uniform(&rng, -0.5, 0.5);
    r->reward[i] += r->obs[i * INPUTS] + 0.5f;
    for (int j = 0; j < INPUTS; j++) {
      r->obs[i * INPUTS + j] = 0.7f * r->obs[i * INPUTS + j] + 0.3f * (float)j;
    }
    r->ended[i] = sim_rng_below(&rng, 4) == 0;
    r->masked[i] = sim_rng_below(&rng, 5) == 0;
    if (r->ended[i] && sim_rng_below(&rng, 2)) {
      r->cut_row[r->cuts++] = i;
    }
  }
}

static void check_net(const char *what, const Mlp *mlp, const Linear *wanted) {
  Linear got;
  mlp_download(mlp);
  copy_net(&got, mlp->net);
  for (int k = 0; k < wanted->n; k++) {
    if (!(fabs(got.p[k] - wanted->p[k]) < 5e-5)) {
      fail_msg("%s: weight %d is %.7f, wanted %.7f", what, k, got.p[k], wanted->p[k]);
    }
  }
}

static void check_figures(const PpoStats *f, const Second *s, int n, double rate) {
  assert_near(f->policy_loss, s->means.policy / n, 1e-5);
  assert_near(f->value_loss, s->value_loss, 1e-4 * (1 + s->value_loss));
  assert_near(f->kl, s->means.kl / n, 1e-5);
  assert_near(f->clipped, s->means.clipped / n, 1e-9);
  assert_near(f->bound, s->means.bound / n, 1e-5);
  assert_near(f->entropy, s->means.entropy / n, 1e-5);
  assert_near(f->rate, rate, 1e-9);
  assert_near(f->gradient_actor, s->actor.length, 1e-3 * s->actor.length);
  assert_near(f->gradient_critic, s->critic.length, 1e-3 * s->critic.length);
}

static int teaching(const Rollout *r) {
  int n = 0;
  for (int i = 0; i < ROWS; i++) {
    n += !r->masked[i];
  }
  return n;
}

// three iterations: statistics, scales and Adam's memory go on from one to the next
static void updates_are_those_of_the_definition(void **state) {
  (void)state;
  for (int normalise = 0; normalise < 2; normalise++) {
    PpoConfig config = CONFIG;
    config.normalise_obs = config.normalise_value = normalise == 1;
    Bench b = open_bench(&config);
    for (uint32_t i = 0; i < 3; i++) {
      PpoStats figures;
      SimError err = {0};
      int bad_row;
      fill(&b, i);
      second_update(&b.second, &b.rollout, config.learning_rate);
      assert_ok(ppo_update(&figures, &bad_row, b.ppo, &b.rollout, 0, &err), &err);
      check_net("actor", b.ppo->actor, &b.second.actor);
      check_net("critic", b.ppo->critic, &b.second.critic);
      check_figures(&figures, &b.second, teaching(&b.rollout), config.learning_rate);
      assert_near(figures.explained, b.second.explained, 1e-4);
      // what it is worth, in the units of the reward
      float value[WORLDS];
      ppo_values(value, b.ppo, b.rollout.obs, WORLDS);
      for (int w = 0; w < WORLDS; w++) {
        assert_near((double)value[w], second_value(&b.second, b.rollout.obs + w * INPUTS), 1e-3);
      }
    }
    close_bench(&b);
  }
}

static void deviations_stay_within_their_bounds(void **state) {
  (void)state;
  PpoConfig config = CONFIG;
  config.std_high = -0.41;
  config.ent_coef = 1;
  Bench b = open_bench(&config);
  PpoStats figures;
  SimError err = {0};
  int bad_row;
  fill(&b, 0);
  second_update(&b.second, &b.rollout, config.learning_rate);
  assert_ok(ppo_update(&figures, &bad_row, b.ppo, &b.rollout, 0, &err), &err);
  check_net("actor", b.ppo->actor, &b.second.actor);
  assert_near((double)b.ppo->actor->net->log_std[0], -0.41, 1e-6);
  close_bench(&b);
}

// ---- samples

// samples as a batch of the second learner; heads: actions are options
static void read_batch(Batch *out, const RolloutSamples *s, const PpoConfig *config) {
  const int actions = config->heads.n ? HEADS : OUTPUTS;
  *out = (Batch){.n = s->n, .config = config};
  for (int i = 0; i < s->n; i++) {
    for (int j = 0; j < INPUTS; j++) {
      out->obs[i][j] = (double)s->obs[i * INPUTS + j];
    }
    for (int k = 0; k < actions; k++) {
      out->action[i][k] = (double)s->action[i * actions + k];
      out->legal[i][k] = s->legal ? s->legal[i * actions + k] : 0;
      out->reference[i][k] = s->reference ? (double)s->reference[i * actions + k] : 0;
    }
    out->old[i] = (double)s->log_prob[i];
    out->advantage[i] = (double)s->advantage[i];
    out->wanted[i] = (double)s->wanted[i];
  }
  for (int k = 0; s->reference && k < OUTPUTS; k++) {
    out->reference_log_std[k] = (double)s->reference_log_std[k];
  }
  if (!s->as_is) {
    scale_advantages(out);
  }
}

static void heads_learn_as_defined(void **state) {
  (void)state;
  static Batch batch;
  PpoConfig config = CONFIG;
  config.heads = (KrnHeads){.n = HEADS, .size = {3, 2}};
  Bench b = open_bench(&config);
  float action[ROWS * HEADS];
  uint32_t legal[ROWS * HEADS];
  for (uint32_t round = 0; round < 3; round++) {
    PpoStats figures;
    SimError err = {0};
    int bad_row;
    fill(&b, round);
    SimRng rng = sim_rng(6, round, 0, SIM_RNG_TEST);
    for (int i = 0; i < ROWS * HEADS; i++) {
      const uint32_t size = i % HEADS ? 2 : 3, option = sim_rng_below(&rng, size);
      action[i] = (float)option;
      legal[i] = 1u << option | sim_rng_below(&rng, 1u << size);
    }
    for (int i = 0; i < ROWS; i++) {
      b.rollout.log_prob[i] += 1.5f;
    }
    const RolloutSamples samples = {.n = ROWS - 3,
                                    .obs = b.rollout.obs,
                                    .action = action,
                                    .legal = legal,
                                    .log_prob = b.rollout.log_prob,
                                    .advantage = b.rollout.reward,
                                    .wanted = b.rollout.cut_obs,
                                    .as_is = round == 2};
    read_batch(&batch, &samples, &config);
    descend_epochs(&b.second, &batch, config.learning_rate, config.learning_rate);
    assert_ok(ppo_learn(&figures, &bad_row, b.ppo, &samples, 0, &err), &err);
    check_net("actor", b.ppo->actor, &b.second.actor);
    check_net("critic", b.ppo->critic, &b.second.critic);
    check_figures(&figures, &b.second, samples.n, config.learning_rate);
  }
  close_bench(&b);
}

// the divergence from a reference costs what it weighs at the moment
static void a_reference_pulls(void **state) {
  (void)state;
  static const double PULL[] = {0.5, 3, 0.1};
  static Batch batch;
  const float log_std[OUTPUTS] = {-0.9f, 0.2f};
  float reference[ROWS * OUTPUTS];
  Bench b = open_bench(&CONFIG);
  for (uint32_t round = 0; round < 3; round++) {
    PpoStats figures;
    SimError err = {0};
    int bad_row;
    fill(&b, round);
    SimRng rng = sim_rng(8, round, 0, SIM_RNG_TEST);
    sim_rng_normals(&rng, reference, ROWS * OUTPUTS);
    const RolloutSamples samples = {.n = ROWS,
                                    .obs = b.rollout.obs,
                                    .action = b.rollout.action,
                                    .log_prob = b.rollout.log_prob,
                                    .advantage = b.rollout.reward,
                                    .wanted = b.rollout.cut_obs,
                                    .reference = reference,
                                    .reference_log_std = log_std};
    read_batch(&batch, &samples, &CONFIG);
    batch.pull = b.ppo->pull = PULL[round];
    descend_epochs(&b.second, &batch, CONFIG.learning_rate, CONFIG.learning_rate);
    assert_ok(ppo_learn(&figures, &bad_row, b.ppo, &samples, 0, &err), &err);
    check_net("actor", b.ppo->actor, &b.second.actor);
  }
  close_bench(&b);
}

// ---- rates and parts of an epoch

static PpoStats update(Bench *b, double done) {
  PpoStats figures;
  SimError err = {0};
  int bad_row;
  fill(b, (uint32_t)b->ppo->iteration);
  assert_ok(ppo_update(&figures, &bad_row, b->ppo, &b->rollout, done, &err), &err);
  return figures;
}

// by a factor of 1.3, up while the divergence is below two thirds of its target, down above half as
// much again, within bounds
static void the_rate_follows_the_divergence(void **state) {
  (void)state;
  const struct { double kl, factor; } cases[] = {{100, 1.3}, {1e-9, 1 / 1.3}, {0, 1}};
  for (int i = 0; i < 3; i++) {
    PpoConfig config = CONFIG;
    config.target_kl = cases[i].kl;
    Bench b = open_bench(&config);
    assert_near(update(&b, 0).rate, config.learning_rate, 1e-12);
    assert_near(b.ppo->rate, config.learning_rate * cases[i].factor, 1e-9);
    for (int k = 0; k < 20; k++) {
      update(&b, 0);
    }
    assert_near(b.ppo->rate,
                i == 0   ? config.learning_rate_max
                : i == 1 ? config.learning_rate_min
                         : config.learning_rate,
                1e-12);
    close_bench(&b);
  }
}

// straight down to learning_rate_end over the last part of the budget
static void the_rate_falls_at_the_end(void **state) {
  (void)state;
  PpoConfig config = CONFIG;
  config.anneal_share = 0.5;
  config.learning_rate_end = 0.1;
  Bench b = open_bench(&config);
  static const double DONE[] = {0, 0.5, 0.75, 1}, SHARE[] = {1, 1, 0.55, 0.1};
  for (int i = 0; i < 4; i++) {
    assert_near(update(&b, DONE[i]).rate, config.learning_rate * SHARE[i], 1e-12);
  }
  close_bench(&b);
}

static void a_new_critic_learns_alone(void **state) {
  (void)state;
  PpoConfig config = CONFIG;
  config.critic_warmup = 2;
  Bench b = open_bench(&config);
  const Linear actor = b.second.actor;
  Linear last = b.second.critic;
  for (int i = 0; i < 3; i++) {
    Linear now, critic;
    update(&b, 0);
    copy_net(&now, b.ppo->actor->net);
    copy_net(&critic, b.ppo->critic->net);
    assert_int_equal(memcmp(now.p, actor.p, sizeof now.p) == 0, i < 2);
    assert_memory_not_equal(critic.p, last.p, sizeof last.p);
    last = critic;
  }
  close_bench(&b);
}

// figures are means over every row once, however the rows are dealt out
static void every_row_is_in_one_minibatch(void **state) {
  (void)state;
  for (int minibatches = 1; minibatches <= 7; minibatches += 2) {
    PpoConfig config = CONFIG;
    config.num_minibatches = minibatches;
    config.learning_rate = config.learning_rate_min = 0;
    Bench b = open_bench(&config);
    fill(&b, 0);
    second_update(&b.second, &b.rollout, 0);
    PpoStats figures = update(&b, 0);
    const int n = teaching(&b.rollout);
    assert_near(figures.policy_loss, b.second.means.policy / n, 1e-5);
    assert_near(figures.value_loss, b.second.value_loss, 1e-4);
    assert_near(figures.entropy, b.second.means.entropy / n, 1e-5);
    close_bench(&b);
  }
}

// minibatches of rows that are all alike have the same gradient as all rows together
static void a_minibatch_is_a_mean(void **state) {
  (void)state;
  PpoConfig config = CONFIG;
  config.num_minibatches = 4;
  config.learning_rate = config.learning_rate_min = 0;
  Bench b = open_bench(&config);
  PpoStats figures;
  SimError err = {0};
  int bad_row;
  float obs[ROWS * INPUTS], action[ROWS * OUTPUTS], same[ROWS], wanted[ROWS];
  for (int i = 0; i < ROWS; i++) {
    obs[i * INPUTS] = obs[i * INPUTS + 1] = obs[i * INPUTS + 2] = 1;
    action[i * OUTPUTS] = action[i * OUTPUTS + 1] = 0.5f;
    same[i] = -2;
    wanted[i] = 3;
  }
  const RolloutSamples samples = {.n = ROWS,
                                  .obs = obs,
                                  .action = action,
                                  .log_prob = same,
                                  .advantage = same,
                                  .wanted = wanted};
  assert_ok(ppo_learn(&figures, &bad_row, b.ppo, &samples, 0, &err), &err);
  double value;
  apply(&value, &b.second.critic, (const double[INPUTS]){1, 1, 1});
  // the slope along three weights and a bias, all of whose inputs are 1
  assert_near(figures.gradient_critic, 2 * fabs(value - 3), 1e-4);
  assert_int_equal(b.ppo->step, 4 * config.update_epochs);
  close_bench(&b);
}

// ---- mirrored samples

static void turn(const void *unused, float *obs, float *action) {
  (void)unused;
  obs[0] = -obs[0];
  action[1] = -action[1];
}

static void half_of_the_samples_are_mirrored(void **state) {
  (void)state;
  PpoConfig config = CONFIG;
  config.symmetry = turn;
  Bench b = open_bench(&config);
  PpoStats figures;
  SimError err = {0};
  int bad_row, turned = 0;
  float obs[ROWS * INPUTS], action[ROWS * OUTPUTS];
  fill(&b, 0);
  memcpy(obs, b.rollout.obs, sizeof obs);
  memcpy(action, b.rollout.action, sizeof action);
  assert_ok(ppo_update(&figures, &bad_row, b.ppo, &b.rollout, 0, &err), &err);
  for (int i = 0; i < ROWS; i++) {
    const float *now = b.rollout.obs + i * INPUTS, *did = b.rollout.action + i * OUTPUTS;
    const bool other = now[0] != obs[i * INPUTS];
    const float sign = other ? -1 : 1;
    turned += other;
    assert_true(now[0] == sign * obs[i * INPUTS] && now[1] == obs[i * INPUTS + 1]);
    assert_true(did[1] == sign * action[i * OUTPUTS + 1] && did[0] == action[i * OUTPUTS]);
  }
  assert_in_range(turned, ROWS / 4, ROWS - ROWS / 4);
  close_bench(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(updates_are_those_of_the_definition),
      cmocka_unit_test(deviations_stay_within_their_bounds),
      cmocka_unit_test(heads_learn_as_defined),
      cmocka_unit_test(a_reference_pulls),
      cmocka_unit_test(the_rate_follows_the_divergence),
      cmocka_unit_test(the_rate_falls_at_the_end),
      cmocka_unit_test(a_new_critic_learns_alone),
      cmocka_unit_test(every_row_is_in_one_minibatch),
      cmocka_unit_test(a_minibatch_is_a_mean),
      cmocka_unit_test(half_of_the_samples_are_mirrored),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "hcsp/league/guess.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/learn/ppo_state.h"
#include "policies/volley/candidate.h"
#include "sim/base/rng.h"

enum {
  KNOWN_MAX = 16384,  // pairs that are learnt from, the newest
  LESSON = 4096,      // of them, drawn for an update
  BATCHES = 8,        // of an update
  OPEN_MAX = 12,      // pairs of a rally whose end is not known yet
  ROUNDS = 100,       // of mirror descent
  CELLS = POL_OPTIONS_MAX * POL_OPTIONS_MAX,
  GUESS_SHUFFLE = 1 << 16,  // beyond the epochs of any update
};

#define STEP 3.0  // of mirror descent, over the spread of the game

// A pair of choices and what the attackers made of it.
typedef struct Pair {
  double taken;
  int32_t row, attack, shape;
  float worth;
} Pair;

// The newest decision of a row.
typedef struct Last {
  double seconds;
  uint32_t legal[POL_HEADS_MAX];
  uint8_t option[POL_HEADS_MAX];
  uint8_t known;
  float log_prob;
} Last;

struct LeagueGuess {
  LeagueGuessOptions options;
  KrnDevice *device;  // its own: a question has too few rows for more than a thread
  // Its critic alone is used: what attackers see, attack, shape -> what it will be worth to them.
  // The actor has nothing to choose.
  Ppo *model;
  int inputs;     // of the model
  Last *last;     // [rows]
  int32_t *open;  // [matches]
  Pair *waiting;  // [matches][OPEN_MAX], the first open[match] of each
  Pair *known;    // [KNOWN_MAX], a ring
  int64_t count;  // pairs known so far
  int64_t told;   // of them when it learnt last
  // what was seen: [rows], [matches][OPEN_MAX], [KNOWN_MAX], each [options.inputs]
  float *last_obs, *waiting_obs, *known_obs;
  // of the model, [LESSON]
  float *question, *answer, *zero;
  uint32_t *one;
};

static int known_pairs(const LeagueGuess *g) {
  return (int)(g->count < KNOWN_MAX ? g->count : KNOWN_MAX);
}

static int head_size(const LeagueGuess *g, int head) {
  return g->options.table->n[head];
}

// ---- making and freeing

static bool make_model(LeagueGuess *g, SimError *err) {
  const LeagueGuessOptions *o = &g->options;
  PpoConfig config = {.heads = {.n = 1, .size = {1}},
                      .update_epochs = 1,
                      .num_minibatches = BATCHES,
                      .gamma = 1,
                      .gae_lambda = 1,
                      .clip_coef = 1,
                      .max_grad_norm = 1,
                      .advantage_max = 1,
                      .learning_rate = o->learning_rate,
                      .learning_rate_end = 1,
                      .critic_warmup = 1 << 30,
                      .beta1 = 0.9,
                      .beta2 = 0.999,
                      .epsilon = 1e-7};
  const PolArch nobody = {
      .inputs = g->inputs, .outputs = 1, .layers = 1, .hidden = {8}, .activation = POL_TANH};
  const PolArch critic = {
      .inputs = g->inputs, .outputs = 1, .layers = 2, .hidden = {64, 64}, .activation = POL_TANH};
  const MlpInit init = {.gain = 1.5, .head = 0.1};
  g->device = krn_device_open("cpu", 1, err);
  g->model =
      g->device ? ppo_create(g->device, &config, &nobody, &critic, LESSON, 1, o->seed, err) : NULL;
  if (g->model) {
    mlp_init(g->model->actor, &init, o->seed, 2);
    mlp_init(g->model->critic, &init, o->seed, 3);
  }
  return g->model != NULL;
}

static void make_memory(LeagueGuess *g) {
  const size_t rows = (size_t)g->options.rows, slots = rows / 2 * OPEN_MAX;
  const size_t see = (size_t)g->options.inputs;
  g->last = sim_new(rows, sizeof *g->last);
  g->open = sim_new(rows / 2, sizeof *g->open);
  g->waiting = sim_new(slots, sizeof *g->waiting);
  g->known = sim_new(KNOWN_MAX, sizeof *g->known);
  g->last_obs = sim_new(rows * see, sizeof *g->last_obs);
  g->waiting_obs = sim_new(slots * see, sizeof *g->waiting_obs);
  g->known_obs = sim_new(KNOWN_MAX * see, sizeof *g->known_obs);
  g->question = sim_new(LESSON * (size_t)g->inputs, sizeof *g->question);
  g->answer = sim_new(LESSON, sizeof *g->answer);
  g->zero = sim_new(LESSON, sizeof *g->zero);
  g->one = sim_new(LESSON, sizeof *g->one);
  for (int i = 0; i < LESSON; i++) {
    g->one[i] = 1;
  }
}

LeagueGuess *league_guess_create(const LeagueGuessOptions *options, SimError *err) {
  assert(options->table->kind == POL_TABLE_VOLLEY && options->rows % 2 == 0);
  LeagueGuess *g = sim_new(1, sizeof *g);
  g->options = *options;
  g->inputs = options->inputs + head_size(g, POL_HEAD_THIRD) + head_size(g, POL_HEAD_SHAPE);
  make_memory(g);
  if (!make_model(g, err)) {
    league_guess_destroy(g);
    return NULL;
  }
  return g;
}

void league_guess_destroy(LeagueGuess *g) {
  if (g) {
    ppo_destroy(g->model);
    krn_device_destroy(g->device);
    void *const parts[] = {g->last,     g->open,        g->waiting,   g->known,
                           g->last_obs, g->waiting_obs, g->known_obs, g->question,
                           g->answer,   g->zero,        g->one};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
      free(parts[i]);
    }
    free(g);
  }
}

// ---- the equilibrium

// p becomes what is proportional to exp(logit) among the legal
static void softmax(double *p, const double *logit, int n, uint32_t legal) {
  double top = -(double)INFINITY, sum = 0;
  for (int i = 0; i < n; i++) {
    top = legal >> i & 1u ? fmax(top, logit[i]) : top;
  }
  for (int i = 0; i < n; i++) {
    p[i] = legal >> i & 1u ? exp(logit[i] - top) : 0;
    sum += p[i];
  }
  for (int i = 0; i < n; i++) {
    p[i] /= sum;
  }
}

// a step of one side: towards what is worth more, and by the temperature back to all alike
static void ascend(double *p, double *logit, double *mean, const double *worth, int n,
                   uint32_t legal, double step, double temperature, double weight) {
  for (int i = 0; i < n; i++) {
    logit[i] = (logit[i] + step * worth[i]) / (1 + step * temperature);
  }
  softmax(p, logit, n, legal);
  for (int i = 0; i < n; i++) {
    mean[i] += weight * (p[i] - mean[i]);
  }
}

static double spread_of(const double *game, int n) {
  double low = 0, high = 0;
  for (int i = 0; i < n; i++) {
    low = fmin(low, game[i]);
    high = fmax(high, game[i]);
  }
  return fmax(high - low, 1e-9);
}

void league_guess_solve(double *row, double *column, const double *game, int rows, int columns,
                        uint32_t legal_rows, uint32_t legal_columns, double temperature) {
  assert(rows <= POL_OPTIONS_MAX && columns <= POL_OPTIONS_MAX && legal_rows && legal_columns);
  double worth[POL_OPTIONS_MAX], x[POL_OPTIONS_MAX], y[POL_OPTIONS_MAX];
  double logit_x[POL_OPTIONS_MAX] = {0}, logit_y[POL_OPTIONS_MAX] = {0};
  const double step = STEP / spread_of(game, rows * columns);
  memset(row, 0, (size_t)rows * sizeof *row);
  memset(column, 0, (size_t)columns * sizeof *column);
  softmax(y, logit_y, columns, legal_columns);
  for (int round = 1; round <= ROUNDS; round++) {
    // later rounds count more, the first is forgotten
    const double weight = 2.0 / (round + 1);
    for (int i = 0; i < rows; i++) {
      worth[i] = 0;
      for (int j = 0; j < columns; j++) {
        worth[i] += game[i * columns + j] * y[j];
      }
    }
    ascend(x, logit_x, row, worth, rows, legal_rows, step, temperature, weight);
    for (int j = 0; j < columns; j++) {
      worth[j] = 0;
      for (int i = 0; i < rows; i++) {
        worth[j] -= game[i * columns + j] * x[i];
      }
    }
    ascend(y, logit_y, column, worth, columns, legal_columns, step, temperature, weight);
  }
}

// ---- what the critic is asked

static void put_question(LeagueGuess *g, int at, const float *obs, int attack, int shape) {
  const size_t see = (size_t)g->options.inputs, all = (size_t)g->inputs;
  float *row = g->question + (size_t)at * all;
  assert(at < LESSON && attack < head_size(g, POL_HEAD_THIRD));
  memcpy(row, obs, see * sizeof *row);
  memset(row + see, 0, (all - see) * sizeof *row);
  row[see + (size_t)attack] = 1;
  row[see + (size_t)(head_size(g, POL_HEAD_THIRD) + shape)] = 1;
}

// a pair that is known, by its number
static const Pair *ask_about(LeagueGuess *g, int at, int64_t number) {
  const size_t place = (size_t)(number % KNOWN_MAX);
  const Pair *pair = &g->known[place];
  put_question(g, at, g->known_obs + place * (size_t)g->options.inputs, pair->attack, pair->shape);
  return pair;
}

// what each pair of legal choices is worth to the attackers; 0 for the others
static void find_game(double *game, LeagueGuess *g, const float *obs, uint32_t attacks,
                      uint32_t shapes) {
  const int rows = head_size(g, POL_HEAD_THIRD), columns = head_size(g, POL_HEAD_SHAPE);
  int cell[CELLS], n = 0;
  memset(game, 0, (size_t)(rows * columns) * sizeof *game);
  for (int i = 0; i < rows * columns; i++) {
    if ((attacks >> i / columns & 1u) && (shapes >> i % columns & 1u)) {
      put_question(g, n, obs, i / columns, i % columns);
      cell[n++] = i;
    }
  }
  ppo_values(g->answer, g->model, g->question, n);
  for (int i = 0; i < n; i++) {
    game[cell[i]] = (double)g->answer[i];
  }
}

static double held(double nats) {
  return isfinite(nats) ? fmin(fmax(nats, -LEAGUE_GUESS_LIMIT), LEAGUE_GUESS_LIMIT)
                        : -LEAGUE_GUESS_LIMIT;
}

// ---- as they happen

// the only head with a choice, or -1
static int chooses(const Last *last, int heads) {
  int found = -1, n = 0;
  for (int head = 0; head < heads; head++) {
    if (pol_has_choice(last->legal[head])) {
      found = head;
      n++;
    }
  }
  return n == 1 ? found : -1;
}

static void wait_for(LeagueGuess *g, int attackers) {
  const int match = attackers / 2;
  const size_t see = (size_t)g->options.inputs;
  if (g->open[match] == OPEN_MAX) {
    return;
  }
  const size_t at = (size_t)match * OPEN_MAX + (size_t)g->open[match]++;
  g->waiting[at] = (Pair){.taken = g->last[attackers].seconds,
                          .row = attackers,
                          .attack = g->last[attackers].option[POL_HEAD_THIRD],
                          .shape = g->last[attackers ^ 1].option[POL_HEAD_SHAPE]};
  memcpy(g->waiting_obs + at * see, g->last_obs + (size_t)attackers * see,
         see * sizeof *g->last_obs);
}

static void lean_of(LeagueLean lean[2], LeagueGuess *g, int attackers) {
  const int others = attackers ^ 1, columns = head_size(g, POL_HEAD_SHAPE);
  const Last *attack = &g->last[attackers], *shape = &g->last[others];
  double game[CELLS], p[POL_OPTIONS_MAX], q[POL_OPTIONS_MAX];
  const uint32_t attacks = attack->legal[POL_HEAD_THIRD], shapes = shape->legal[POL_HEAD_SHAPE];
  find_game(game, g, g->last_obs + (ptrdiff_t)attackers * g->options.inputs, attacks, shapes);
  league_guess_solve(p, q, game, head_size(g, POL_HEAD_THIRD), columns, attacks, shapes,
                     g->options.temperature);
  lean[0] = (LeagueLean){attackers,
                         held(log(p[attack->option[POL_HEAD_THIRD]]) - (double)attack->log_prob)};
  lean[1] =
      (LeagueLean){others, held(log(q[shape->option[POL_HEAD_SHAPE]]) - (double)shape->log_prob)};
}

bool league_guess_act(LeagueGuess *g, LeagueLean lean[2], int row, double seconds, const float *obs,
                      const uint8_t *option, const uint32_t *legal, float log_prob) {
  const int heads = g->options.table->heads;
  const size_t see = (size_t)g->options.inputs;
  Last *now = &g->last[row];
  const Last *other = &g->last[row ^ 1];
  *now = (Last){.seconds = seconds, .known = 1, .log_prob = log_prob};
  memcpy(now->option, option, (size_t)heads);
  memcpy(now->legal, legal, (size_t)heads * sizeof *legal);
  memcpy(g->last_obs + (size_t)row * see, obs, see * sizeof *obs);
  if (!other->known || other->seconds < seconds || other->seconds > seconds) {
    return false;
  }
  const int mine = chooses(now, heads), theirs = chooses(other, heads);
  const bool attacks = mine == POL_HEAD_THIRD && theirs == POL_HEAD_SHAPE;
  const bool waits = mine == POL_HEAD_SHAPE && theirs == POL_HEAD_THIRD;
  if (!attacks && !waits) {
    return false;
  }
  const int attackers = attacks ? row : row ^ 1;
  wait_for(g, attackers);
  if (g->model->iteration == 0) {
    return false;
  }
  lean_of(lean, g, attackers);
  return true;
}

void league_guess_reward(LeagueGuess *g, int row, double seconds, double reward) {
  Pair *pair = g->waiting + (ptrdiff_t)(row / 2) * OPEN_MAX;
  for (int i = 0; i < g->open[row / 2]; i++) {
    const double worth = reward * exp((pair[i].taken - seconds) / g->options.horizon) / 2;
    pair[i].worth += (float)(pair[i].row == row ? worth : -worth);
  }
}

void league_guess_end(LeagueGuess *g, int row) {
  const int match = row / 2;
  const size_t see = (size_t)g->options.inputs;
  g->last[row].known = 0;
  // both sides are told; the far one last
  for (int i = 0; row % 2 == 1 && i < g->open[match]; i++) {
    const size_t from = (size_t)match * OPEN_MAX + (size_t)i, to = (size_t)(g->count++ % KNOWN_MAX);
    g->known[to] = g->waiting[from];
    memcpy(g->known_obs + to * see, g->waiting_obs + from * see, see * sizeof *g->known_obs);
  }
  g->open[match] = row % 2 == 1 ? 0 : g->open[match];
}

// ---- learning

// share of the variance of the newest pairs' worth that the model foresaw
static double explained_of(LeagueGuess *g) {
  const int64_t first = g->told > g->count - LESSON ? g->told : g->count - LESSON;
  const int n = (int)(g->count - first);
  double worth = 0, error = 0, worth_square = 0, error_square = 0;
  for (int i = 0; i < n; i++) {
    ask_about(g, i, first + i);
  }
  if (n > 0) {
    ppo_values(g->answer, g->model, g->question, n);
  }
  for (int i = 0; i < n; i++) {
    const double w = (double)g->known[(first + i) % KNOWN_MAX].worth, e = w - (double)g->answer[i];
    worth += w / n;
    worth_square += w * w / n;
    error += e / n;
    error_square += e * e / n;
  }
  const double variance = worth_square - worth * worth;
  return variance > 0 ? 1 - (error_square - error * error) / variance : (double)NAN;
}

SimStatus league_guess_learn(double *explained, LeagueGuess *g, SimError *err) {
  const int64_t known = known_pairs(g);
  *explained = explained_of(g);
  g->told = g->count;
  if (known < g->options.pairs_min) {
    return SIM_OK;
  }
  SimRng rng =
      sim_rng(g->options.seed, (uint32_t)g->model->iteration, GUESS_SHUFFLE, SIM_RNG_SHUFFLE);
  for (int i = 0; i < LESSON; i++) {
    const int64_t number = g->count - 1 - (int64_t)sim_rng_below(&rng, (uint32_t)known);
    g->answer[i] = ask_about(g, i, number)->worth;
  }
  const RolloutSamples samples = {.n = LESSON,
                                  .obs = g->question,
                                  .action = g->zero,
                                  .legal = g->one,
                                  .log_prob = g->zero,
                                  .advantage = g->zero,
                                  .wanted = g->answer,
                                  .as_is = true};
  PpoStats unused;
  int row;
  return ppo_learn(&unused, &row, g->model, &samples, 0, err);
}

// ---- checkpoints

static bool is_sound(const LeagueGuess *g, const Pair *pair) {
  return pair->row >= 0 && pair->row < g->options.rows && pair->attack >= 0 &&
         pair->attack < head_size(g, POL_HEAD_THIRD) && pair->shape >= 0 &&
         pair->shape < head_size(g, POL_HEAD_SHAPE) && isfinite(pair->taken) &&
         isfinite(pair->worth);
}

static bool all_sound(const LeagueGuess *g) {
  bool ok = g->count >= 0 && g->told >= 0 && g->told <= g->count;
  for (int i = 0; ok && i < known_pairs(g); i++) {
    ok = is_sound(g, &g->known[i]);
  }
  for (int match = 0; ok && match < g->options.rows / 2; match++) {
    ok = g->open[match] >= 0 && g->open[match] <= OPEN_MAX;
    for (int i = 0; ok && i < g->open[match]; i++) {
      ok = is_sound(g, &g->waiting[match * OPEN_MAX + i]);
    }
  }
  for (int row = 0; ok && row < g->options.rows; row++) {
    ok = g->last[row].option[POL_HEAD_THIRD] < head_size(g, POL_HEAD_THIRD) &&
         g->last[row].option[POL_HEAD_SHAPE] < head_size(g, POL_HEAD_SHAPE);
  }
  return ok;
}

void league_guess_serialize(RunArchive *ar, LeagueGuess *g) {
  const size_t rows = (size_t)g->options.rows, slots = rows / 2 * OPEN_MAX;
  const size_t see = (size_t)g->options.inputs;
  int64_t counts[2] = {g->count, g->told};
  ar->prefix = "guess.";
  run_archive_values(ar, "counts", POL_I64, 2, counts);
  g->count = counts[0];
  g->told = counts[1];
  const size_t known = g->count < 0 ? 0 : (size_t)known_pairs(g);
  run_archive_values(ar, "last", POL_U8, rows * sizeof *g->last, g->last);
  run_archive_values(ar, "last_obs", POL_F32, rows * see, g->last_obs);
  run_archive_values(ar, "open", POL_U8, rows / 2 * sizeof *g->open, g->open);
  run_archive_values(ar, "waiting", POL_U8, slots * sizeof *g->waiting, g->waiting);
  run_archive_values(ar, "waiting_obs", POL_F32, slots * see, g->waiting_obs);
  run_archive_values(ar, "known", POL_U8, known * sizeof *g->known, g->known);
  run_archive_values(ar, "known_obs", POL_F32, known * see, g->known_obs);
  ppo_serialize(ar, g->model);
  ar->prefix = "";
  if (run_archive_ok(ar) && !all_sound(g)) {
    run_archive_fail(ar, sim_error(ar->err, SIM_BAD_INPUT,
                                   "saw pairs of choices that cannot be, wanted those of a "
                                   "checkpoint"));
  }
}

// A learner whose matches live on a GPU between decisions (hcsp/env/match_ahead.h) beside one whose
// matches the processor plays, through the stand-ins of tests/cuda_shim: both are told the same,
// bit for bit and in the same order, at any number of threads, in every order of the device's
// threads, and going on from bytes of either.
//
// What they learn here is noise that follows from all that they were told, so that whatever differs
// once differs ever after.
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/match_env.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "tests/cuda_shim/cuda_shim.h"
#include "tests/support/device_pair.h"

enum { MATCHES = 24, BATCH = 40, UPDATES = 20, SEED = 9 };

// the clock ends some rallies, too
static const SimRules RULES = {.name = "short", .steps_max = 700};

// What everybody shares. Skills of the guest are no networks: its rallies stay the processor's.
typedef struct Scene {
  SimModel *model;
  PolTeam *team, *guest;
  PolStrategy bot, random;
} Scene;

typedef struct Learner {
  PolFile file;
  PolStrategy strategy;
  KrnDevice *device;  // NULL: the processor alone
  EnvMatch *matches;
  uint64_t heard;  // a hash of all that it was told
  int ready;       // decisions since it learnt
  int decisions, ends, cut;
} Learner;

// ---- hearing

static void hear(Learner *l, int row, double seconds, const void *bytes, size_t n) {
  const double head[2] = {row, seconds};
  l->heard = l->heard * 31 + sim_hash(head, sizeof head);
  l->heard = l->heard * 31 + sim_hash(bytes, n);
}

static size_t row_bytes(const Learner *l) {
  return (size_t)l->file.net->arch.inputs * sizeof(float);
}

static void hear_act(void *arg, int row, double seconds, const float *obs, const uint8_t *option,
                     const uint32_t *legal, float log_prob) {
  Learner *l = arg;
  hear(l, row, seconds, obs, row_bytes(l));
  hear(l, row, seconds, option, POL_HEADS_MAX * sizeof *option);
  hear(l, row, seconds, legal, POL_HEADS_MAX * sizeof *legal);
  hear(l, row, seconds, &log_prob, sizeof log_prob);
  l->ready++;
  l->decisions++;
}

static void hear_reward(void *arg, int row, double seconds, double reward) {
  hear(arg, row, seconds, &reward, sizeof reward);
}

static void hear_end(void *arg, int row, double seconds, const float *final_obs) {
  Learner *l = arg;
  hear(l, row, seconds, final_obs ? (const void *)final_obs : "", final_obs ? row_bytes(l) : 0);
  l->ends++;
  l->cut += final_obs != NULL;
}

// all of how the last step has left the bodies and the referee's clocks
static void hear_finish(void *arg, const SimState *state, int match, SimTeam side, int result) {
  Learner *l = arg;
  hear(l, match * SIM_TEAMS + (int)side, result, &state->view, offsetof(SimView, roster));
  hear(l, state->referee.step, state->referee.hits, state->referee.ball_vel,
       sizeof state->referee.ball_vel);
}

static bool hears_enough(const void *arg) {
  return ((const Learner *)arg)->ready >= BATCH;
}

static void collect(Learner *l) {
  const EnvRecorder recorder = {.arg = l,
                                .act = hear_act,
                                .reward = hear_reward,
                                .end = hear_end,
                                .full = hears_enough,
                                .finish = hear_finish};
  SimError err = {0};
  assert_ok(env_match_collect(l->matches, &recorder, &err), &err);
}

static void learn(Learner *l, uint64_t from, double size) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, l->file.net, false);
  SimRng rng = sim_rng(from, 0, 0, SIM_RNG_TEST);
  for (int i = 0; i < n; i++) {
    for (size_t k = 0; k < tensor[i].count; k++) {
      (*tensor[i].array)[k] += (float)sim_rng_uniform(&rng, -size, size);
    }
  }
  l->ready = 0;
}

// ---- making and freeing

static Scene open_scene(void) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.physics = SIM_PHYSICS_FLIGHT;
  Scene s = {.model = sim_model_create(&options, &err),
             .team = pol_team_load("stage1_volley", &err),
             .guest = pol_team_load("classical_volley", &err)};
  assert_ok(err.status, &err);
  assert_ok(pol_strategy_rule(&s.bot, "bot_volley", s.team->options, &err), &err);
  assert_ok(pol_strategy_rule(&s.random, "random", s.team->options, &err), &err);
  return s;
}

static void close_scene(Scene *s) {
  pol_team_destroy(s->team);
  pol_team_destroy(s->guest);
  sim_model_destroy(s->model);
}

static Learner open_learner(const Scene *s, bool there) {
  const SimLayout layout = pol_strategy_layout(s->team->options);
  const PolArch arch = {.inputs = sim_obs_size(layout),
                        .outputs = pol_options_outputs(s->team->options),
                        .layers = 2,
                        .hidden = {32, 32},
                        .activation = POL_TANH};
  SimError err = {0};
  Learner l = {.file = {.kind = POL_KIND_STRATEGY, .every = 1, .dt = SIM_DT},
               .device = there ? open_cuda(KRN_GRAPHS_ALWAYS) : NULL};
  snprintf(l.file.obs, sizeof l.file.obs, "%s", sim_obs_name(layout));
  snprintf(l.file.options, sizeof l.file.options, "%s", s->team->options->name);
  pol_options_act(l.file.act, sizeof l.file.act, s->team->options);
  l.file.options_hash = s->team->options->hash;
  l.file.net = pol_net_create(&arch, false, &err);
  assert_non_null(l.file.net);
  learn(&l, SEED, 0.3);
  return l;
}

// the learner stays where it is from here on
static void open_matches(Learner *l, const Scene *s, int threads) {
  SimError err = {0};
  l->strategy = (PolStrategy){.kind = POL_STRATEGY_NET, .file = &l->file, .sample = true};
  const EnvMatchOptions options = {.model = s->model,
                                   .team = s->team,
                                   .guest = s->guest,
                                   .learner = &l->strategy,
                                   .rules = &RULES,
                                   .matches = MATCHES,
                                   .threads = threads,
                                   .seed = SEED,
                                   .device = l->device};
  const EnvOpponent rival[] = {{.strategy = NULL, .weight = 4},
                               {.strategy = &s->bot, .weight = 3},
                               {.strategy = &s->random, .weight = 1},
                               {.strategy = &s->bot, .weight = 1, .watched = true},
                               {.strategy = &s->guest->strategy[0], .weight = 1, .guest = true}};
  l->matches = env_match_create(&options, &err);
  assert_ok(err.status, &err);
  assert_true((env_match_why_not_ahead(l->matches) == NULL) == (l->device != NULL));
  env_match_set_opponents(l->matches, rival, sizeof rival / sizeof *rival);
  env_match_set_handicap(l->matches, 0.25);
}

static void close_matches(Learner *l) {
  env_match_destroy(l->matches);
  krn_device_destroy(l->device);
  l->matches = NULL;
  l->device = NULL;
}

// ---- the same

typedef struct Way {
  bool there[2];  // on the device, before and behind a checkpoint
  int threads;
  const char *order;  // of the device's threads
} Way;

// the matches go on from their bytes, somewhere else
static void move(Learner *l, const Scene *s, bool there, int threads) {
  SimError err = {0};
  const size_t size = env_match_size(l->matches);
  void *bytes = malloc(size);
  assert_non_null(bytes);
  env_match_save(bytes, l->matches);
  close_matches(l);
  l->device = there ? open_cuda(KRN_GRAPHS_ALWAYS) : NULL;
  open_matches(l, s, threads);
  assert_ok(env_match_load(l->matches, bytes, &err), &err);
  free(bytes);
}

static void show_count(const Learner *l, const Way *way) {
  const MatchAheadCount count = env_match_ahead_count(l->matches);
  const double all = count.there + count.here;
  print_message("%d decisions, %d ends, %d of them by the clock; %d threads, %s: ", l->decisions,
                l->ends, l->cut, way->threads, way->order);
  if (all > 0) {
    print_message("%.0f of %.0f steps there, %.0f besides in vain\n", count.there, all, count.vain);
    assert_true(count.there > all / 2 && count.here > 0 && count.vain > 0);
  } else {
    print_message("all on the processor\n");
  }
}

// skills may learn between the collections, too
static void teach_skill(const Scene *s) {
  PolNet *net = s->team->skill[POL_GOTO]->net;
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->head_bias[r] += 0.01f;
  }
}

// what it had heard after each update
static void run(uint64_t heard[UPDATES], const Way *way) {
  setenv("CUDA_SHIM_ORDER", way->order, 1);
  Scene s = open_scene();
  Learner l = open_learner(&s, way->there[0]);
  open_matches(&l, &s, way->threads);
  for (int update = 0; update < UPDATES; update++) {
    if (update == UPDATES / 4) {
      teach_skill(&s);
    }
    if (update == UPDATES / 2 && way->threads > 1) {
      move(&l, &s, way->there[1], way->threads);
    }
    collect(&l);
    heard[update] = l.heard;
    learn(&l, l.heard, 0.01);
  }
  show_count(&l, way);
  assert_true(l.ends > 30 && l.cut > 0 && env_match_steps(l.matches) > 1000);
  close_matches(&l);
  pol_net_destroy(l.file.net);
  close_scene(&s);
  unsetenv("CUDA_SHIM_ORDER");
}

static void test_the_same_is_told(void **unused) {
  (void)unused;
  static const Way WAY[] = {{{false, false}, 1, "forward"},
                            {{true, true}, 1, "forward"},
                            {{true, true}, 2, "shuffled"},
                            {{false, true}, 2, "backwards"},
                            {{true, false}, 2, "warps"}};
  uint64_t wanted[UPDATES], heard[UPDATES];
  run(wanted, &WAY[0]);
  for (size_t i = 1; i < sizeof WAY / sizeof *WAY; i++) {
    run(heard, &WAY[i]);
    for (int update = 0; update < UPDATES; update++) {
      if (heard[update] != wanted[update]) {
        fail_msg("way %zu, update %d: was told something else than on the processor", i, update);
      }
    }
  }
}

// ---- what it asks of the device

// Of a collection after others: a graph, a copy each way and a wait for every span of steps, and
// once, for all matches to stand at the last step, the kernels of less than a span.
static void test_calls(void **unused) {
  (void)unused;
  enum { BEFORE = 3, KERNELS = 2 * MATCH_AHEAD_SPAN + 3 };
  Scene s = open_scene();
  Learner l = open_learner(&s, true);
  CudaShimCounts before = {0}, after = {0};
  double steps = 0;
  open_matches(&l, &s, 1);
  for (int i = 0; i <= BEFORE; i++) {
    learn(&l, l.heard, 0.01);
    steps = env_match_steps(l.matches);
    before = cuda_shim_counts();
    collect(&l);
    after = cuda_shim_counts();
  }
  const long n = (long)(env_match_steps(l.matches) - steps) / MATCHES;
  const long spans = (n + MATCH_AHEAD_SPAN - 1) / MATCH_AHEAD_SPAN;
  print_message(
      "%ld steps: %ld graphs, %ld kernels besides, %ld copies there, %ld back, %ld waits\n", n,
      after.graphs - before.graphs, after.launches - before.launches,
      after.uploads - before.uploads, after.downloads - before.downloads,
      after.waits - before.waits);
  assert_true(n > MATCH_AHEAD_SPAN && after.graphs - before.graphs == spans);
  assert_true(after.launches - before.launches <= KERNELS);
  assert_true(after.uploads - before.uploads <= spans + 1);
  assert_true(after.downloads - before.downloads <= spans + 1);
  assert_true(after.waits - before.waits <= spans + 1);
  assert_int_equal(after.instantiated, before.instantiated);
  close_matches(&l);
  pol_net_destroy(l.file.net);
  close_scene(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_same_is_told),
      cmocka_unit_test(test_calls),
  };
  return skip_without_cuda() ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
}
